"""What asset bodies share: a workspace for the step, a crawl recorded in ops.sync_runs, tables written and shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg

from iracing_assets.partitions import MONTHS, partition_of
from iracing_assets.transform import MONTHLY_TABLES, build, column_types, connect
from iracing_assets.workspace import Workspace
from resources.dagster_preview import description, rows_preview, schema_metadata
from resources.dagster_runs import failures_in_words, recorded, reporters
from resources.lake import Lake
from resources.settings import load_settings
from resources.state import SyncCounts
from resources.table_docs import table_docs

OWNERS = ["team:paceline"]
SHOWN_COLUMNS = 4
FETCHED: dict[str, Any] = {
    "group_name": "iracing_fetched", "owners": OWNERS, "key_prefix": "iracing", "pool": "iracing_api",
    "kinds": {"api", "parquet"},
}  # fmt: skip


@dataclass
class Step:
    """A crawl step at work."""

    work: Workspace
    counts: SyncCounts

    def metadata(self) -> dict[str, Any]:
        """What it did, for the UI."""
        return vars(self.counts)


@contextmanager
def fetching(context: dg.AssetExecutionContext) -> Iterator[Step]:
    """Alone with the provider, recorded in ops.sync_runs, failures told in one sentence."""
    with failures_in_words(context):
        work = workspace(context)
        with recorded(context, work, context.asset_key.path[-1]) as counts:
            yield Step(work, counts)


def workspace(context: dg.AssetExecutionContext) -> Workspace:
    """The workspace of a step, reporting progress to its log now and then and to listeners always."""
    on_progress, on_wait = reporters(context)
    return Workspace(load_settings(), run_id=context.run.run_id, on_progress=on_progress, on_wait=on_wait)


def table_spec(table: str, deps: Iterable[Any], **more: Any) -> dg.AssetSpec:
    """The asset of a typed table, documented by its SQL file."""
    return dg.AssetSpec(
        ["iracing", table.split(".")[1]], group_name="iracing_tables", owners=OWNERS, kinds={"sql", "parquet"},
        deps=list(deps), description=description(table), metadata=schema_metadata(table, column_types()[table]),
        **more,
    )  # fmt: skip


def table_of(key: dg.AssetKey) -> str:
    """The table that an asset makes."""
    return f"iracing.{key.path[-1]}"


def build_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Write what differs of the tables that this step makes; show each."""
    tables = {key: table_of(key) for key in sorted(context.selected_asset_keys)}
    lake = workspace(context).lake
    with failures_in_words(context), connect() as connection:
        built = build(connection, lake, list(tables.values()))
    for key, table in tables.items():
        yield dg.MaterializeResult(key, metadata=table_metadata(lake, table, built[table]))


def table_metadata(lake: Lake, table: str, written: dict[str, int]) -> dict[str, Any]:
    """Rows, files written, and a few rows of a table."""
    columns = list(table_docs()[table].columns)[:SHOWN_COLUMNS]
    return {
        "dagster/row_count": lake.row_count(lake.files(table)),
        "files written": len(written),
        "preview": rows_preview(lake, table, columns),
    }


def report_months(
    context: dg.AssetExecutionContext, lake: Lake, built: dict[str, dict[str, int]], keys: set[dg.AssetKey]
) -> None:
    """Tell Dagster which months of the tables with months were written by a step that is not theirs."""
    for table in MONTHLY_TABLES:
        key = dg.AssetKey(["iracing", table.split(".")[1]])
        for month, rows in built.get(table, {}).items():
            if key not in keys and MONTHS.has_partition_key(partition_of(month)):
                metadata = {"dagster/partition_row_count": rows}
                context.log_event(
                    dg.AssetMaterialization(key, partition=partition_of(month), metadata=metadata)
                )
    context.log.info(
        f"{sum(map(len, built.values()))} files of {len(built)} tables written to {lake.root.name}"
    )
