"""What the Dagster UI shows of iRacing's tables: of which columns of the seasons' weeks each column is made.

Series, cars, classes and tracks are taken out of documents that are staged as they came, in one column; a lineage
to that column would say nothing, and none is drawn.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from iracing_assets.transform import WEEKS, connect, show_staging, staging_types, statement
from resources.dagster_preview import lineage_metadata, staging_schema
from resources.lake import Lake
from resources.lineage import Source, column_sources

STAGED_BY = dict.fromkeys(("current_seasons", "chosen_seasons", "past_seasons"), WEEKS)


def staged_weeks() -> dict[str, Any]:
    """Definition metadata of an asset that asks for seasons: the columns of their weeks."""
    return staging_schema(staging_types()[WEEKS])


def column_lineage(table: str) -> dict[str, Any]:
    """Metadata of a materialization: of which columns of other assets each column is made."""
    sources = {column: found for column, found in table_sources(table).items() if column != "lake_month"}
    return lineage_metadata(sources, assets_of)


@cache
def table_sources(table: str) -> dict[str, set[Source]]:
    """Columns of the staging tables that each column is made of."""
    with tempfile.TemporaryDirectory() as nothing, connect() as connection:
        show_staging(connection, Lake(Path(nothing)))
        return column_sources(connection, statement(table))


def assets_of(table: str) -> list[list[str]]:
    """The assets that show a table as theirs; `empty_` is how a table without rows is called."""
    name = table.removeprefix("empty_")
    return [["iracing", asset] for asset, staged in STAGED_BY.items() if staged.split(".")[1] == name]
