"""What must not be kept: deleted activities, athletes who took their leave, API data past its time.

Strava's policy of June 2026 asks for it (Strava facts, 0.1). Surprising: the landing zone, which forgets nothing, is
rewritten for this; rows of the athlete's own bulk export are outside of these rules and stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from resources.strava_auth import StravaAuth
from resources.tokens import Tokens
from resources.workspace import now
from strava_assets.items import DETAILS, GEAR, STATES, STREAMS, ZONES, Record
from strava_assets.staging import restage
from strava_assets.workspace import Workspace

BY_ACTIVITY = ("activities", DETAILS, STREAMS, ZONES, STATES)
OF_THE_API = (*BY_ACTIVITY, GEAR, "athletes")
UNMARKED, EVENTS = "removals", "events"
# Noted while lines are taken out, so that a run after a killed one stages all anew.
ERASING = "strava erasing"
Line = dict[str, Any]


def forget_activities(work: Workspace, activities: dict[str, dict[str, Any]]) -> int:
    """Erase activities (id to what a removal keeps of them) from everywhere, and remember that they are gone."""
    if not activities:
        return 0
    with work.landing.writer(work.source, UNMARKED, f"{now():%Y-%m}") as writer:
        for activity_id, kept in activities.items():
            text = json.dumps({**kept, "activity_id": activity_id, "deleted_at": now().isoformat()})
            writer.write(Record("removal", now(), text), activity_id)
    work.merge()
    finish_forgetting(work)
    return len(activities)


def finish_forgetting(work: Workspace) -> int:
    """Erase what is left of activities that are known to be gone; also when a run died before it could."""
    with work.staged() as staged:
        rows = staged.execute(
            "SELECT r.id FROM strava_entities AS r JOIN strava_entities AS a USING (id)"
            " WHERE r.kind = 'removal' AND a.kind IN ('activity', 'detail', 'zones', 'streams')"
            " AND a.seen_at <= r.seen_at"
        )
        gone = {row[0] for row in rows.fetchall()}
    if not gone and not work.state.note(ERASING):
        return 0
    return erase(work, BY_ACTIVITY, lambda line: line["item"] in gone)


def forget_athlete(work: Workspace, athlete_id: str) -> int:
    """Erase all that the API told of an athlete; give how many lines that were."""
    with work.staged() as staged:
        rows = staged.execute(
            "SELECT id, json_extract_string(entity, '$.gear_id') FROM strava_entities"
            " WHERE kind IN ('activity', 'removal') AND"
            " coalesce(json_extract_string(entity, '$.athlete.id'), json_extract_string(entity, '$.athlete_id')) = $1",
            [athlete_id],
        ).fetchall()
    theirs, gear = {row[0] for row in rows}, {row[1] for row in rows}
    erased = erase(work, ("athletes",), lambda line: line["item"] == athlete_id)
    erased += erase(work, (GEAR,), lambda line: line["item"] in gear)
    return erased + erase(work, (*BY_ACTIVITY, UNMARKED), lambda line: line["item"] in theirs)


def forget_events(work: Workspace, is_to_go: Callable[[Line], bool]) -> int:
    """Erase webhook events: they may hold titles, and say nothing that a listing does not say."""
    return work.landing.erase(work.source, EVENTS, is_to_go)


def forget_sign_in(auth: StravaAuth) -> None:
    """Drop an account's tokens. That the one of `.env` was used stays known, else it would sign in again."""
    with auth.lock():
        auth.save(Tokens(seen=auth.seen(auth.load())))


def forget_old(work: Workspace) -> int:
    """Erase what came from the API longer ago than the setting allows; 0 days keep everything."""
    days = work.settings.strava_retention_days
    if not days:
        return 0
    oldest = now() - timedelta(days=days)
    return erase(work, OF_THE_API, lambda line: datetime.fromisoformat(line["fetched_at"]) < oldest)


def erase(work: Workspace, resources: Iterable[str], is_to_go: Callable[[Line], bool]) -> int:
    """Take lines out of the landing zone and out of what was made of them; tables follow when they are built."""
    was_stopped = bool(work.state.note(ERASING))
    work.state.set_note(ERASING, "yes")
    erased = sum(work.landing.erase(work.source, resource, is_to_go) for resource in resources)
    if erased or was_stopped:
        restage(work.lake, work.landing, work.state)
    work.state.set_note(ERASING, "")
    return erased
