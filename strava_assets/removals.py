"""Finds activities that are gone: missing in a clean full listing, few, with the same rights as before, and a 404.

A lost right (`read_all`) makes all private activities look deleted, and a fault may make everything look so; neither is
believed (Strava facts, 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resources.errors import NotServed, PacelineError
from resources.state import SyncCounts
from strava_assets.athletes import Athlete
from strava_assets.forgetting import forget_activities
from strava_assets.listing import Listed
from strava_assets.workspace import Workspace

MOST_GONE_SHARE = 0.2
ALWAYS_BELIEVED = 3  # of a small history a few may be a large part


class TooManyGone(PacelineError):
    """A large part of the activities is missing: a person has to say that this is so."""


@dataclass(frozen=True)
class Removed:
    """What was found to be gone; `kept` were missing in the list and are there all the same."""

    gone: int = 0
    kept: int = 0
    reason: str = ""


def remove_gone(
    work: Workspace, athlete: Athlete, listed: Listed, counts: SyncCounts, accept: bool = False
) -> Removed:
    """After a full listing: ask for each activity that it lacked, and forget those that are gone."""
    if not listed.to_the_end or listed.unplaced:
        return Removed(reason="the listing was not clean")
    scope, before = work.client.auth.scope(), work.state.note(f"strava {athlete.athlete_id} scope")
    work.state.set_note(f"strava {athlete.athlete_id} scope", scope)
    if before is not None and before != scope:
        return Removed(reason="the rights of the sign-in changed since the last full listing")
    missing = _missing(work, athlete, listed)
    stored = len(missing) + len(listed.ids)
    if len(missing) > max(ALWAYS_BELIEVED, MOST_GONE_SHARE * stored) and not accept:
        raise TooManyGone(
            f"{len(missing)} of {stored} activities are not on the list any more",
            "Nothing was deleted. If they are gone, run `paceline sync strava --full --accept-removals`.",
        )
    gone: dict[str, dict[str, Any]] = {}
    sent = work.client.requests_made
    try:
        for activity_id, kept in missing.items():
            try:
                work.client.activity(activity_id)
            except NotServed:
                gone[activity_id] = kept
    finally:
        counts.requests += work.client.requests_made - sent
        counts.minimum_requests += len(missing)
        forget_activities(work, gone)
    return Removed(len(gone), len(missing) - len(gone))


def _missing(work: Workspace, athlete: Athlete, listed: Listed) -> dict[str, dict[str, Any]]:
    with work.staged() as staged:
        rows = staged.execute(
            "SELECT activity_id, start_date FROM known_activities WHERE athlete_id = $1", [athlete.athlete_id]
        ).fetchall()
    return {
        activity_id: {"athlete_id": athlete.athlete_id, "start_date": start.isoformat() if start else None}
        for activity_id, start in rows
        if activity_id not in listed.ids
    }
