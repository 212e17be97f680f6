"""What Dagster's own storage tells of schedules, runs and its daemon, read from its SQLite files without Dagster.

Nothing has to be running for that. Where Dagster's storage is a shared database there are no such files, and its own
pages (Deployment, Daemons) tell the same.
"""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from resources.operations.stock import NOTE, SOON, Finding
from resources.processes import is_alive
from resources.settings import CHECKOUT, Settings

UI_PORT = 3000
SILENT_AFTER = timedelta(minutes=5)  # the daemon tells every half minute that it lives
# The schedule that keeps each provider current. Others are a person's choice; sensors run from the start.
KEEPS_CURRENT = {"peloton": "daily_current_month", "iracing": "daily_refresh"}
PROCESS_TAG, HOST_TAG = "paceline/process", "paceline/host"
_RUNS = (
    "SELECT run_id, pipeline_name FROM runs WHERE status IN ('STARTED', 'STARTING', 'CANCELING')"
    " AND start_time < ?"  # one that began just now is no trouble
)
_TAGS = "SELECT key, value FROM run_tags WHERE run_id = ?"
_AUTOMATION = """
SELECT status, lower(instigator_type) AS kind, json_extract(instigator_body, '$.origin.job_name') AS name,
    json_extract(instigator_body, '$.origin.external_repository_origin.repository_location_origin.location_name') AS at
FROM instigators
"""


@dataclass(frozen=True)
class Automation:
    """A schedule or sensor that somebody switched, or that ran once."""

    kind: str
    name: str
    location: str
    is_on: bool


@dataclass(frozen=True)
class Daemon:
    """What is known of Dagster here. `heard_at` is None when no daemon ever ran."""

    heard_at: datetime | None
    automation: tuple[Automation, ...]
    unfinished: tuple[tuple[str, str, dict[str, str]], ...]  # run, job, tags


def read_daemon(settings: Settings, now: datetime) -> Daemon | None:
    """None where Dagster never ran on this data folder, or keeps its storage elsewhere."""
    runs, schedules = (settings.dagster_home / name for name in ("history/runs.db", "schedules/schedules.db"))
    if not runs.exists():
        return None
    heard = [row["timestamp"] for row in _rows(runs, "SELECT timestamp FROM daemon_heartbeats")]
    automation = [
        Automation(row["kind"], row["name"], row["at"], row["status"] != "STOPPED")
        for row in (_rows(schedules, _AUTOMATION) if schedules.exists() else ())
    ]
    unfinished = [
        (row["run_id"], row["pipeline_name"], {tag["key"]: tag["value"] for tag in _rows(runs, _TAGS, row["run_id"])})
        for row in _rows(runs, _RUNS, (now - SILENT_AFTER).timestamp())
    ]  # fmt: skip
    heard_at = max((datetime.fromisoformat(text).replace(tzinfo=UTC) for text in heard), default=None)
    return Daemon(heard_at, tuple(automation), tuple(unfinished))


def daemon_findings(
    daemon: Daemon, settings: Settings, connected: Collection[str], now: datetime,
    port_is_free: Callable[[int], bool],
) -> Iterator[Finding]:  # fmt: skip
    """What is wrong with it. `connected` are providers with a sign-in."""
    lives = daemon.heard_at is not None and now - daemon.heard_at < SILENT_AFTER
    on = {one.name for one in daemon.automation if one.is_on}
    if not lives and connected:
        since = f"since {daemon.heard_at:%Y-%m-%d %H:%M} UTC" if daemon.heard_at else "ever"
        yield Finding(
            SOON if daemon.heard_at else NOTE, "dagster",
            f"Dagster's daemon was not heard {since}: no schedule and no sensor runs", "Start it: `paceline up`",
        )  # fmt: skip
    if not lives and not port_is_free(UI_PORT):
        yield Finding(
            SOON, "dagster", f"Port {UI_PORT} is used by another program, so `paceline up` cannot take it",
            f"`paceline up --port {UI_PORT + 1}`",
        )  # fmt: skip
    for one in daemon.automation:
        if not one.is_on and one.name not in KEEPS_CURRENT.values():
            yield Finding(
                SOON, "dagster", f"The {one.kind} {one.name} of {one.location} was switched off",
                _switch_on(settings, one.kind, one.location, one.name),
            )  # fmt: skip
    for source, name in KEEPS_CURRENT.items():
        if source in connected and name not in on:
            yield Finding(
                NOTE, "dagster", f"The schedule {name} is off: nothing of {source} is synced by itself",
                _switch_on(settings, "schedule", source, name),
            )  # fmt: skip
    for run, job, tags in daemon.unfinished:
        process = tags.get(PROCESS_TAG, "")
        of_a_command = tags.get(HOST_TAG) == socket.gethostname() and process.isdecimal()
        what = "a materialization" if job.startswith("__") else job
        if of_a_command and not is_alive(int(process)):
            yield Finding(
                SOON, "dagster", f"The run {run[:8]} of {what} is shown as running, but its process is dead",
                "Any `paceline sync` marks it as failed",
            )  # fmt: skip
        elif not of_a_command and not lives:
            yield Finding(
                SOON, "dagster", f"The run {run[:8]} of {what} was not ended when Dagster was stopped",
                "`paceline up`: its monitor ends or repeats the run within minutes",
            )  # fmt: skip


def port_is_free(port: int) -> bool:
    """Whether nobody listens on this port of this host."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _switch_on(settings: Settings, kind: str, location: str, name: str) -> str:
    return (
        f"`cd {CHECKOUT} && DAGSTER_HOME={settings.dagster_home} .venv/bin/dagster {kind} start"
        f" -w workspace.yaml -l {location} {name}`"
    )


def _rows(file: Path, sql: str, *values: Any) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, values).fetchall()]
