"""Months (UTC) of `original_air_time`, from the library's first to the current one.

`end_offset=1` because the current month would otherwise have no partition until it is over.
"""

from __future__ import annotations

import dagster as dg

from resources.dagster_backfills import backfill_policy
from resources.settings import load_settings

MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=f"{load_settings().peloton_library_start}-01", timezone="UTC", end_offset=1
)
RUNS = backfill_policy()


def month_of(partition_key: str) -> str:
    """2024-03-01 to 2024-03."""
    return partition_key[:7]


def partition_of(month: str) -> str:
    """2024-03 to 2024-03-01."""
    return f"{month}-01"
