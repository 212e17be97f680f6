"""Assets of the class library: the list, the details of its classes, and the tables made of them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from peloton_assets import linked_preview
from peloton_assets.details import sync_details
from peloton_assets.dry_run import plan
from peloton_assets.full_walk import full_walk
from peloton_assets.listing import sync_list
from peloton_assets.partitions import MONTHS, RUNS, month_of
from peloton_assets.preview import column_lineage, column_schema, staged_columns
from peloton_assets.references import sync_references
from peloton_assets.runtime import LibraryOptions, describe_month, months_of, syncing, workspace
from peloton_assets.transform import (
    DETAILS,
    LISTINGS,
    build_months,
    build_whole,
    connect,
    stale_months,
    write_missing,
)
from peloton_assets.workspace import MonthReport
from resources.dagster_automation import FOLLOW_INPUTS
from resources.dagster_preview import bars, description, rows_per_month, rows_preview
from resources.dagster_runs import failures_in_words
from resources.lake import Lake
from resources.table_docs import table_docs

OWNERS = ["team:paceline"]
API_POOL = "peloton_api"
FETCHED: dict[str, Any] = {
    "group_name": "peloton_fetched",
    "owners": OWNERS,
    "pool": API_POOL,
    "key_prefix": "peloton",
}
# Members take classes that no list shows; their steps are in workouts.py.
TAKEN = (["peloton", "workout_list"], ["peloton", "workout_classes"])
TABLES: dict[str, Any] = {"group_name": "peloton_library", "owners": OWNERS, "key_prefix": "peloton"}


@dg.asset(
    **FETCHED, partitions_def=MONTHS, backfill_policy=RUNS, kinds={"api", "parquet"}, output_required=False,
    description="The archived class list: every class on it, found without date filter, newest first.",
    metadata=staged_columns("ride_list"),
)  # fmt: skip
def ride_list(context: dg.AssetExecutionContext, config: LibraryOptions) -> Iterator[dg.MaterializeResult]:
    with syncing(context, config) as sync:
        if config.dry_run:
            context.log.info(plan(sync.work, config.scope(sync.months)).text())
            return
        result = sync_list(sync.work, config.scope(sync.months), sync.report, sync.counts)
    yield dg.MaterializeResult(
        metadata={
            "classes per month": bars(rows_per_month(sync.work.lake, LISTINGS), "classes"),
            "preview": rows_preview(
                sync.work.lake, LISTINGS, ["title", "fitness_discipline", "original_air_time"]
            ),
            **vars(result.counts),
            "requests to find the position": result.positioning_requests,
            "new drift": result.new_drift,
        }
    )


@dg.asset(
    **FETCHED, partitions_def=MONTHS, backfill_policy=RUNS, kinds={"api", "parquet"}, output_required=False,
    deps=[ride_list], description="Details of each class, playlist included: one request per class, ever.",
    metadata=staged_columns("ride_details"),
)  # fmt: skip
def ride_details(context: dg.AssetExecutionContext, config: LibraryOptions) -> Iterator[dg.MaterializeResult]:
    with syncing(context, config) as sync:
        if config.dry_run:
            context.log.info(plan(sync.work, config.scope(sync.months)).text())
            return
        result = sync_details(sync.work, config.scope(sync.months), sync.report, sync.counts)
    yield dg.MaterializeResult(
        metadata={
            "detailed classes per month": bars(rows_per_month(sync.work.lake, DETAILS), "detailed classes"),
            **vars(result.counts),
            "new drift": result.new_drift,
        }
    )


@dg.asset(
    **TABLES, partitions_def=MONTHS, backfill_policy=RUNS, kinds={"sql", "parquet"},
    deps=[ride_list, ride_details, *TAKEN],
    automation_condition=FOLLOW_INPUTS, description=description("peloton.rides"),
    metadata=column_schema("peloton.rides"),
)  # fmt: skip
def rides(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    lake = build_run_months(context, {context.asset_key: "peloton.rides"})
    return dg.MaterializeResult(
        metadata={
            "classes per month": bars(rows_per_month(lake, "peloton.rides"), "classes"),
            "preview": rows_preview(lake, "peloton.rides", ["title", "fitness_discipline", "duration_s"]),
            "newest classes, with links": dg.MetadataValue.md(
                linked_preview.classes(lake, months_of(context))
            ),
            **column_lineage("peloton.rides"),
        }
    )


class ReferenceOptions(dg.Config):
    """Options of the tables of names."""

    ask: bool = Field(default=True, description="Ask the provider for names, once a day at most.")


@dg.multi_asset(
    name="references",
    specs=[
        dg.AssetSpec(
            ["peloton", name], group_name="peloton_library", owners=OWNERS, kinds={"api", "sql", "parquet"},
            deps=[ride_list, ride_details, *TAKEN], automation_condition=FOLLOW_INPUTS,
            description=description(f"peloton.{name}"), metadata=column_schema(f"peloton.{name}"),
        )
        for name in ("instructors", "class_types", "equipment")
    ],
    pool=API_POOL,
)  # fmt: skip
def references(context: dg.AssetExecutionContext, config: ReferenceOptions) -> Iterator[dg.MaterializeResult]:
    tables = {key: f"peloton.{key.path[-1]}" for key in context.selected_asset_keys}
    lake = workspace(context).lake
    if config.ask:
        with syncing(context, resource="references") as sync:
            sync_references(sync.work, counts=sync.counts)
    with failures_in_words(context), connect() as connection:
        rows = build_whole(connection, lake, tables.values())
    for key, table in tables.items():
        preview = rows_preview(lake, table, list(table_docs()[table].columns)[:3])
        told = {"dagster/row_count": rows[table], "preview": preview, **column_lineage(table)}
        if table == "peloton.instructors":
            told["most classes, with links"] = dg.MetadataValue.md(linked_preview.instructors(lake))
        yield dg.MaterializeResult(key, metadata=told)


class WalkOptions(dg.Config):
    """Options of the full walk."""

    accept_removals: bool = Field(
        default=False, description="Believe even that a large part of the library is gone."
    )
    username: str = Field(default="default", description="Whose sign-in is used.")


@dg.asset(
    **FETCHED, deps=[ride_list], kinds={"api", "parquet"},
    description="A walk over the whole list; when it was clean, classes it no longer saw are marked as removed.",
)  # fmt: skip
def removed_classes(context: dg.AssetExecutionContext, config: WalkOptions) -> dg.MaterializeResult:
    with syncing(context, LibraryOptions(username=config.username)) as sync:
        all_months = tuple(month_of(key) for key in MONTHS.get_partition_keys())
        findings = full_walk(sync.work, all_months, sync.reported.append, config.accept_removals, sync.counts)
        # All months are older than the record of the walk: classes lost their place in the list, or have it again.
        with connect() as connection:
            months = stale_months(sync.work.lake, "peloton.rides")
            build_months(connection, sync.work.lake, months, ["peloton.rides"])
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": findings.total, "newly removed": findings.newly_removed, **vars(findings.counts)
        }
    )  # fmt: skip


def build_run_months(context: dg.AssetExecutionContext, tables: dict[dg.AssetKey, str]) -> Lake:
    """Write the run's months of some tables, and neighbouring months that a page of the list touched."""
    lake = workspace(context).lake
    with failures_in_words(context), connect() as connection:
        months = {*months_of(context), *stale_months(lake, *tables.values())}
        built = build_months(connection, lake, months, tables.values())
        write_missing(connection, lake)
    for key, table in tables.items():
        for month, rows in built[table].items():
            describe_month(context, key, MonthReport(month, rows))
    return lake
