"""Asset checks of Strava: files of sql/checks, one for the key of every table, and what the state file tells."""

import re
from dataclasses import replace
from datetime import timedelta

import dagster as dg
import duckdb

from resources.dagster_row_checks import RowCheck, key_check, read_check, row_check_definitions
from resources.lake import Lake
from resources.settings import load_settings
from resources.state import State
from resources.table_docs import table_docs
from resources.workspace import now
from strava_assets.athletes import connections
from strava_assets.transform import MONTHLY_TABLES, SOURCE, SQL, TABLES, connect, show_typed

SHOWN = 10
STALE_AFTER = timedelta(days=2)
# Assets that one step makes; their checks run together after it.
STEPS = {
    "activity_tables": ["strava/athletes", "strava/gear"],
    "training_log": ["strava/training_log"],
}
WITH_ATHLETES = tuple(table.replace(".", "/") for table in MONTHLY_TABLES)


def row_checks() -> dict[str, RowCheck]:
    """All of them by name."""
    keys = [key_check(table_docs()[table]) for table in TABLES]
    # The months are written with the tables without months, and looked at with them before anything is published.
    keys = [replace(key, asset="strava/athletes") if key.asset in WITH_ATHLETES else key for key in keys]
    files = [read_check(path, "strava") for path in sorted((SQL / "checks").glob("*.sql"))]
    return {check.name: check for check in (*keys, *files)}


def definitions() -> list[dg.AssetChecksDefinition]:
    """All checks of the location."""
    return [
        *row_check_definitions(STEPS, row_checks().values(), shown),
        list_is_fresh, coverage_complete, every_athlete_synced,
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
    asset=["strava", "activity_list"],
    description="The list of every connected athlete was read in the last two days.",
)
def list_is_fresh() -> dg.AssetCheckResult:
    settings = load_settings()
    state = State(settings.state_place)
    stale = {}
    for each in connections(settings):
        proven = max(state.complete_months(SOURCE, "activities", each.account).values(), default=None)
        if proven is None or not timedelta(0) <= now() - proven < STALE_AFTER:
            stale[each.account] = proven.isoformat() if proven else "never"
    return dg.AssetCheckResult(
        passed=not stale,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"stale": ", ".join(f"{name}: {proven}" for name, proven in stale.items()) or "none"},
    )


@dg.asset_check(asset=["strava", "activity_list"], description="Every month that was asked for is complete.")
def coverage_complete() -> dg.AssetCheckResult:
    gaps = _state().rows(
        "SELECT account, month, reason FROM coverage WHERE source = ? AND state <> 'complete' ORDER BY month DESC",
        SOURCE,
    )
    told = "; ".join(f"{gap['account']} {gap['month']}: {gap['reason']}" for gap in gaps[:SHOWN])
    return dg.AssetCheckResult(
        passed=not gaps,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"incomplete": len(gaps), "first of them": told or "none"},
    )


@dg.asset_check(
    asset=["strava", "activity_list"],
    description="The last sync of every athlete came to its end, or says when it goes on.",
)
def every_athlete_synced() -> dg.AssetCheckResult:
    last = _state().rows(
        "SELECT * FROM (SELECT resource, outcome, stop_reason,"
        " row_number() OVER (PARTITION BY resource ORDER BY started DESC) AS place FROM sync_runs"
        " WHERE source = ? AND outcome <> 'waiting') AS runs WHERE place = 1",
        SOURCE,
    )
    failed = [row for row in last if row["outcome"] == "failed"]
    told = "; ".join(f"{row['resource']}: {row['stop_reason']}" for row in failed[:SHOWN])
    return dg.AssetCheckResult(
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"failed": len(failed), "first of them": told or "none"},
    )


def _state() -> State:
    return State(load_settings().state_place)
