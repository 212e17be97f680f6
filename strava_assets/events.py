"""Webhook events: a deletion, a change of privacy or a goodbye arrives in minutes instead of at the next listing.

An event has no signature and may be missed, repeated or come before the activity can be read, so it only says where to
look: what it means is asked of the API. The full listing stays the proof.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from resources.errors import NotServed
from resources.http import Answer
from resources.landed import show_landed
from resources.landing import Landing
from resources.state import SyncCounts
from resources.workspace import now
from strava_assets.athletes import Athlete
from strava_assets.forgetting import forget_activities, forget_athlete
from strava_assets.items import DETAILS, Record
from strava_assets.transform import SOURCE, connect
from strava_assets.workspace import Workspace

EVENTS = "events"
ASPECTS = ("create", "update", "delete")


@dataclass(frozen=True)
class Event:
    """One event, as far as it says where to look."""

    name: str  # of the landed event, by which it is known to be done
    owner_id: str
    object_type: str
    object_id: str
    aspect: str
    is_goodbye: bool


def wrong_event(payload: Any) -> str | None:
    """What keeps a posted text from being an event, or None."""
    if not isinstance(payload, dict):
        return "it is no object"
    if payload.get("object_type") not in ("activity", "athlete") or payload.get("aspect_type") not in ASPECTS:
        return "it is about nothing that is known"
    if not all(str(payload.get(name, "")).isdigit() for name in ("object_id", "owner_id")):
        return "its ids are none"
    return None


def land_event(landing: Landing, payload: dict[str, Any]) -> None:
    """Keep an event; when this returns it cannot be lost."""
    record = Record("webhook", now(), json.dumps(payload))
    name = f"{payload.get('event_time')}-{payload['object_id']}-{payload['aspect_type']}-{record.fetched_at:%H%M%S%f}"
    with landing.writer(SOURCE, EVENTS, f"{now():%Y-%m}") as writer:
        writer.write(record, name)


def open_events(work: Workspace, athlete_id: str = "") -> list[Event]:
    """Events that nobody has looked after yet, oldest first; of one athlete if named."""
    done = work.state.merged_files(SOURCE, EVENTS)
    with connect() as connection:
        show_landed(connection, work.landing.sealed(SOURCE, EVENTS))
        rows = connection.execute(
            "SELECT item, payload::VARCHAR FROM landed ORDER BY fetched_at, item"
        ).fetchall()
    found = []
    for name, text in rows:
        payload = json.loads(text)
        if name in done or wrong_event(payload):
            continue
        owner = str(payload["owner_id"])
        updates = payload.get("updates")
        is_goodbye = isinstance(updates, dict) and str(updates.get("authorized")).lower() == "false"
        event = Event(
            name, owner, payload["object_type"], str(payload["object_id"]), payload["aspect_type"], is_goodbye
        )
        if athlete_id in ("", owner):
            found.append(event)
    return found


def look_after(work: Workspace, athlete: Athlete, counts: SyncCounts) -> int:
    """Ask for what the events of an athlete speak of; give how many were looked after."""
    events = open_events(work, athlete.athlete_id)
    sent = work.client.requests_made
    try:
        if any(event.is_goodbye for event in events):
            forget_athlete(work, athlete.athlete_id)
            work.client.auth.forget()
        else:
            for activity_id in dict.fromkeys(
                event.object_id for event in events if event.object_type == "activity"
            ):
                _look_at(work, athlete, activity_id, counts)
        work.state.record_merged(SOURCE, EVENTS, [event.name for event in events])
    finally:
        counts.requests += work.client.requests_made - sent
    return len(events)


def _look_at(work: Workspace, athlete: Athlete, activity_id: str, counts: SyncCounts) -> None:
    counts.minimum_requests += 1
    try:
        answer = work.client.activity(activity_id)
    except NotServed:
        counts.updated += forget_activities(work, {activity_id: {"athlete_id": athlete.athlete_id}})
        return
    month = str(answer.payload.get("start_date", ""))[:7] or f"{now():%Y-%m}"
    for resource, one in (("activities", _summary(answer)), (DETAILS, answer)):
        with work.landing.writer(work.source, resource, month) as writer:
            writer.write(one, activity_id)
    counts.fetched += 1
    work.merge()


def _summary(answer: Answer) -> Answer:
    """The part of a detail that the list tells too."""
    only_detail = (
        "description", "calories", "segment_efforts", "splits_metric", "splits_standard", "laps", "best_efforts",
        "gear", "photos", "stats_visibility", "similar_activities", "available_zones", "embed_token",
        "hide_from_home", "perceived_exertion", "prefer_perceived_exertion", "private_note",
    )  # fmt: skip
    payload = {name: value for name, value in answer.payload.items() if name not in only_detail}
    return Answer(
        answer.url, answer.status, answer.fetched_at, json.dumps(payload, ensure_ascii=False), payload
    )
