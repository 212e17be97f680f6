"""Typed tables as assets: their specs, what the UI shows of them, and months that another step wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dagster as dg

from resources.dagster_preview import description, rows_preview, schema_metadata
from resources.lake import Lake
from resources.table_docs import table_docs

OWNERS = ["team:paceline"]
SHOWN_COLUMNS = 4


def table_spec(
    table: str, types: Mapping[str, Mapping[str, str]], deps: Iterable[Any], **more: Any
) -> dg.AssetSpec:
    """The asset of a typed table, documented by its SQL file."""
    schema, name = table.split(".")
    return dg.AssetSpec(
        [schema, name], group_name=f"{schema}_tables", owners=OWNERS, kinds={"sql", "parquet"}, deps=list(deps),
        description=description(table), metadata=schema_metadata(table, types[table]), **more,
    )  # fmt: skip


def table_of(key: dg.AssetKey) -> str:
    """The table that an asset makes."""
    return ".".join(key.path)


def key_of(table: str) -> dg.AssetKey:
    """The asset that makes a table."""
    return dg.AssetKey(table.split("."))


def table_metadata(lake: Lake, table: str, written: Mapping[str, int]) -> dict[str, Any]:
    """Rows, files written, and a few rows of a table."""
    columns = list(table_docs()[table].columns)[:SHOWN_COLUMNS]
    return {
        "dagster/row_count": lake.row_count(lake.files(table)),
        "files written": len(written),
        "preview": rows_preview(lake, table, columns),
    }


def report_months(
    context: dg.AssetExecutionContext,
    months: dg.PartitionsDefinition,
    built: Mapping[str, Mapping[str, int]],
    tables: Iterable[str],
    more: Callable[[str], Mapping[str, Any]] = lambda _: {},
) -> None:
    """Tell Dagster which months of tables were written by a step that is not theirs, and `more` of each table."""
    for table in tables:
        for month, rows in built.get(table, {}).items():
            if months.has_partition_key(f"{month}-01"):
                metadata = {"dagster/partition_row_count": rows, **more(table)}
                context.log_event(
                    dg.AssetMaterialization(key_of(table), partition=f"{month}-01", metadata=metadata)
                )
    context.log.info(f"{sum(map(len, built.values()))} files of {len(built)} tables written")
