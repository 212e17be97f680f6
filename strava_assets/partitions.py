"""Months (UTC) of an activity's start, from the provider's first to the current one."""

from __future__ import annotations

import dagster as dg

from resources.dagster_backfills import backfill_policy

FIRST_MONTH = "2009-01"
MONTHS = dg.MonthlyPartitionsDefinition(start_date=f"{FIRST_MONTH}-01", timezone="UTC", end_offset=1)
RUNS = backfill_policy()


def month_of(partition_key: str) -> str:
    """2024-03-01 to 2024-03."""
    return partition_key[:7]
