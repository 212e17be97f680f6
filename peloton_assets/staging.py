"""From landed answers to staging tables: typed, one row per thing, the newest answer winning.

What was merged before and what came new are put together, so the order of merging does not matter. `anew` leaves
out what is stored: a rebuild must not let the rows of an older parser win.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from peloton_assets.history_csv import imported_rows
from peloton_assets.transform import (
    CLASS_SESSIONS,
    DETAILS,
    FULL_WALKS,
    GRAPHS,
    LISTED_RIDES,
    LISTINGS,
    MEMBERS,
    PLACEHOLDERS,
    PROVIDER,
    REFERENCES,
    RIDDEN,
    RIDDEN_RIDES,
    WORKOUT_CSV,
    WORKOUT_MONTHS,
    WORKOUT_REMOVALS,
    WORKOUTS,
    show_imported,
    show_ride_rows,
    show_stored,
    statement,
)
from resources.lake import Lake
from resources.landed import show_landed
from resources.landing import Landing

# Landing folder of what one answer per item fills, and the staging table it fills.
BY_MONTH = {"ride_details": DETAILS, "performance_graphs": GRAPHS, "class_sessions": CLASS_SESSIONS}


@dataclass
class ListingChange:
    """What new list rows changed. `unplaced` are ids ("" for none) of rows that have no month to be stored in."""

    seen: int = 0
    created: int = 0
    updated: int = 0
    unplaced: tuple[str, ...] = ()


def merge_listings(
    connection: duckdb.DuckDBPyConnection, lake: Lake, files: Sequence[Path], anew: bool = False
) -> ListingChange:
    """Merge the list rows of landed pages into the stored listings."""
    if not files:
        return ListingChange()
    show_landed(connection, files)
    show_ride_rows(connection, LISTED_RIDES)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {statement(LISTINGS)}")
    show_stored(connection, lake, LISTINGS, () if anew else None)
    connection.execute(statement("staging.keep_known_times"))
    return _merge(connection, lake, LISTINGS, "ride_id", "air_month", anew)


def merge_workouts(
    connection: duckdb.DuckDBPyConnection, lake: Lake, files: Sequence[Path], anew: bool = False
) -> ListingChange:
    """Merge the workouts of landed pages and of single answers into the stored ones, and the classes inside them."""
    if not files:
        return ListingChange()
    show_landed(connection, files)
    show_ride_rows(connection, RIDDEN_RIDES)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {statement(WORKOUTS)}")
    show_stored(connection, lake, WORKOUTS, () if anew else None)
    change = _merge(connection, lake, WORKOUTS, "workout_id", "start_month", anew)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {statement(LISTINGS)}")
    show_stored(connection, lake, RIDDEN, () if anew else None)
    connection.execute("CREATE OR REPLACE VIEW sightings AS FROM ridden UNION ALL BY NAME FROM fresh")
    show_stored(connection, lake, WORKOUTS)
    _write_changed(connection, lake, WORKOUT_MONTHS, "start_month")
    lake.write(
        RIDDEN, connection.sql(f"SELECT * EXCLUDE (lake_month) FROM ({statement('staging.merge_listings')})")
    )
    return change


def _merge(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: str, key: str, month: str, anew: bool
) -> ListingChange:
    """Merge the rows of `fresh` into a table that is shown already.

    What moved to another month leaves its old one: both months are written.
    """
    name = table.split(".")[1]
    kind = {LISTINGS: "listing", WORKOUTS: "workout"}[table]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE touched AS"
        f" SELECT DISTINCT {month} FROM fresh WHERE {month} IS NOT NULL UNION"
        f" SELECT DISTINCT {month} FROM {name} SEMI JOIN fresh USING ({key})"
    )
    touched = {str(row[0]) for row in connection.execute(f"SELECT {month} FROM touched").fetchall()}
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE stored AS FROM {name} SEMI JOIN touched USING ({month})"
    )
    seen, created, updated, unplaced = connection.execute(statement(f"staging.{kind}_changes")).fetchall()[0]
    connection.execute("CREATE OR REPLACE VIEW sightings AS FROM stored UNION ALL BY NAME FROM fresh")
    months = {*touched, *lake.months(table)} if anew else touched
    lake.write_months(connection, table, statement(f"staging.merge_{kind}s"), months)
    return ListingChange(seen, created, updated, tuple(unplaced))


def merge_references(
    connection: duckdb.DuckDBPyConnection, lake: Lake, files: Sequence[Path], kind: str, anew: bool = False
) -> None:
    """Merge what landed files of a `kind` (page or answer) say of instructors, class types and equipment."""
    if not files:
        return
    show_landed(connection, files)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {statement(f'staging.{kind}_references')}")
    show_stored(connection, lake, REFERENCES, () if anew else None)
    connection.execute('CREATE OR REPLACE VIEW sightings AS FROM "references" UNION ALL BY NAME FROM fresh')
    lake.write(REFERENCES, connection.sql(statement("staging.merge_references")))


def stage_months(
    connection: duckdb.DuckDBPyConnection, lake: Lake, landing: Landing, resource: str, months: Iterable[str]
) -> None:
    """Read all landed answers of a resource that is asked for item by item, for some months."""
    chosen, table = list(months), BY_MONTH[resource]
    show_landed(connection, [path for month in chosen for path in landing.sealed(PROVIDER, resource, month)])
    lake.write_months(connection, table, statement(table), chosen)


def stage_full_walks(connection: duckdb.DuckDBPyConnection, lake: Lake, landing: Landing) -> None:
    """Read the records of clean full walks."""
    _stage_whole(connection, lake, landing, "full_walks", FULL_WALKS)


def stage_member_records(connection: duckdb.DuckDBPyConnection, lake: Lake, landing: Landing) -> None:
    """Read who the members are, and which of their workouts are gone."""
    _stage_whole(connection, lake, landing, "members", MEMBERS)
    _stage_whole(connection, lake, landing, "workout_removals", WORKOUT_REMOVALS)


def _stage_whole(
    connection: duckdb.DuckDBPyConnection, lake: Lake, landing: Landing, resource: str, table: str
) -> None:
    show_landed(connection, landing.sealed(PROVIDER, resource))
    lake.write(table, connection.sql(statement(table)))


def stage_placeholders(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Write the months in which a class is only known from a workout, as far as something changed there."""
    for table in (RIDDEN, LISTINGS):
        show_stored(connection, lake, table)
    _write_changed(connection, lake, PLACEHOLDERS, "air_month", "EXCLUDE (first_listed_at, last_listed_at)")


def stage_csv(connection: duckdb.DuckDBPyConnection, lake: Lake, landing: Landing) -> None:
    """Match all imported rows with the workouts that are known by now; write the months in which something changed."""
    show_imported(connection, imported_rows(landing.sealed(PROVIDER, "workout_csv")))
    for table in (WORKOUTS, MEMBERS):
        show_stored(connection, lake, table)
    _write_changed(connection, lake, WORKOUT_CSV, "start_month")


def _write_changed(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: str, month: str, compared: str = ""
) -> None:
    """Write a table that follows from others, but only months that differ: others need not be built again."""
    name = table.split(".")[1]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE now_{name} AS {statement(table)}")
    show_stored(connection, lake, table)
    sides = [
        f"(SELECT * {compared} FROM {side})"
        for side in (f"(SELECT * EXCLUDE (lake_month) FROM now_{name})", name)
    ]
    changed = {
        row[0]
        for row in connection.execute(
            f"SELECT DISTINCT {month} FROM (({sides[0]} EXCEPT {sides[1]}) UNION ALL ({sides[1]} EXCEPT {sides[0]}))"
        ).fetchall()
    }
    if changed:
        query = f"SELECT * FROM now_{name} WHERE list_contains({sorted(changed)!r}, {month})"
        lake.write_months(connection, table, query, changed)
