"""The statements of `sql/`, and typed tables made by them from staging files and landed series.

The same landing zone gives the same tables, whenever and in whatever order it is read. Only files that would say
something else than before are written; series, which are large, are read month by month, of months that changed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from resources.changed_tables import write_changed
from resources.duckdb_session import BEGIN
from resources.lake import Lake
from resources.landed import show_landed
from resources.landing import Landing

SOURCE = "strava"
SQL = Path(__file__).with_name("sql")
ENTITIES = "staging.strava_entities"
STREAMS = "strava.activity_streams"
LANDED_SERIES = ("activity_streams", "export_activities")  # folders by month of the activity's start
WHOLE_TABLES = ("strava.athletes", "strava.gear")
SMALL_MONTHLY = ("strava.activities", "strava.activity_laps", "strava.activity_zones")
MONTHLY_TABLES = (*SMALL_MONTHLY, STREAMS)
TABLES = (*WHOLE_TABLES, *MONTHLY_TABLES)


def statement(name: str) -> str:
    """Text of one statement, named `folder.file`; a table's statement has the table's name."""
    folder, file = name.split(".")
    return (SQL / folder / f"{file}.sql").read_text()


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that keeps time in UTC and knows the macros."""
    connection = duckdb.connect()
    connection.execute(BEGIN)
    connection.execute((SQL / "macros.sql").read_text())
    return connection


def show_staging(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Make readable what the typed tables are made of: `strava_entities` and `known_activities`."""
    stored = lake.read(connection, ENTITIES)
    if stored is None:
        show_landed(connection, [])
        connection.execute(f"CREATE OR REPLACE TEMP TABLE nothing AS {statement('staging.entities')}")
        stored = connection.table("nothing")
    stored.create_view("strava_entities", replace=True)
    known = statement("staging.known_activities")
    connection.execute(f"CREATE OR REPLACE VIEW known_activities AS {known}")


def show_typed(connection: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> None:
    """Make a typed table readable under its bare name, empty where nothing is stored."""
    name, stored = table.split(".")[1], lake.read(connection, table)
    if stored is None:
        columns = ", ".join(f"NULL::{kind} AS {column}" for column, kind in column_types()[table].items())
        connection.execute(f"CREATE OR REPLACE TEMP TABLE empty_{name} AS SELECT {columns} LIMIT 0")
        stored = connection.table(f"empty_{name}")
    stored.create_view(name, replace=True)


def build(
    connection: duckdb.DuckDBPyConnection, lake: Lake, landing: Landing, tables: Sequence[str] = TABLES
) -> dict[str, dict[str, int]]:
    """Write what differs of these tables; give rows of each file that was written, by table and month (or `all`)."""

    def write() -> dict[str, dict[str, int]]:
        show_staging(connection, lake)
        built = {
            table: write_changed(connection, lake, table, statement(table), table in MONTHLY_TABLES)
            for table in tables
            if table != STREAMS
        }
        if STREAMS in tables:
            built[STREAMS] = build_streams(connection, lake, landing, stale_streams(lake, landing))
        return built

    return lake.read_steadily(write)


def build_streams(
    connection: duckdb.DuckDBPyConnection, lake: Lake, landing: Landing, months: Iterable[str]
) -> dict[str, int]:
    """Write months of the series; give rows per month."""
    show_typed(connection, lake, "strava.activities")
    rows = {}
    for month in months:
        show_landed(connection, _series_files(landing, month))
        rows[month] = lake.write(STREAMS, connection.sql(statement(STREAMS)), month)
    if not lake.files(STREAMS):
        show_landed(connection, [])
        lake.write(STREAMS, connection.sql(statement(STREAMS)), f"{datetime.now(UTC):%Y-%m}")
    return rows


def stale_streams(lake: Lake, landing: Landing) -> list[str]:
    """Months of which series, or the activities they belong to, are newer than their file."""
    stale = []
    months = {month for resource in LANDED_SERIES for month in landing.segments(SOURCE, resource)}
    for month in sorted(months | {*lake.months(STREAMS)}):
        built = lake.path(STREAMS, month)
        # The folders too: a file may have been taken out of them.
        folders = [
            folder for name in LANDED_SERIES if (folder := landing.root / SOURCE / name / month).exists()
        ]
        sources = [*_series_files(landing, month), *folders, *lake.files("strava.activities", [month])]
        if not built.exists() or any(path.stat().st_mtime >= built.stat().st_mtime for path in sources):
            stale.append(month)
    return stale


def _series_files(landing: Landing, month: str) -> list[Path]:
    return [path for resource in LANDED_SERIES for path in landing.sealed(SOURCE, resource, month)]


@cache
def column_types() -> dict[str, dict[str, str]]:
    """The DuckDB type of every column of the typed tables."""
    with tempfile.TemporaryDirectory() as nothing, connect() as connection:
        show_staging(connection, Lake(Path(nothing)))
        show_landed(connection, [])
        types = {}
        for table in ("strava.activities", *TABLES):
            rows = connection.sql(f"FROM ({statement(table)})")
            kinds = dict(zip(rows.columns, map(str, rows.types), strict=True))
            kinds.pop("lake_month", None)
            types[table] = kinds
            if table == "strava.activities":
                connection.execute(f"CREATE OR REPLACE TEMP TABLE activities AS FROM ({statement(table)})")
        return types
