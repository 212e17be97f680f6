"""Webhook events: a deletion, a change of privacy or a goodbye arrives in minutes instead of at the next listing.

An event has no signature and may be missed, repeated or come before the activity can be read, so it only says where to
look: what it means is asked of the API. The full listing stays the proof.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from resources.errors import BadAnswer, NotServed
from resources.http import Answer
from resources.landed import show_landed
from resources.landing import Landing
from resources.state import SyncCounts
from resources.workspace import now
from strava_assets.athletes import Athlete
from strava_assets.forgetting import (
    EVENTS,
    forget_activities,
    forget_athlete,
    forget_events,
    forget_sign_in,
)
from strava_assets.items import DETAILS, Record
from strava_assets.listing import content_of, moment_of
from strava_assets.transform import SOURCE, connect
from strava_assets.workspace import Workspace

ASPECTS = ("create", "update", "delete")
ID = re.compile(r"[0-9]{1,19}")
# Events of athletes who are not connected; a full listing has seen all by then.
KEPT_UNKNOWN = timedelta(days=7)


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
    if not all(ID.fullmatch(str(payload.get(name, ""))) for name in ("object_id", "owner_id")):
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
    with connect() as connection:
        show_landed(connection, work.landing.sealed(SOURCE, EVENTS))
        rows = connection.execute(
            "SELECT item, payload::VARCHAR FROM landed ORDER BY fetched_at, item"
        ).fetchall()
    found = []
    for name, text in rows:
        payload = json.loads(text)
        if wrong_event(payload):
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


def look_after(work: Workspace, athlete: Athlete, counts: SyncCounts) -> tuple[int, bool]:
    """Ask for what the events of an athlete speak of; give how many there were, and whether one said goodbye."""
    events = open_events(work, athlete.athlete_id)
    sent = work.client.requests_made
    is_goodbye = any(event.is_goodbye for event in events)
    try:
        if is_goodbye:
            forget_athlete(work, athlete.athlete_id)
            forget_sign_in(work.client.auth)
        else:
            of_activities = [event for event in events if event.object_type == "activity"]
            for activity_id in dict.fromkeys(event.object_id for event in of_activities):
                _look_at(work, athlete, activity_id, counts)
    finally:
        counts.requests += work.client.requests_made - sent
    done, oldest = {event.name for event in events}, now() - KEPT_UNKNOWN
    forget_events(
        work, lambda line: line["item"] in done or datetime.fromisoformat(line["fetched_at"]) < oldest
    )
    return len(events), is_goodbye


def _look_at(work: Workspace, athlete: Athlete, activity_id: str, counts: SyncCounts) -> None:
    counts.minimum_requests += 1
    before = _known(work, athlete, activity_id)
    try:
        answer = work.client.activity(activity_id)
    except NotServed:
        if before is not None:  # else it cannot be read yet, or was never ours
            kept = {"athlete_id": athlete.athlete_id, "start_date": before.get("start_date")}
            counts.updated += forget_activities(work, {activity_id: kept})
        return
    except BadAnswer:
        counts.errors += 1  # the list will tell; an event must not stop the sync
        return
    start = moment_of(answer.payload)
    if start is None or str((answer.payload.get("athlete") or {}).get("id")) != athlete.athlete_id:
        counts.errors += 1
        return
    landed = [(DETAILS, answer)]
    summary = _summary(answer, before)
    if before is None or content_of(before) != content_of(summary.payload):
        landed.append(("activities", summary))
    for resource, one in landed:
        with work.landing.writer(work.source, resource, f"{start:%Y-%m}") as writer:
            writer.write(one, activity_id)
    counts.fetched += 1
    work.merge()


def _known(work: Workspace, athlete: Athlete, activity_id: str) -> dict[str, Any] | None:
    """The activity as the list told it last."""
    with work.staged() as staged:
        found = staged.execute(
            "SELECT entity::VARCHAR FROM known_activities WHERE activity_id = $1 AND athlete_id = $2",
            [activity_id, athlete.athlete_id],
        ).fetchall()
    return dict(json.loads(found[0][0])) if found else None


def _summary(answer: Answer, before: dict[str, Any] | None) -> Answer:
    """The activity as the list would tell it: the part of a detail that it told before, or tells of any."""
    only_detail = (
        "description", "calories", "segment_efforts", "splits_metric", "splits_standard", "laps", "best_efforts",
        "gear", "photos", "stats_visibility", "similar_activities", "available_zones", "embed_token",
        "hide_from_home", "perceived_exertion", "prefer_perceived_exertion", "private_note",
        "sport_image_visibility",
    )  # fmt: skip
    payload = {
        name: value
        for name, value in answer.payload.items()
        if (name in before if before is not None else name not in only_detail)
    }
    if isinstance(drawn := payload.get("map"), dict):
        payload["map"] = {**drawn, "resource_state": 2}
        payload["map"].pop("polyline", None)
    text = json.dumps(payload, ensure_ascii=False)
    return Answer(answer.url, answer.status, answer.fetched_at, text, payload)
