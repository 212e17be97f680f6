"""Publishing: a fresh file, validated before the swap, and readers that never notice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from landed import Zone, invented
from observing import rows

from peloton_assets.transform import MONTHLY_TABLES, WHOLE_TABLES
from resources.errors import StorageProblem
from resources.lake import Lake
from resources.state import Coverage, State
from resources.table_docs import table_docs
from resources.warehouse import open_warehouse, publish

Process = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose lake holds 60 classes. Tests that change it take a copy."""
    zone = Zone(tmp_path_factory.mktemp("built"))
    listed, detailed = invented(60)
    zone.list_page(listed)
    for ride, answer in zip(listed, detailed, strict=True):
        zone.details(ride, answer)
    zone.build()
    return zone.lake.root.parent


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "data")


def published(folder: Path) -> Path:
    target = folder / "warehouse.duckdb"
    publish(target, Lake(folder / "lake"), State(folder / "state"))
    return target


def replant(folder: Path, table: str, sql: str) -> None:
    """Put other rows into the newest file of a table."""
    path = Lake(folder / "lake").files(table)[-1]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE rows AS FROM '{path}'")
        connection.execute(f"COPY ({sql}) TO '{path}'")


def count(path: Path, sql: str) -> int:
    with open_warehouse(path) as connection:
        return int(connection.execute(sql).fetchall()[0][0])


def test_every_row_of_the_lake_is_published(folder: Path) -> None:
    target, lake = published(folder), Lake(folder / "lake")
    for table in (*MONTHLY_TABLES, *WHOLE_TABLES):
        assert count(target, f"SELECT count(*) FROM {table}") == len(rows(lake, table)) > 0


def test_the_file_is_for_duckdb_1_5_and_for_reading(folder: Path) -> None:
    target = published(folder)
    with open_warehouse(target) as connection:
        tags = connection.execute(
            "SELECT tags['storage_version'] FROM duckdb_databases() WHERE path IS NOT NULL"
        ).fetchall()
        assert tags == [("v1.5.0+",)]
        assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("DELETE FROM peloton.rides")
    assert target.stat().st_mode & 0o222 == 0


def test_every_table_and_column_says_what_it_is(folder: Path) -> None:
    with open_warehouse(published(folder)) as connection:
        tables = dict(connection.execute(
            "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()"
        ).fetchall())  # fmt: skip
        columns = connection.execute(
            "SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
        key_constraints = connection.execute("SELECT count(*) FROM duckdb_constraints()").fetchall()
    docs = table_docs()
    assert tables == {name: docs[name].about for name in tables}
    assert tables.keys() >= {*MONTHLY_TABLES, *WHOLE_TABLES, "ops.coverage", "ops.failures", "ops.sync_runs"}
    documented = {
        (name, column): meaning for name in tables for column, meaning in docs[name].columns.items()
    }
    found = {(table, column): comment for table, column, comment in columns if table in tables}
    assert found == documented
    assert key_constraints == [(0,)]


def test_the_state_is_published_with_times_and_dates(folder: Path) -> None:
    now = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
    state = State(folder / "state")
    state.record_coverage("peloton", [Coverage("ride_list", "2024-05", "complete", rows=7)], "run", now)
    state.record_failure("peloton", "ride_details", "x", StorageProblem("It's full", "Do."), now)
    with open_warehouse(published(folder)) as connection:
        assert connection.execute(
            "SELECT month::VARCHAR, state, rows, proven_at FROM ops.coverage"
        ).fetchall() == [("2024-05-01", "complete", 7, now)]
        assert connection.execute("SELECT id, error_class, message FROM ops.failures").fetchall() == [
            ("x", "StorageProblem", "It's full. Do.")
        ]


FAULTS = {
    "a doubled key": ("peloton.rides", "FROM rows UNION ALL FROM rows"),
    "a key that is NULL": ("peloton.songs", "SELECT * REPLACE (NULL::VARCHAR AS ride_id) FROM rows"),
    "a column missing": ("peloton.instructors", "SELECT * EXCLUDE (bio) FROM rows"),
    "a column too many": ("peloton.equipment", "SELECT *, 1 AS surplus FROM rows"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_table_that_is_wrong_leaves_the_published_file_as_it_was(folder: Path, fault: str) -> None:
    target = published(folder)
    before, inode = target.read_bytes(), target.stat().st_ino
    replant(folder, *FAULTS[fault])
    with pytest.raises(StorageProblem, match=FAULTS[fault][0]):
        published(folder)
    assert (target.read_bytes(), target.stat().st_ino) == (before, inode)
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["warehouse.duckdb"]


def test_a_parquet_file_that_is_torn_leaves_the_published_file_as_it_was(folder: Path) -> None:
    target = published(folder)
    before = target.read_bytes()
    torn = Lake(folder / "lake").files("peloton.songs")[0]
    torn.write_bytes(torn.read_bytes()[:-20])
    with pytest.raises((StorageProblem, duckdb.Error)):
        published(folder)
    assert target.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\x00" + bytes(4096)])
def test_a_file_that_is_no_duckdb_is_refused_untouched(folder: Path, content: bytes) -> None:
    target = folder / "warehouse.duckdb"
    target.write_bytes(content)
    with pytest.raises(StorageProblem, match="not a DuckDB file"):
        published(folder)
    with pytest.raises(StorageProblem, match="not a DuckDB file"):
        open_warehouse(target)
    assert target.read_bytes() == content


def test_a_stale_wal_goes_at_the_swap(folder: Path) -> None:
    """It belongs to another file; DuckDB would replay it into the new one or refuse to open."""
    target = published(folder)
    target.with_name("warehouse.duckdb.wal").write_bytes(b"of another time")
    assert count(published(folder), "SELECT count(*) FROM peloton.rides") > 0
    assert not target.with_name("warehouse.duckdb.wal").exists()


def test_who_has_the_old_file_open_keeps_its_snapshot(folder: Path, process: Process) -> None:
    target = published(folder)
    reader = process(
        "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for line in sys.stdin: print(c.execute('SELECT count(*) FROM peloton.rides').fetchone()[0], flush=True)",
        target,
    )
    assert reader.stdin and reader.stdout

    def asked() -> int:
        print("?", file=reader.stdin, flush=True)
        return int(reader.stdout.readline())

    before = asked()
    month = Lake(folder / "lake").files("peloton.rides")[-1]
    replant(folder, "peloton.rides", "FROM rows LIMIT 1")
    assert count(published(folder), "SELECT count(*) FROM peloton.rides") < before, month
    assert asked() == before
    reader.stdin.close()
    assert reader.wait() == 0


READ_IN_A_LOOP = """
import sys, duckdb, pathlib
reads = 0
print("ready", flush=True)
while not pathlib.Path(sys.argv[2]).exists():
    with duckdb.connect(sys.argv[1], read_only=True) as c:
        assert c.execute("SELECT count(*) FROM peloton.songs JOIN peloton.rides USING (ride_id)").fetchone()[0] > 0
    reads += 1
print(reads, flush=True)
"""


def test_a_reader_in_a_loop_never_fails_while_thirty_are_published(folder: Path, process: Process) -> None:
    target = published(folder)
    reader = process(READ_IN_A_LOOP, target, folder / "enough")
    assert reader.stdout and reader.stderr and reader.stdout.readline() == "ready\n"
    for _ in range(30):
        published(folder)
    (folder / "enough").touch()
    assert reader.wait() == 0, reader.stderr.read()
    assert int(reader.stdout.read()) >= 2


PUBLISH = """
import sys; from pathlib import Path
from resources.warehouse import publish; from resources.lake import Lake; from resources.state import State
folder = Path(sys.argv[1])
for _ in range(8): publish(folder / "warehouse.duckdb", Lake(folder / "lake"), State(folder / "state"))
"""


def test_two_processes_may_publish_at_once(folder: Path, process: Process) -> None:
    published(folder)
    builders = [process(PUBLISH, folder) for _ in range(2)]
    for builder in builders:
        assert builder.stderr
        assert (builder.wait(), builder.stderr.read()) == (0, "")
    assert count(folder / "warehouse.duckdb", "SELECT count(*) FROM peloton.rides") > 0


def test_what_a_killed_builder_left_behind_goes_with_the_next_build(folder: Path) -> None:
    for name in (".warehouse.duckdb.4194305.tmp", ".warehouse.duckdb.4194305.tmp.wal"):
        (folder / name).write_bytes(b"half a file")
    published(folder)
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["warehouse.duckdb"]


def test_there_is_no_warehouse_yet(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match="paceline sync peloton"):
        open_warehouse(tmp_path / "warehouse.duckdb")
