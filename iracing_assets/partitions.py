"""Months (UTC) of the race week, from the provider's first to a year ahead: schedules are told in advance."""

from __future__ import annotations

import dagster as dg

from resources.dagster_backfills import backfill_policy

FIRST_MONTH = "2008-01"
MONTHS_AHEAD = 13  # a tour of 39 weeks was the longest seen

MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=f"{FIRST_MONTH}-01", timezone="UTC", end_offset=1 + MONTHS_AHEAD
)
RUNS = backfill_policy()


def month_of(partition_key: str) -> str:
    """2024-03-01 to 2024-03."""
    return partition_key[:7]


def partition_of(month: str) -> str:
    """2024-03 to 2024-03-01."""
    return f"{month}-01"
