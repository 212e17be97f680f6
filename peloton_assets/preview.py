"""What the Dagster UI shows of Peloton's tables before they are made."""

from __future__ import annotations

from typing import Any

from peloton_assets.transform import column_types
from resources.dagster_preview import schema_metadata


def column_schema(table: str) -> dict[str, Any]:
    """Definition metadata: the columns with type and meaning, and the table's name for lineage."""
    return schema_metadata(table, column_types()[table])
