"""The lake: months of typed rows, replaced whole, by any number of writers."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from resources.errors import StorageProblem
from resources.lake import Lake

TABLE = "peloton.rides"
MONTHS = ("2024-01", "2024-02", "2024-03")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE source AS"
            " SELECT i AS id, '2024-0' || (1 + i % 2) AS lake_month, [i] AS list FROM range(10) r(i)"
        )
        yield connection


def contents(lake: Lake) -> dict[str, list[tuple[int, list[int]]]]:
    with duckdb.connect() as connection:
        found = {month: lake.read(connection, TABLE, [month]) for month in lake.months(TABLE)}
        return {month: relation.fetchall() for month, relation in found.items() if relation is not None}


def leftovers(lake: Lake) -> list[str]:
    files = [path for path in lake.root.rglob("*") if path.suffix != ".parquet" or path.name[0] == "."]
    return [path.name for path in files if path.is_file() or path.name[0] == "."]


def test_months_hold_their_rows_in_order_and_empty_ones_their_types(
    lake: Lake, connection: duckdb.DuckDBPyConnection
) -> None:
    counts = lake.write_months(connection, TABLE, "FROM source ORDER BY id DESC", MONTHS)
    assert counts == {"2024-01": 5, "2024-02": 5, "2024-03": 0}
    assert contents(lake) == {
        "2024-01": [(i, [i]) for i in (8, 6, 4, 2, 0)],
        "2024-02": [(i, [i]) for i in (9, 7, 5, 3, 1)],
        "2024-03": [],
    }
    described = [lake.read(connection, TABLE, [month]).types for month in MONTHS]  # type: ignore[union-attr]
    assert described == [["BIGINT", "BIGINT[]"]] * 3
    assert leftovers(lake) == []


def test_writing_again_changes_nothing(lake: Lake, connection: duckdb.DuckDBPyConnection) -> None:
    lake.write_months(connection, TABLE, "FROM source ORDER BY id", MONTHS)
    before = {path: path.read_bytes() for path in lake.files(TABLE)}
    lake.write_months(connection, TABLE, "FROM source ORDER BY id", MONTHS)
    assert {path: path.read_bytes() for path in lake.files(TABLE)} == before
    assert leftovers(lake) == []


def test_a_month_is_replaced_and_the_others_stay(lake: Lake, connection: duckdb.DuckDBPyConnection) -> None:
    lake.write_months(connection, TABLE, "FROM source ORDER BY id", MONTHS)
    before = contents(lake)
    lake.write_months(connection, TABLE, "FROM source WHERE id = 0", ["2024-01"])
    assert contents(lake) == {**before, "2024-01": [(0, [0])]}
    lake.write_months(connection, TABLE, "FROM source WHERE false", ["2024-02"])
    assert contents(lake) == {**before, "2024-01": [(0, [0])], "2024-02": []}
    assert connection.execute("SELECT current_setting('threads') > 1").fetchone() == (os.cpu_count() != 1,)


def test_many_months_of_many_rows_are_one_file_each(
    lake: Lake, connection: duckdb.DuckDBPyConnection
) -> None:
    """More months than DuckDB keeps open at once, and more rows than it holds back before it writes."""
    months = [f"{year}-{month:02}" for year in range(2011, 2021) for month in range(1, 13)]
    sql = f"SELECT i AS id, ({months})[1 + i % {len(months)}] AS lake_month FROM range(700000) r(i)"
    counts = lake.write_months(connection, TABLE, sql, months)
    assert len(lake.files(TABLE)) == len(months)
    assert lake.row_count(lake.files(TABLE)) == sum(counts.values()) == 700_000


def test_files_of_an_older_version_lack_new_columns_as_null(
    lake: Lake, connection: duckdb.DuckDBPyConnection
) -> None:
    lake.write_months(connection, TABLE, "SELECT 1 AS id, '2024-01' AS lake_month", ["2024-01"])
    lake.write_months(connection, TABLE, "SELECT 2 AS id, 'x' AS title, '2024-02' AS lake_month", ["2024-02"])
    relation = lake.read(connection, TABLE)
    assert relation is not None
    assert sorted(relation.project("id, title").fetchall()) == [(1, None), (2, "x")]


def test_nothing_is_stored_yet(lake: Lake, connection: duckdb.DuckDBPyConnection) -> None:
    assert (lake.months(TABLE), lake.read(connection, TABLE), lake.row_count([])) == ([], None, 0)


WRITE = """
import sys, duckdb
from pathlib import Path
from resources.lake import Lake
lake, number = Lake(Path(sys.argv[1])), int(sys.argv[2])
with duckdb.connect() as connection:
    for turn in range(6):
        for month in (f"2024-0{number + 1}", "2024-09"):  # one of its own, and one that all write
            sql = f"SELECT i AS id, '{month}' AS lake_month FROM range(1000) r(i)"
            lake.write_months(connection, "peloton.rides", sql, [month])
            lake.write("peloton.tracks", connection.sql("SELECT i AS id FROM range(1000) r(i)"))
"""


def test_processes_write_at_once_without_a_lock(
    lake: Lake, process: Callable[..., subprocess.Popen[str]]
) -> None:
    writers = [process(WRITE, lake.root, number) for number in range(4)]
    for writer in writers:
        assert writer.stderr
        assert (writer.wait(), writer.stderr.read()) == (0, "")
    assert lake.months(TABLE) == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-09"]
    assert [lake.row_count([path]) for path in lake.files(TABLE)] == [1000] * 5
    assert lake.row_count(lake.files("peloton.tracks")) == 1000
    assert leftovers(lake) == []


def test_a_file_in_place_of_the_folder_is_told_in_a_sentence(
    lake: Lake, connection: duckdb.DuckDBPyConnection
) -> None:
    lake.root.parent.mkdir(exist_ok=True)
    lake.root.write_text("I am no folder")
    for write in (
        lambda: lake.write_months(connection, TABLE, "FROM source", MONTHS),
        lambda: lake.write("peloton.tracks", connection.table("source")),
    ):
        with pytest.raises(StorageProblem, match="A file stands where a folder is needed"):
            write()


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """As near to a full disk as a test without a disk of its own comes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_without_space_leaves_all_months_as_they_were(
    lake: Lake, connection: duckdb.DuckDBPyConnection
) -> None:
    lake.write_months(connection, TABLE, "FROM source ORDER BY id", MONTHS)
    lake.write("peloton.tracks", connection.table("source"))
    before = {path: path.read_bytes() for path in lake.root.rglob("*.parquet")}
    connection.execute(
        "CREATE TABLE big AS SELECT md5(i::VARCHAR) AS id, '2024-01' AS lake_month FROM range(50000) r(i)"
    )
    with no_file_larger_than(100_000):
        with pytest.raises(StorageProblem):
            lake.write_months(connection, TABLE, "FROM big", MONTHS)
        with pytest.raises(StorageProblem):
            lake.write("peloton.tracks", connection.table("big"))
    assert {path: path.read_bytes() for path in lake.root.rglob("*.parquet")} == before
    assert leftovers(lake) == []


def test_files_that_are_replaced_while_they_are_read_are_read_again(
    lake: Lake, connection: duckdb.DuckDBPyConnection
) -> None:
    """What DuckDB says of a file that changes under it is not believed, unless nothing changed."""
    lake.write_months(connection, TABLE, "FROM source", MONTHS)
    attempts = []

    def torn_once() -> int:
        attempts.append(lake.months(TABLE))
        if len(attempts) == 1:
            lake.write(TABLE, connection.sql("SELECT 1 AS id"), MONTHS[0])
            raise duckdb.Error("TProtocolException: Invalid data")
        return len(attempts)

    assert lake.read_steadily(torn_once) == 2
    lake.path(TABLE, MONTHS[1]).write_bytes(b"no Parquet at all")
    with pytest.raises(duckdb.Error):
        lake.read_steadily(lambda: contents(lake))
