"""The lineage that the UI draws: it names columns that are shown there, and what it says is so for real rows."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import dagster as dg
import duckdb
import pytest

import iracing_assets.definitions
import iracing_assets.preview
import iracing_assets.transform
import peloton_assets.definitions
import peloton_assets.preview
from peloton_assets.transform import (
    DETAILS,
    LISTINGS,
    TYPED_TABLES,
    connect,
    show_inputs,
    statement,
)
from resources.lake import Lake

DRAWN = {
    peloton_assets: TYPED_TABLES,
    iracing_assets: ("iracing.events", "iracing.schedule_changes", "iracing.seasons"),
}
ROWS_OF = {"peloton.rides": LISTINGS, "peloton.playlists": DETAILS}
CHOOSING_ROWS = {
    "ride_id",
    "air_month",
    "original_air_time",
    "songs",
}  # without them there are no rows to compare


@pytest.mark.parametrize("location", DRAWN, ids=["peloton", "iracing"])
def test_every_column_that_is_named_is_shown_by_an_asset_above(location: ModuleType) -> None:
    defs: dg.Definitions = location.definitions.defs
    graph = defs.resolve_asset_graph()
    shown = {
        spec.key: {column.name for column in spec.metadata["dagster/column_schema"].columns}
        for spec in defs.resolve_all_asset_specs()
        if "dagster/column_schema" in spec.metadata
    }
    for table in DRAWN[location]:
        key = dg.AssetKey(table.split("."))
        lineage = location.preview.column_lineage(table)["dagster/column_lineage"].deps_by_column
        assert lineage.keys() <= shown[key]
        for dep in (dep for found in lineage.values() for dep in found):
            assert dep.asset_key in graph.get_ancestor_asset_keys(key), (table, dep)
            assert dep.column_name in shown[dep.asset_key], (table, dep)


def test_what_is_read_in_the_statement_is_drawn() -> None:
    def drawn(table: str, column: str) -> set[str]:
        lineage = peloton_assets.preview.column_lineage(table)["dagster/column_lineage"].deps_by_column
        return {f"{dep.asset_key.path[-1]}.{dep.column_name}" for dep in lineage.get(column, [])}

    assert drawn("peloton.rides", "title") == {"ride_list.title"}
    assert drawn("peloton.rides", "is_warm_up") == {"ride_list.title", "ride_list.class_type_ids"}
    assert drawn("peloton.rides", "is_placeholder") == set(), "true or false by the way it came"
    assert drawn("peloton.songs", "album_name") == {"ride_details.songs", "workout_classes.songs"}
    assert drawn("peloton.tracks", "last_played") == {"rides.original_air_time"}
    assert drawn("peloton.workout_samples", "value") == {"performance_graphs.metrics"}


@pytest.mark.parametrize("table", ROWS_OF)
def test_a_column_changes_with_its_sources_and_with_no_other(folder: Path, table: str) -> None:
    """Each column of the staged rows is emptied in turn: only what is said to be made of it may change."""
    staged, lake = ROWS_OF[table], Lake(folder / "lake")
    name = staged.split(".")[1]
    sources = peloton_assets.preview.table_sources(table)
    with connect() as connection:
        show_inputs(connection, lake, None, table)
        connection.execute(f"CREATE TABLE kept AS FROM {name}")
        before, changing = columns(connection, table), 0
        for column in (one for one in connection.table("kept").columns if one not in CHOOSING_ROWS):
            empty = f"SELECT * REPLACE (NULL AS {column}) FROM kept"
            connection.execute(f"CREATE OR REPLACE VIEW {name} AS {empty}")
            after = columns(connection, table)
            changed = {one for one, values in after.items() if values != before[one]}
            said = {one for one, found in sources.items() if (f"empty_{name}", column) in found}
            assert changed <= said, f"{column} changes {changed - said}"
            changing += len(changed)
    assert changing


def columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, list[object]]:
    """The values of each column of a table, in its order."""
    found = connection.execute(statement(table))
    names = [column[0] for column in found.description or []]
    return dict(zip(names, map(list, zip(*found.fetchall(), strict=True)), strict=True))
