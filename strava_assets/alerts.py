"""What a person should know of Strava. Knows no Dagster and makes no request."""

from __future__ import annotations

from collections.abc import Sequence

from resources.alert_facts import facts_of
from resources.alerts import Alert, FailedRun, holding
from resources.settings import Settings
from resources.workspace import now
from strava_assets.athletes import connections
from strava_assets.transform import SOURCE

LISTS = ("activity_list",)


def look(settings: Settings, failed_runs: Sequence[FailedRun] = ()) -> list[Alert]:
    """All alerts that hold now."""
    return holding(facts_of(SOURCE, settings, now(), connections(settings), LISTS, failed_runs))
