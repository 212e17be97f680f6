"""Assets of activities: the list, what is asked activity by activity, the tables of them, and the warehouse."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import dagster as dg

from resources.dagster_automation import FOLLOW_INPUTS, FOLLOW_SETTLED_INPUTS
from resources.dagster_preview import bars, rows_per_month
from resources.dagster_resources import Warehouse
from resources.dagster_runs import failures_in_words
from resources.dagster_tables import OWNERS, report_months, table_metadata, table_of, table_spec
from resources.operations.machine import note_in_passing
from resources.settings import load_settings
from resources.state import SyncCounts
from resources.workspace import MonthReport
from strava_assets.accounts import (
    AthleteOptions,
    ItemOptions,
    for_each_athlete,
    months_of,
    workspace,
)
from strava_assets.partitions import MONTHS, RUNS, month_of
from strava_assets.stock import STRAVA
from strava_assets.syncing import Choice, Facts, sync_list, sync_rest
from strava_assets.transform import MONTHLY_TABLES, TABLES, WHOLE_TABLES, build, column_types, connect
from strava_assets.workspace import Workspace

FETCHED: dict[str, Any] = {
    "group_name": "strava_fetched", "owners": OWNERS, "key_prefix": "strava", "pool": "strava_api",
    "kinds": {"api", "parquet"},
}  # fmt: skip


@dg.asset(
    **FETCHED, partitions_def=MONTHS, backfill_policy=RUNS,
    description="Activities of the connected athletes from their lists: new, late, edited and deleted ones.",
)  # fmt: skip
def activity_list(context: dg.AssetExecutionContext, config: AthleteOptions) -> dg.MaterializeResult:
    told: list[Facts] = []
    months = months_of(context) if config.of_months else ()
    choice = Choice(config.full, months, config.max_pages, config.accept_removals)

    def sync(work: Workspace, counts: SyncCounts) -> None:
        told.append(sync_list(work, choice, lambda report: keep(context, report), counts)[1])

    done = for_each_athlete(context, config.athlete, config.background, sync)
    facts = {
        name: sum(getattr(one, name) for one in told) for name in asdict(Facts()) if name != "athlete_id"
    }
    return dg.MaterializeResult(metadata={**facts, **done.metadata()})


@dg.asset(
    **FETCHED, deps=[activity_list], automation_condition=FOLLOW_INPUTS,
    description="Details with laps, series, zones and gear: one answer each, newest activity first, within the limits.",
)  # fmt: skip
def activity_items(context: dg.AssetExecutionContext, config: ItemOptions) -> dg.MaterializeResult:
    left: list[int] = []

    def sync(work: Workspace, counts: SyncCounts) -> None:
        left.append(sync_rest(work, config.limit, config.minutes, counts))

    done = for_each_athlete(context, config.athlete, config.background, sync)
    return dg.MaterializeResult(metadata={"left for the next pass": sum(left), **done.metadata()})


@dg.multi_asset(
    name="activity_tables",
    specs=[
        table_spec(table, column_types(), [activity_list, activity_items], automation_condition=FOLLOW_INPUTS)
        for table in WHOLE_TABLES
    ],
)
def activity_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """All tables in one step; the months that changed are reported as those of their own assets."""
    work = workspace(context)
    with failures_in_words(context), connect() as connection:
        built = build(connection, work.lake, work.landing, TABLES)
    report_months(context, MONTHS, built, MONTHLY_TABLES)
    for key in sorted(context.selected_asset_keys):
        told = table_metadata(work.lake, table_of(key), built[table_of(key)])
        del told["preview"]  # Dagster would keep names of people who may have to be forgotten
        yield dg.MaterializeResult(key, metadata=told)


@dg.multi_asset(
    name="activity_months",
    specs=[table_spec(table, column_types(), [["strava", "athletes"]]) for table in MONTHLY_TABLES],
    partitions_def=MONTHS,
    backfill_policy=RUNS,
    can_subset=True,
)
def activity_months(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Written with the other tables already; this builds them again from what is landed, and shows them."""
    work = workspace(context)
    tables = {key: table_of(key) for key in sorted(context.selected_asset_keys)}
    with failures_in_words(context), connect() as connection:
        build(connection, work.lake, work.landing, list(tables.values()))
    for key, table in tables.items():
        rows = rows_per_month(work.lake, table)
        for partition in context.partition_keys:
            metadata = {"dagster/partition_row_count": rows.get(month_of(partition), 0)}
            context.add_asset_metadata(metadata, asset_key=key, partition_key=partition)
        yield dg.MaterializeResult(key, metadata={"rows per month": bars(rows, "rows")})


@dg.asset(
    key=["strava", "training_log"], group_name="published", owners=OWNERS, kinds={"duckdb"}, pool="warehouse",
    deps=[activity_tables], automation_condition=FOLLOW_SETTLED_INPUTS,
    description="`warehouse.duckdb`, built fresh with Strava's newest tables.",
)  # fmt: skip
def training_log(context: dg.AssetExecutionContext, database: Warehouse) -> dg.MaterializeResult:
    with failures_in_words(context):
        note_in_passing(STRAVA, load_settings())
        rows = database.publish()
    lake = workspace(context).lake
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(rows.values()),
            "activities per month": bars(rows_per_month(lake, "strava.activities"), "activities"),
        }
    )


def keep(context: dg.AssetExecutionContext, report: MonthReport) -> None:
    """Tell Dagster of a month that the list covered, when it is one of the run's."""
    partition = f"{report.month}-01"
    if partition in context.partition_keys:
        metadata = {"dagster/partition_row_count": report.rows}
        context.add_asset_metadata(metadata, asset_key=context.asset_key, partition_key=partition)
