"""What a person should know of Peloton, and of the machine. Knows no Dagster and makes no request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from peloton_assets.members import connections
from peloton_assets.wanted import LEFT_BY_TIME
from peloton_assets.workspace import SOURCE, now
from resources.alert_facts import disk_room, facts_of
from resources.alerts import Alert, FailedRun, holding
from resources.settings import Settings

LISTS = ("ride_list", "workout_list")
GOES_ON = (LEFT_BY_TIME, "still in progress")


def look(settings: Settings, failed_runs: Sequence[FailedRun] = ()) -> list[Alert]:
    """All alerts that hold now. The disk is one for all providers, and told here."""
    facts = facts_of(SOURCE, settings, now(), connections(settings), LISTS, failed_runs, GOES_ON)
    free, needed = disk_room(settings)
    return holding(replace(facts, free_bytes=free, needed_bytes=needed))
