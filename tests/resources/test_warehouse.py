"""Publishing: a fresh file, validated before the swap."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from observing import rows
from publishing import count, published, replant

from peloton_assets.transform import TYPED_TABLES, WORKOUT_TABLES
from resources.errors import StorageProblem
from resources.lake import Lake
from resources.state import Coverage, State
from resources.table_docs import table_docs
from resources.warehouse import open_warehouse


def test_every_row_of_the_lake_is_published(folder: Path) -> None:
    target, lake = published(folder), Lake(folder / "lake")
    for table in TYPED_TABLES:
        published_rows = count(target, f"SELECT count(*) FROM {table}")
        assert published_rows == len(rows(lake, table))
        assert published_rows > 0 or table in WORKOUT_TABLES, "nobody took a class here"


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
    assert tables.keys() >= {*TYPED_TABLES, "ops.coverage", "ops.failures", "ops.sync_runs"}
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
    "a doubled key beside itself": (
        "peloton.songs",
        "FROM rows UNION ALL FROM rows ORDER BY ride_id, playlist_order",
    ),
    "a doubled key far from itself": ("peloton.songs", "FROM rows UNION ALL (FROM rows LIMIT 1)"),
    "a doubled key out of all order": (
        "peloton.songs",
        "FROM rows UNION ALL (FROM rows LIMIT 1) ORDER BY hash(title)",
    ),
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


def test_there_is_no_warehouse_yet(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match="paceline sync peloton"):
        open_warehouse(tmp_path / "warehouse.duckdb")
