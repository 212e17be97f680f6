"""How a backfill is cut into runs: one run for all its months, or several that several hosts take."""

from __future__ import annotations

import dagster as dg

from resources.settings import load_settings


def backfill_policy() -> dg.BackfillPolicy:
    """One run whatever the range, unless MONTHS_PER_RUN says otherwise (docs/adr/0003)."""
    months = load_settings().months_per_run
    return dg.BackfillPolicy.multi_run(months) if months else dg.BackfillPolicy.single_run()
