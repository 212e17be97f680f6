"""What the Dagster UI shows of Peloton's tables: columns, and of what each column is made."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from peloton_assets.transform import (
    DETAILS,
    GRAPHS,
    LISTINGS,
    WORKOUTS,
    column_types,
    connect,
    show_inputs,
    show_search_views,
    show_stored,
    staging_types,
    statement,
)
from resources.dagster_preview import lineage_metadata, schema_metadata, staging_schema
from resources.lake import Lake
from resources.lineage import Source, column_sources

# What the assets that ask the provider show as theirs. Rows that come by a side door (a class of which only a
# workout tells, an imported file) are in other staging tables, and no lineage is drawn to them.
STAGED_BY = {
    "ride_list": LISTINGS,
    "ride_details": DETAILS,
    "workout_classes": DETAILS,
    "workout_list": WORKOUTS,
    "performance_graphs": GRAPHS,
}
READ_AS_TABLES = {
    "peloton.tracks": ("peloton.rides", "peloton.songs", "peloton.song_artists", "peloton.ride_plays"),
    "peloton.track_terms": ("peloton.tracks",),
    "peloton.ride_plays": ("peloton.rides", "peloton.songs"),
}


def column_schema(table: str) -> dict[str, Any]:
    """Definition metadata: the columns with type and meaning, and the table's name for lineage."""
    return schema_metadata(table, column_types()[table])


def staged_columns(asset: str) -> dict[str, Any]:
    """Definition metadata of an asset that asks the provider: the columns of what it stages."""
    return staging_schema(staging_types()[STAGED_BY[asset]])


def column_lineage(table: str) -> dict[str, Any]:
    """Metadata of a materialization: of which columns of other assets each column is made."""
    sources = {column: found for column, found in table_sources(table).items() if column != "lake_month"}
    return lineage_metadata(sources, assets_of)


@cache
def table_sources(table: str) -> dict[str, set[Source]]:
    """Columns of the staging tables, or of other tables, that each column is made of."""
    with tempfile.TemporaryDirectory() as nothing, connect() as connection:
        lake = Lake(Path(nothing))
        show_inputs(connection, lake, [], table)
        for other in READ_AS_TABLES.get(table, ()):
            show_stored(connection, lake, other)
        if table == "peloton.tracks":
            show_search_views(connection, "search.no_tracks", [])
        return column_sources(connection, statement(table))


def assets_of(table: str) -> list[list[str]]:
    """The assets that show a table as theirs; `empty_` is how a table without rows is called."""
    name = table.removeprefix("empty_")
    if name in {typed.split(".")[1] for typed in column_types()}:
        return [["peloton", name]]
    return [["peloton", asset] for asset, staged in STAGED_BY.items() if staged.split(".")[1] == name]
