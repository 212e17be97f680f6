"""Asset checks of iRacing: files of sql/checks, one for the key of every table, and what the state file tells."""

import re
from dataclasses import replace
from datetime import timedelta

import dagster as dg
import duckdb

from iracing_assets.schedule_watch import changes_since_looked, worded
from iracing_assets.staging import SOURCE
from iracing_assets.transform import SQL, TABLES, connect, show_typed
from resources.dagster_row_checks import RowCheck, key_check, read_check, row_check_definitions
from resources.data_folder import open_lake
from resources.lake import Lake
from resources.settings import load_settings
from resources.state import State
from resources.table_docs import table_docs
from resources.workspace import now

SHOWN = 10
STALE_AFTER = timedelta(days=2)  # the schedule syncs daily; one missed day is no news
# Assets that one step makes; their checks run together after it.
STEPS = {
    "equipment": ["iracing/car_classes", "iracing/cars", "iracing/tracks"],
    "schedules": ["iracing/series", "iracing/seasons", "iracing/past_weeks", "iracing/schedule_changes"],
    "race_calendar": ["iracing/race_calendar"],
}
MADE_WITH_SEASONS = ("iracing/events", "iracing/event_car_restrictions", "iracing/time_slots")


def row_checks() -> dict[str, RowCheck]:
    """All of them by name."""
    keys = [key_check(table_docs()[table]) for table in TABLES]
    files = [read_check(path, "iracing") for path in sorted((SQL / "checks").glob("*.sql"))]
    # The months of events are written with their seasons, and looked at with them before anything is published.
    keys = [replace(key, asset="iracing/seasons") if key.asset in MADE_WITH_SEASONS else key for key in keys]
    return {check.name: check for check in (*keys, *files)}


def definitions() -> list[dg.AssetChecksDefinition]:
    """All checks of the location."""
    return [
        *row_check_definitions(STEPS, row_checks().values(), shown),
        seasons_are_fresh, every_week_stored, no_drift, schedule_as_you_saw_it,
    ]  # fmt: skip


def shown(lake: Lake, checks: list[RowCheck]) -> duckdb.DuckDBPyConnection:
    """A connection that shows the typed tables these checks name, under their bare names."""
    connection = connect()
    named = {word for check in checks for word in re.findall(r"\w+", check.sql)}
    for table in TABLES:
        if table.split(".")[1] in named:
            show_typed(connection, lake, table)
    return connection


@dg.asset_check(
    asset=["iracing", "current_seasons"], description="The active seasons were read in the last two days."
)
def seasons_are_fresh() -> dg.AssetCheckResult:
    proven = max(_state().complete_months(SOURCE, "current_seasons").values(), default=None)
    return dg.AssetCheckResult(
        passed=proven is not None and timedelta(0) <= now() - proven < STALE_AFTER,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"last proven": proven.isoformat() if proven else "never"},
    )


@dg.asset_check(
    asset=["iracing", "current_seasons"], description="Every week that the provider told of is stored."
)
def every_week_stored() -> dg.AssetCheckResult:
    gaps = _state().rows(
        "SELECT month, reason FROM coverage WHERE source = ? AND state <> 'complete' ORDER BY month DESC",
        SOURCE,
    )
    told = "; ".join(f"{gap['month']}: {gap['reason']}" for gap in gaps[:SHOWN])
    return dg.AssetCheckResult(
        passed=not gaps,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"incomplete": len(gaps), "first of them": told or "none"},
    )


@dg.asset_check(
    asset=["iracing", "current_seasons"],
    description="The documents have no field that is new or changed its type. Each is reported once.",
)
def no_drift(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    found = _state().rows(
        "SELECT resource, path, kind, detail FROM drift WHERE source = ? AND run_id = ?",
        SOURCE,
        context.run.run_id,
    )
    told = "; ".join(
        f"{row['resource']} {row['path']}: {row['kind']} {row['detail']}" for row in found[:SHOWN]
    )
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"new": len(found), "first of them": told or "none"},
    )


@dg.asset_check(
    asset=["iracing", "schedule_changes"],
    description="No coming race week changed since you looked (`paceline race-changes --seen` says that you did).",
)
def schedule_as_you_saw_it() -> dg.AssetCheckResult:
    settings = load_settings()
    changes = changes_since_looked(open_lake(settings), State(settings.state_place))
    return dg.AssetCheckResult(
        passed=not changes,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "changes": len(changes),
            "first of them": "\n".join(worded(change) for change in changes[:SHOWN]) or "none",
        },
    )


def _state() -> State:
    return State(load_settings().state_place)
