"""What a function has finished writing is there after a power cut, however little the file system does by itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from forks import fork
from landed import Told

from resources.files import replacing
from resources.lake import Lake
from resources.landing import Landing, read_lines
from resources.tokens import Tokens, TokenStore

pytestmark = pytest.mark.promise("A2")
BEFORE, AFTER = "before", "after"
MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06")


def replace_file(root: Path, text: str) -> None:
    with replacing(root / "file") as temporary:
        temporary.write_text(text)


def replaced_file(root: Path) -> set[str]:
    return {(root / "file").read_text()}


def land(root: Path, text: str) -> None:
    Landing(root).writer("peloton", "ride_details", "2024-01").write(
        Told(json.dumps(text), datetime.now(UTC)), text
    )


def land_and_seal(root: Path, text: str) -> None:
    with Landing(root).writer("peloton", "ride_details", "2024-01") as writer:
        writer.write(Told(json.dumps(text), datetime.now(UTC)), text)


def landed(root: Path) -> set[str]:
    landing = Landing(root)
    landing.recover()
    files = landing.sealed("peloton", "ride_details")
    return {json.loads(line)["item"] for file in files for line in read_lines(file)} - {BEFORE}


def write_table(root: Path, text: str) -> None:
    with duckdb.connect() as connection:
        Lake(root).write("peloton.tracks", connection.sql(f"SELECT '{text}' AS word"))


def write_months(root: Path, text: str, count: int = 2) -> None:
    rows = " UNION ALL ".join(f"SELECT '{month}' AS lake_month, '{text}' AS word" for month in MONTHS[:count])
    with duckdb.connect() as connection:
        Lake(root).write_months(connection, "peloton.rides", rows, MONTHS[:count])


def write_many_months(root: Path, text: str) -> None:
    write_months(root, text, len(MONTHS))


def written(root: Path) -> set[str]:
    return set(pl.read_parquet(sorted(root.rglob("*.parquet")))["word"])


def save_tokens(root: Path, text: str) -> None:
    TokenStore(root).save("peloton", Tokens(refresh_token=text))


def saved_tokens(root: Path) -> set[str]:
    return {TokenStore(root).load("peloton").refresh_token}


def write_and_cut(write: Callable[[Path, str], None], root: Path) -> None:
    """In the forked process: the second writing is finished, then the power fails."""
    import points
    import power

    write(root, BEFORE)
    power.watch(root)
    write(root, AFTER)
    power.cut(points.Point("", ""))


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (replace_file, replaced_file),
        (land, landed),
        (land_and_seal, landed),
        (write_table, written),
        (write_months, written),
        (write_many_months, written),
        (save_tokens, saved_tokens),
    ],
)
def test_what_was_finished_is_there_after_a_power_cut(
    write: Callable[[Path, str], None], read: Callable[[Path], set[str]], tmp_path: Path
) -> None:
    root = tmp_path / "data"
    root.mkdir()
    process = fork(
        write_and_cut, write, root, env=os.environ, cwd=tmp_path, out=tmp_path / "out", err=tmp_path / "err"
    )
    process.join()
    assert process.exitcode == -9, (tmp_path / "err").read_text()
    assert read(root) == {AFTER}
