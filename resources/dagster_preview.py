"""What the Dagster UI shows of a table: column schema, a few rows, and a picture of its months."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg
import polars as pl

from resources.lake import Lake
from resources.lineage import Source
from resources.table_docs import table_docs

PREVIEW_ROWS = 5
LONGEST_CELL = 80
BAR_WIDTH_PX, CHART_HEIGHT_PX, LABEL_PX = 7, 120, 16


def description(table: str) -> str:
    """What a published table holds, as its SQL file says."""
    return table_docs()[table].about


def schema_metadata(table: str, types: Mapping[str, str]) -> dict[str, Any]:
    """Definition metadata: the columns with type and meaning, and the table's name for lineage."""
    columns = [
        dg.TableColumn(name, types[name].lower(), description=meaning)
        for name, meaning in table_docs()[table].columns.items()
    ]
    return {"dagster/column_schema": dg.TableSchema(columns=columns), "dagster/table_name": table}


def staging_schema(types: Mapping[str, str]) -> dict[str, Any]:
    """Definition metadata of what is staged and not published: columns and types."""
    columns = [dg.TableColumn(name, kind.lower()) for name, kind in types.items()]
    return {"dagster/column_schema": dg.TableSchema(columns=columns)}


def lineage_metadata(
    sources: Mapping[str, set[Source]], assets_of: Callable[[str], list[list[str]]]
) -> dict[str, Any]:
    """Metadata of a materialization: where each column's values come from, as far as an asset shows it."""
    deps = {
        column: [
            dg.TableColumnDep(dg.AssetKey(asset), name)
            for table, name in sorted(found)
            for asset in assets_of(table)
        ]
        for column, found in sources.items()
    }
    known = {column: found for column, found in deps.items() if found}
    return {"dagster/column_lineage": dg.TableColumnLineage(known)} if known else {}


def rows_preview(lake: Lake, table: str, columns: list[str], month: str | None = None) -> dg.MetadataValue:
    """The first rows of a table (of one month) as a table in the UI."""
    files = lake.files(table, [month] if month else None)
    if not files:
        return dg.MetadataValue.text("no rows yet")
    frame = pl.scan_parquet(files[-1]).select(columns).head(PREVIEW_ROWS).collect()
    records = [
        dg.TableRecord({name: str(value)[:LONGEST_CELL] for name, value in row.items()})
        for row in frame.to_dicts()
    ]
    schema = dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in columns])
    return dg.MetadataValue.table(records, schema) if records else dg.MetadataValue.text("no rows")


def bars(counts: Mapping[str, int], unit: str) -> dg.MetadataValue:
    """A bar chart of counts per month, as a picture in Markdown."""
    if not counts:
        return dg.MetadataValue.md("nothing yet")
    most = max(counts.values()) or 1
    width = max(240, BAR_WIDTH_PX * len(counts))
    shapes = []
    for place, count in enumerate(counts.values()):
        height = CHART_HEIGHT_PX * count / most
        shapes.append(
            f'<rect x="{place * BAR_WIDTH_PX}" y="{LABEL_PX + CHART_HEIGHT_PX - height:.1f}" '
            f'width="{BAR_WIDTH_PX - 1}" height="{height:.1f}" fill="#4f43dd"/>'
        )
    months = list(counts)
    label = f"{months[0]} to {months[-1]}, at most {most} {unit} a month"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{CHART_HEIGHT_PX + LABEL_PX}">'
        f'<text x="0" y="12" font-family="sans-serif" font-size="12" fill="#888">{label}</text>'
        f"{''.join(shapes)}</svg>"
    )
    return dg.MetadataValue.md(
        f"![{label}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
    )


def rows_per_month(lake: Lake, table: str) -> dict[str, int]:
    """Rows of each stored month, oldest first."""
    return {path.stem: lake.row_count([path]) for path in lake.files(table)}
