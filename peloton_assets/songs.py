"""Assets of the music: playlists, songs, the tracks that the song search looks through, and the warehouse."""

from collections.abc import Iterator

import dagster as dg

from peloton_assets import linked_preview
from peloton_assets.library import (
    OWNERS,
    TAKEN,
    build_run_months,
    references,
    removed_classes,
    ride_details,
    rides,
)
from peloton_assets.partitions import MONTHS, RUNS
from peloton_assets.preview import column_lineage, column_schema
from peloton_assets.runtime import months_of, workspace
from peloton_assets.search_tables import build_search_tables
from peloton_assets.stock import PELOTON
from peloton_assets.transform import SEARCH_TABLES, connect
from peloton_assets.workouts import workout_series, workouts
from resources.dagster_automation import FOLLOW_INPUTS, FOLLOW_SETTLED_INPUTS
from resources.dagster_preview import bars, description, rows_per_month, rows_preview
from resources.dagster_resources import Warehouse
from resources.dagster_runs import failures_in_words
from resources.operations.machine import note_in_passing
from resources.settings import load_settings
from resources.table_docs import table_docs

MUSIC = ("playlists", "songs", "song_artists")
SONGS_AND_CREDITS = [["peloton", "songs"], ["peloton", "song_artists"]]


@dg.multi_asset(
    name="music",
    specs=[
        dg.AssetSpec(
            ["peloton", name], group_name="peloton_library", owners=OWNERS, kinds={"sql", "parquet"},
            deps=[ride_details, rides, TAKEN[1]], automation_condition=FOLLOW_INPUTS,
            description=description(f"peloton.{name}"), metadata=column_schema(f"peloton.{name}"),
        )
        for name in MUSIC
    ],
    partitions_def=MONTHS,
    backfill_policy=RUNS,
)  # fmt: skip
def music(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    tables = {key: f"peloton.{key.path[-1]}" for key in sorted(context.selected_asset_keys)}
    lake = build_run_months(context, tables)
    for key, table in tables.items():
        picture = bars(rows_per_month(lake, table), "rows")
        told = {"rows per month": picture, **column_lineage(table)}
        if table == "peloton.songs":
            told["songs, with links"] = dg.MetadataValue.md(linked_preview.songs(lake, months_of(context)))
        yield dg.MaterializeResult(key, metadata=told)


@dg.multi_asset(
    name="song_search",
    specs=[
        dg.AssetSpec(
            table.split("."), group_name="peloton_library", owners=OWNERS, kinds={"sql", "parquet"},
            deps=[rides, *SONGS_AND_CREDITS, *(before.split(".") for before in SEARCH_TABLES[:place])],
            automation_condition=FOLLOW_SETTLED_INPUTS,
            description=description(table), metadata=column_schema(table),
        )
        for place, table in enumerate(SEARCH_TABLES)
    ],
)  # fmt: skip
def song_search(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    lake = workspace(context).lake
    with failures_in_words(context), connect() as connection:
        rows = build_search_tables(connection, lake)
    for table in SEARCH_TABLES:
        preview = rows_preview(lake, table, list(table_docs()[table].columns)[:6])
        told = {"dagster/row_count": rows[table], "preview": preview, **column_lineage(table)}
        yield dg.MaterializeResult(table.split("."), metadata=told)


@dg.asset(
    group_name="published", owners=OWNERS, kinds={"duckdb"}, pool="warehouse",
    deps=[rides, removed_classes, references, music, song_search, workouts, workout_series],
    automation_condition=FOLLOW_SETTLED_INPUTS,
    description="`warehouse.duckdb`: built fresh from the lake, validated, swapped in; never locked for readers.",
)  # fmt: skip
def warehouse(context: dg.AssetExecutionContext, database: Warehouse) -> dg.MaterializeResult:
    with failures_in_words(context):
        note_in_passing(PELOTON, load_settings())
        rows = database.publish()
    table = dg.MetadataValue.table(
        [dg.TableRecord({"table": name, "rows": count}) for name, count in rows.items()]
    )
    return dg.MaterializeResult(metadata={"dagster/row_count": sum(rows.values()), "tables": table})
