"""Assets of race weeks by month, and the published warehouse, in which their starts are computed."""

from collections.abc import Iterator

import dagster as dg

from iracing_assets.catalogue import equipment
from iracing_assets.partitions import MONTHS, RUNS, month_of, partition_of
from iracing_assets.preview import column_lineage
from iracing_assets.seasons import schedules
from iracing_assets.steps import workspace
from iracing_assets.stock import IRACING
from iracing_assets.transform import MONTHLY_TABLES, build, column_types, connect
from iracing_assets.week_plot import race_week_plot
from resources.dagster_automation import FOLLOW_SETTLED_INPUTS
from resources.dagster_preview import bars, rows_per_month
from resources.dagster_resources import Warehouse
from resources.dagster_runs import failures_in_words
from resources.dagster_tables import OWNERS, table_of, table_spec
from resources.operations.machine import note_in_passing
from resources.settings import load_settings


@dg.multi_asset(
    name="race_weeks",
    specs=[table_spec(table, column_types(), [["iracing", "seasons"]]) for table in MONTHLY_TABLES],
    partitions_def=MONTHS,
    backfill_policy=RUNS,
    can_subset=True,
)
def race_weeks(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Written with their seasons already; this builds them again from what is landed, and shows them."""
    tables = {key: table_of(key) for key in sorted(context.selected_asset_keys)}
    lake = workspace(context).lake
    with failures_in_words(context), connect() as connection:
        build(connection, lake, list(tables.values()))
    for key, table in tables.items():
        rows = rows_per_month(lake, table)
        for partition in context.partition_keys:
            metadata = {"dagster/partition_row_count": rows.get(month_of(partition), 0)}
            context.add_asset_metadata(
                metadata, asset_key=key, partition_key=partition_of(month_of(partition))
            )
        yield dg.MaterializeResult(
            key, metadata={"rows per month": bars(rows, "rows"), **column_lineage(table)}
        )


@dg.asset(
    key=["iracing", "race_calendar"], group_name="published", owners=OWNERS, kinds={"duckdb"}, pool="warehouse",
    deps=[schedules, equipment], automation_condition=FOLLOW_SETTLED_INPUTS,
    description="`warehouse.duckdb`, built fresh with iRacing's newest tables; starts are asked by iracing.race_times.",
)  # fmt: skip
def race_calendar(context: dg.AssetExecutionContext, database: Warehouse) -> dg.MaterializeResult:
    with failures_in_words(context):
        note_in_passing(IRACING, load_settings())
        rows = database.publish()
    with database.get_connection() as connection:
        plot = race_week_plot(connection)
    return dg.MaterializeResult(metadata={"dagster/row_count": sum(rows.values()), "race week": plot})
