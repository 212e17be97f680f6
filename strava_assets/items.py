"""What is asked for activity by activity: details with laps, series, zones; and gear, each once.

Newest first, with a bound, resumable. What changed is asked for again: details after any change, series only when
distance or time changed, which is when they are cut or made anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from resources.errors import PacelineError
from resources.http import Answer
from resources.landing import Landable
from resources.one_by_one import Item, OneByOne
from resources.state import RETRY_AFTER_NOT_SERVED, SyncCounts
from resources.workspace import now
from strava_assets.athletes import Athlete
from strava_assets.workspace import Workspace

DETAILS, STREAMS, ZONES, GEAR = "activity_details", "activity_streams", "activity_zones", "gear"
STATES = "stream_states"
ITEMS_AT_ONCE = 60  # calls of one pass in the background: three fifths of a quarter hour's reads
# Series may come later than the activity; what has none after this time has none for good.
STREAMS_ARE_LATE = timedelta(days=2)
RETRY_LATE_STREAMS = timedelta(hours=1)


@dataclass(frozen=True)
class Record:
    """A fact of our own in the landing zone; `Landable`."""

    url: str
    fetched_at: datetime
    text: str
    status: int = 200


@dataclass(frozen=True)
class Known:
    """An activity, and what of it is still to be asked for."""

    activity_id: str
    month: str
    start_date: datetime
    entity: dict[str, Any]
    wants_detail: bool
    wants_zones: bool
    wants_streams: bool


def sync_items(
    work: Workspace, athlete: Athlete, limit: int | None, ends_at: float | None, counts: SyncCounts
) -> int:
    """Ask for what is missing, newest activity first; give how much is left for the next pass."""
    one_pass = OneByOne(
        work, counts, limit, ends_at, merge=work.merge, account=athlete.account,
    )  # fmt: skip
    sent = work.client.requests_made
    try:
        known = wanted(work, athlete)
        details = [Item(one.activity_id, one.month) for one in known if one.wants_detail]
        one_pass.ask(DETAILS, details, work.client.activity)
        by_id = {one.activity_id: one for one in known}
        streams = [Item(one.activity_id, one.month) for one in known if one.wants_streams]
        one_pass.ask(
            STREAMS,
            streams,
            work.client.streams,
            _note_state(work, by_id),
            lambda item: _retry(by_id[item.id]),
        )
        zones = [Item(one.activity_id, one.month) for one in known if one.wants_zones]
        one_pass.ask(ZONES, zones, work.client.zones)
        gear = [Item(gear_id, f"{now():%Y-%m}") for gear_id in unknown_gear(work, athlete)]
        one_pass.ask(GEAR, gear, work.client.gear)
    finally:
        counts.requests += work.client.requests_made - sent
    return one_pass.left


def wanted(work: Workspace, athlete: Athlete) -> list[Known]:
    """Activities of an athlete of which something is missing, newest first."""
    with work.staged() as staged:
        rows = staged.execute(
            "SELECT activity_id, month, start_date, entity::VARCHAR, wants_detail, wants_zones,"
            " wants_streams AND NOT is_manual FROM known_activities WHERE athlete_id = $1 AND month IS NOT NULL",
            [athlete.athlete_id],
        ).fetchall()
    return [Known(row[0], row[1], row[2], json.loads(row[3]), *row[4:]) for row in rows]


def unknown_gear(work: Workspace, athlete: Athlete) -> list[str]:
    """Gear that activities name and that was never asked for; the athlete's own list lacks what is retired."""
    with work.staged() as staged:
        rows = staged.execute(
            "SELECT DISTINCT gear_id FROM known_activities WHERE athlete_id = $1 AND gear_id IS NOT NULL"
            " AND gear_id NOT IN (SELECT id FROM strava_entities WHERE kind = 'gear') ORDER BY gear_id",
            [athlete.athlete_id],
        ).fetchall()
    return [row[0] for row in rows]


def _note_state(work: Workspace, known: dict[str, Known]) -> Callable[[Item, Answer], PacelineError | None]:
    """Remember of which distance and time the series are."""

    def note(item: Item, answer: Answer) -> None:
        entity = known[item.id].entity
        told = {name: entity.get(name) for name in ("distance", "elapsed_time")}
        with work.landing.writer(work.source, STATES, item.segment) as writer:
            record: Landable = Record(answer.url, answer.fetched_at, json.dumps(told))
            writer.write(record, item.id)

    return note


def _retry(one: Known) -> timedelta:
    is_fresh = now() - one.start_date.astimezone(UTC) < STREAMS_ARE_LATE
    return RETRY_LATE_STREAMS if is_fresh else RETRY_AFTER_NOT_SERVED
