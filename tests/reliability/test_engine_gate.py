"""The pinned DuckDB survives what made files of older versions unopenable: a kill after a change of a table."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from forks import fork

from resources import warehouse
from resources.errors import StorageProblem
from resources.warehouse import require_duckdb

pytestmark = pytest.mark.promise("E6")
# What changes a table or its catalog entry after a checkpoint, so that only the log holds it at the kill.
CHANGES = (
    "ALTER TABLE kept ADD COLUMN more INTEGER DEFAULT 7",
    "ALTER TABLE kept ADD COLUMN words VARCHAR",
    "ALTER TABLE kept RENAME COLUMN b TO c",
    "ALTER TABLE kept ALTER COLUMN b TYPE VARCHAR",
    "ALTER TABLE kept ALTER COLUMN b SET NOT NULL",
    "ALTER TABLE kept DROP COLUMN b",
    "CREATE INDEX found ON kept (a)",
    "CREATE OR REPLACE VIEW seen AS SELECT a FROM kept",
    "CREATE OR REPLACE MACRO twice(x) AS x * 2",
    "COMMENT ON TABLE kept IS 'told'",
    "INSERT INTO kept (a) SELECT range FROM range(2000)",
    "DELETE FROM kept WHERE a % 3 = 0",
)
ROWS, FILES_AT_ONCE = 5_000, 4


def change_and_die(folder: str, seed: int) -> None:
    """Change some files, leave them all open, and die without a word."""
    draw = random.Random(seed)
    still_open = []
    changes = 0
    for number in range(FILES_AT_ONCE):
        connection = duckdb.connect(Path(folder) / f"{number}.duckdb")
        still_open.append(connection)
        connection.execute(f"CREATE TABLE kept AS SELECT range AS a, 1 AS b FROM range({ROWS})")
        connection.execute("CHECKPOINT")
        for change in draw.sample(CHANGES, draw.randint(1, 4)):
            with suppress(duckdb.Error):  # an earlier change may have taken the column away
                connection.execute(change)
                changes += 1
    (Path(folder) / "changes").write_text(str(changes))
    os.kill(os.getpid(), signal.SIGKILL)


def test_files_open_after_a_kill_behind_each_change(
    draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    files, changes = size(P=30, N=200, R=1000), 0
    for number in range(files // FILES_AT_ONCE):
        folder = tmp_path / str(number)
        folder.mkdir()
        process = fork(
            change_and_die, str(folder), draw.randrange(2**32),
            env=dict(os.environ), cwd=folder, out=folder / "out", err=folder / "err",
        )  # fmt: skip
        process.join()
        assert process.exitcode == -signal.SIGKILL, (folder / "err").read_text()
        changes += int((folder / "changes").read_text())
        for file in sorted(folder.glob("*.duckdb")):
            with duckdb.connect(file) as connection:
                [(stored,)] = connection.execute("SELECT count(*) FROM kept").fetchall()
            assert stored >= ROWS - ROWS // 3 - 1
    figure(f"DuckDB {duckdb.__version__}: {files} files killed after {changes} changes, 0 unopenable")


def test_an_older_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    require_duckdb()
    older = f"{warehouse.OLDEST_DUCKDB[0] - 1}.9.9"
    monkeypatch.setattr(duckdb, "__version__", older)
    with pytest.raises(StorageProblem, match=rf"DuckDB {older} can leave a file unopenable.*make again"):
        require_duckdb()
