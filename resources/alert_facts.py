"""Reads what alerts are about from the data folder: state file, disk, what connections tell. Makes no request.

Each provider's package adds what only it knows: its accounts, which of its lists have to be read regularly, and
what iRacing changed in its schedule.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from resources.alerts import Drifted, Facts, FailedRun, LostMonth
from resources.redact import one_line
from resources.settings import Settings
from resources.state import State, utc_text
from resources.token_owner import Connection

DRIFT_IS_NEWS_FOR = timedelta(days=30)
LEAST_FREE_BYTES = 2**30
COPIES_OF_THE_WAREHOUSE = 3  # the published one, the one that is built beside it, and what it is built of


def facts_of(
    source: str,
    settings: Settings,
    now: datetime,
    connections: Sequence[Connection],
    lists: Collection[str],
    failed_runs: Sequence[FailedRun] = (),
    goes_on: Collection[str] = (),
) -> Facts:
    """The facts of one provider. `goes_on` are words of reasons for which the next run goes on by itself."""
    is_new = not settings.state_url and not (settings.state_dir / "paceline.sqlite").exists()
    if is_new:  # nothing was ever synced, and a look makes no files
        return Facts(source, now, connections=connections, failed_runs=failed_runs)
    state = State(settings.state_place)
    return Facts(
        source,
        now,
        timedelta(days=settings.alert_stale_days),
        connections,
        _last_read(state, source, lists, now) if connections else {},
        [lost for lost in _lost_months(state, source) if not any(word in lost.reason for word in goes_on)],
        _drift(state, source, now),
        failed_runs=failed_runs,
    )


def disk_room(settings: Settings) -> tuple[int, int]:
    """Free bytes of the data folder's disk, and how many should be free."""
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    warehouse = settings.warehouse_file
    size = warehouse.stat().st_size if warehouse.exists() else 0
    return shutil.disk_usage(folder).free, max(LEAST_FREE_BYTES, COPIES_OF_THE_WAREHOUSE * size)


def _last_read(state: State, source: str, lists: Collection[str], now: datetime) -> dict[str, datetime]:
    """When each list (`:account` behind it, but for the default one) was last read to its end."""
    rows = state.rows(
        "SELECT resource, max(started) AS started FROM sync_runs"
        " WHERE source = ? AND outcome = 'done' AND started <= ? GROUP BY resource",
        source, utc_text(now),
    )  # fmt: skip
    return {
        row["resource"]: datetime.fromisoformat(row["started"])
        for row in rows
        if row["resource"].partition(":")[0] in lists
    }


def _lost_months(state: State, source: str) -> list[LostMonth]:
    """But for those of a run that is still at it."""
    rows = state.rows(
        "SELECT resource, account, month, reason, run_id FROM coverage WHERE source = ? AND state <> 'complete'"
        " AND proven_at IS NOT NULL AND run_id NOT IN"
        " (SELECT run_id FROM sync_runs WHERE outcome IN ('running', 'waiting')) ORDER BY month",
        source,
    )
    return [LostMonth(**{**row, "reason": one_line(row["reason"] or "nobody said why")}) for row in rows]


def _drift(state: State, source: str, now: datetime) -> list[Drifted]:
    rows = state.rows(
        "SELECT resource, path, kind, run_id FROM drift WHERE source = ? AND first_seen > ? ORDER BY path",
        source, utc_text(now - DRIFT_IS_NEWS_FOR),
    )  # fmt: skip
    return [Drifted(**row) for row in rows]
