"""The statements of `sql/`, and typed tables made by them from staging files.

The same landing zone gives the same tables, whenever and in whatever order it is read. Only files that would say
something else than before are written: two syncs of the same documents change nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import duckdb

from resources.changed_tables import write_changed
from resources.duckdb_session import BEGIN
from resources.lake import Lake
from resources.landed import show_landed

SQL = Path(__file__).with_name("sql")
ENTITIES, WEEKS = "staging.iracing_entities", "staging.iracing_weeks"
WHOLE_TABLES = (
    "iracing.series", "iracing.seasons", "iracing.past_weeks", "iracing.car_classes", "iracing.cars",
    "iracing.tracks", "iracing.schedule_changes",
)  # fmt: skip
MONTHLY_TABLES = ("iracing.events", "iracing.event_car_restrictions", "iracing.time_slots")
TABLES = WHOLE_TABLES + MONTHLY_TABLES


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


def show_staged(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: str, parts: Iterable[str] | None = None
) -> None:
    """Make a staging table readable under its bare name, typed and empty where nothing is stored."""
    _show(connection, table, lake.read(connection, table, parts), staging_types())


def show_typed(connection: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> None:
    """Make a typed table readable under its bare name, empty where nothing is stored."""
    _show(connection, table, lake.read(connection, table), column_types())


def _show(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    stored: duckdb.DuckDBPyRelation | None,
    types: dict[str, dict[str, str]],
) -> None:
    name = table.split(".")[1]
    if stored is None:
        columns = ", ".join(f"NULL::{kind} AS {column}" for column, kind in types[table].items())
        # A table and not a view, which would look through to whatever another table shows later.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE empty_{name} AS SELECT {columns} LIMIT 0")
        stored = connection.table(f"empty_{name}")
    stored.create_view(name, replace=True)


def show_staging(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Make all that the typed tables are made of readable."""
    for table in (ENTITIES, WEEKS):
        show_staged(connection, lake, table)
    connection.execute(f"CREATE OR REPLACE VIEW current_weeks AS {statement('staging.current_weeks')}")


def build(
    connection: duckdb.DuckDBPyConnection, lake: Lake, tables: Sequence[str] = TABLES
) -> dict[str, dict[str, int]]:
    """Write what differs of these tables; give rows of each file that was written, by table and month (or `all`).

    A table of which nothing is known exists all the same, empty.
    """

    def write() -> dict[str, dict[str, int]]:
        show_staging(connection, lake)
        return {
            table: write_changed(connection, lake, table, statement(table), table in MONTHLY_TABLES)
            for table in tables
        }

    return lake.read_steadily(write)


@cache
def column_types() -> dict[str, dict[str, str]]:
    """The DuckDB type of every column of the typed tables."""
    with tempfile.TemporaryDirectory() as nothing, connect() as connection:
        show_staging(connection, Lake(Path(nothing)))
        return {table: _types(connection, statement(table)) for table in TABLES}


@cache
def staging_types() -> dict[str, dict[str, str]]:
    """The DuckDB type of every column of the staging tables."""
    with connect() as connection:
        show_landed(connection, [])
        entities = _types(connection, statement("staging.entities"))
        weeks = _types(connection, statement("staging.weeks"))
    moment = weeks.pop("seen_at")
    return {ENTITIES: entities, WEEKS: {**weeks, "first_seen_at": moment, "last_seen_at": moment}}


def _types(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, str]:
    rows = connection.sql(f"FROM ({sql})")
    kinds = dict(zip(rows.columns, map(str, rows.types), strict=True))
    kinds.pop("lake_month", None)
    return kinds
