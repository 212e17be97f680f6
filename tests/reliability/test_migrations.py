"""State files of other versions: an older one opens and keeps its rows, a newer one is refused untouched."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from forks import fork

from resources.errors import StorageProblem
from resources.migrations import migrate, scripts
from resources.state import MIGRATIONS, Coverage, State

pytestmark = pytest.mark.promise("A6")

RELEASE_0 = (Path(__file__).parent / "release_0_state.sql").read_text()
NAME = "paceline.sqlite"
NEWEST = len(scripts(MIGRATIONS))


def made_by_release_0(folder: Path, statements: int | None = None) -> Path:
    """A state file as the release before migrations left it, whole or after so many of its statements."""
    folder.mkdir()
    parts = [part + ";" for part in RELEASE_0.split(";\n")[:statements]]
    with closing(sqlite3.connect(folder / NAME)) as connection:
        connection.executescript("\n".join(parts))
    return folder


def made_by_version(number: int, folder: Path) -> Path:
    """A file with rows after the first migrations only."""
    made_by_release_0(folder)
    older = folder / "sql"
    older.mkdir()
    for place, script in enumerate(scripts(MIGRATIONS)[:number], 1):
        (older / f"{place}_.sql").write_text(script)
    with closing(sqlite3.connect(folder / NAME)) as connection:
        migrate(connection, folder / NAME, older)
    return folder


STARTS: dict[str, Callable[[Path], Path]] = {
    "no file": lambda folder: folder,
    "release 0": made_by_release_0,
    "release 0, killed while it made its tables": lambda folder: made_by_release_0(folder, 5),
    **{
        f"version {number}": lambda folder, number=number: made_by_version(number, folder)  # type: ignore[misc]
        for number in range(1, NEWEST)
    },
}


def dump(folder: Path) -> list[str]:
    """Schema, rows and version."""
    with closing(sqlite3.connect(folder / NAME)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()
        return [*sorted(connection.iterdump()), str(version)]


def open_state(folder: Path, kill_before: int | None, counted: Path) -> None:
    """In a forked process: open the state file, and die before the statement with that number."""
    statements = 0

    def on_statement(_: str) -> None:
        nonlocal statements
        if statements == kill_before:
            os.kill(os.getpid(), signal.SIGKILL)
        statements += 1

    class Watched(sqlite3.Connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.set_trace_callback(on_statement)

    sqlite3.connect = partial(sqlite3.connect, factory=Watched)  # type: ignore[assignment]
    State(folder)
    counted.write_text(str(statements))


def opened(folder: Path, kill_before: int | None = None) -> tuple[int, int]:
    """Exit code of such a process, and how many statements it ran when it was not killed."""
    counted = folder.with_name(folder.name + ".statements")
    said = folder.with_name(folder.name + ".said")
    process = fork(
        open_state, folder, kill_before, counted, env=os.environ, cwd=folder.parent, out=said, err=said
    )
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), said.read_text()
    return process.exitcode, int(counted.read_text()) if process.exitcode == 0 else 0


@pytest.mark.parametrize("start", STARTS)
def test_killed_at_every_statement_a_file_is_migrated_by_the_next_run(
    start: str, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    source = STARTS[start](tmp_path / "start")
    undisturbed = tmp_path / "undisturbed"
    if source.exists():
        shutil.copytree(source, undisturbed)
    code, statements = opened(undisturbed)
    assert code == 0
    assert statements > 5
    wanted = dump(undisturbed)
    for number in range(statements):
        folder = tmp_path / str(number)
        if source.exists():
            shutil.copytree(source, folder)
        code, _ = opened(folder, number)
        assert code == -signal.SIGKILL
        State(folder)
        assert dump(folder) == wanted, f"killed before statement {number}"
    figure(f"{start}: {statements} of {statements} kills equal")


def test_a_file_of_the_previous_release_keeps_its_rows(tmp_path: Path) -> None:
    folder = made_by_release_0(tmp_path / "state")
    tables = ("coverage", "failures", "sync_runs", "drift", "merged_files", "list_positions")

    def rows() -> dict[str, list[Any]]:
        with closing(sqlite3.connect(folder / NAME)) as connection:
            return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}

    before = rows()
    assert all(before.values())
    state = State(folder)
    assert rows() == before
    assert list(state.complete_months("peloton", "ride_list")) == ["2024-03"]
    assert state.rows("PRAGMA user_version") == [{"user_version": NEWEST}]


def test_a_copy_of_an_older_file_is_migrated_too(tmp_path: Path) -> None:
    """A dry run works on a copy."""
    older = made_by_release_0(tmp_path / "older")
    copy = State(tmp_path / "copy")
    copy.copy_from(State(older))
    assert dump(tmp_path / "copy")[-1] == str((NEWEST,))
    assert list(copy.complete_months("peloton", "ride_list")) == ["2024-03"]


def of_a_newer_version(folder: Path) -> None:
    State(folder)
    with closing(sqlite3.connect(folder / NAME)) as connection:
        connection.executescript(f"CREATE TABLE yet_unknown (a); PRAGMA user_version = {NEWEST + 1};")


@pytest.mark.parametrize("has_unread_log", [False, True], ids=["all written back", "a log beside it"])
def test_a_file_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path, has_unread_log: bool) -> None:
    newer = tmp_path / "newer"
    of_a_newer_version(newer)
    if has_unread_log:  # what a process of the newer version leaves behind that is killed
        with closing(sqlite3.connect(newer / NAME)) as connection:
            connection.execute("INSERT INTO yet_unknown VALUES (1)")
            connection.commit()
            shutil.copytree(newer, tmp_path / "killed")
        newer = tmp_path / "killed"
        assert (newer / f"{NAME}-wal").stat().st_size
    before = {path.name: path.read_bytes() for path in newer.iterdir() if not path.name.endswith("-shm")}
    for _ in range(2):
        with pytest.raises(StorageProblem, match=r"newer Paceline.*Update Paceline"):
            State(newer)
    after = {path.name: path.read_bytes() for path in newer.iterdir() if not path.name.endswith("-shm")}
    assert after == before


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    folder = made_by_release_0(tmp_path / "state")
    broken = tmp_path / "sql"
    broken.mkdir()
    (broken / "1_half.sql").write_text(
        "CREATE TABLE first (a);\nDELETE FROM coverage;\nCREATE TABLE first (a);\n"
    )
    before = dump(folder)
    with closing(sqlite3.connect(folder / NAME)) as connection, pytest.raises(sqlite3.OperationalError):
        migrate(connection, folder / NAME, broken)
    assert dump(folder) == before


def record(folder: Path, number: int) -> None:
    """In a forked process: open and write."""
    from datetime import UTC, datetime

    state = State(folder)
    state.record_coverage(
        "peloton", [Coverage(f"list {number}", "2024-01", "complete")], "run", datetime.now(UTC)
    )


def test_many_processes_may_open_an_older_file_at_once(tmp_path: Path) -> None:
    folder = made_by_release_0(tmp_path / "state")
    said = [tmp_path / f"{number}.said" for number in range(6)]
    processes = [
        fork(record, folder, number, env=os.environ, cwd=tmp_path, out=path, err=path)
        for number, path in enumerate(said)
    ]
    for process, path in zip(processes, said, strict=True):
        process.join()
        assert process.exitcode == 0, path.read_text()
    assert len(State(folder).rows("SELECT * FROM coverage")) == 2 + len(processes)
