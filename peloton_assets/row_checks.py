"""Which asset checks about rows Peloton's tables have, and what their queries read."""

from __future__ import annotations

import re

import dagster as dg
import duckdb

from peloton_assets.transform import SQL, TYPED_TABLES, connect, show_stored
from resources.dagster_row_checks import RowCheck, key_check, read_check, row_check_definitions
from resources.lake import Lake
from resources.table_docs import table_docs

# Assets that one step makes; their checks run together after it.
STEPS = {
    "rides": ["peloton/rides"],
    "music": ["peloton/playlists", "peloton/songs", "peloton/song_artists"],
    "references": ["peloton/instructors", "peloton/class_types", "peloton/equipment"],
    "tracks": ["peloton/ride_plays", "peloton/tracks", "peloton/track_terms"],
    "workouts": ["peloton/workouts"],
    "workout_series": ["peloton/workout_summaries", "peloton/workout_samples"],
    "warehouse": ["warehouse"],
}


def row_checks() -> dict[str, RowCheck]:
    """All of them by name."""
    keys = [key_check(table_docs()[table]) for table in TYPED_TABLES]
    files = [read_check(path, "peloton") for path in sorted((SQL / "checks").glob("*.sql"))]
    return {check.name: check for check in (*keys, *files)}


def definitions() -> list[dg.AssetChecksDefinition]:
    """One for each step of the graph that has checks."""
    return row_check_definitions(STEPS, row_checks().values(), shown)


def shown(lake: Lake, checks: list[RowCheck]) -> duckdb.DuckDBPyConnection:
    """A connection that shows what these checks read."""
    connection = connect()
    show_tables(connection, lake, checks)
    return connection


def show_tables(connection: duckdb.DuckDBPyConnection, lake: Lake, checks: list[RowCheck]) -> None:
    """The typed tables that these checks name, under their bare names; classes also with the file they are in."""
    named = {word for check in checks for word in re.findall(r"\w+", check.sql)}
    for table in TYPED_TABLES:
        if table.split(".")[1] in named:
            show_stored(connection, lake, table)
    if "rides" not in named:
        return
    if files := [str(path) for path in lake.files("peloton.rides")]:
        connection.read_parquet(files, filename=True, union_by_name=True).create_view("rides", replace=True)
    else:
        connection.execute(
            "CREATE OR REPLACE VIEW rides AS SELECT *, NULL::VARCHAR AS filename FROM empty_rides"
        )
