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
    if accept:
        _set_rights(work, athlete, _rights(work))
    elif _rights_before(work, athlete) - _rights(work):
        return Removed(reason="the sign-in allows less than when the activities were listed")
    missing = _missing(work, athlete, listed, accept)
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


def remember_rights(work: Workspace, athlete: Athlete) -> None:
    """Keep what the sign-in ever allowed: with less than that, activities look deleted that are not."""
    _set_rights(work, athlete, _rights_before(work, athlete) | _rights(work))


def _rights(work: Workspace) -> set[str]:
    return set(work.client.auth.scope().replace(",", " ").split())


def _rights_before(work: Workspace, athlete: Athlete) -> set[str]:
    return set((work.state.note(f"strava {athlete.athlete_id} scope") or "").split())


def _set_rights(work: Workspace, athlete: Athlete, rights: set[str]) -> None:
    work.state.set_note(f"strava {athlete.athlete_id} scope", " ".join(sorted(rights)))


def _missing(work: Workspace, athlete: Athlete, listed: Listed, accept: bool) -> dict[str, dict[str, Any]]:
    """What is stored and was not listed; what is private only while the list shows anything private.

    Nobody may have said what a sign-in allows, and one that allows less hides all of these.
    """
    with work.staged() as staged:
        rows = staged.execute(
            "SELECT activity_id, start_date, coalesce(json_extract_string(entity, '$.visibility') = 'only_me'"
            " OR json_extract_string(entity, '$.private') = 'true', false) FROM known_activities WHERE athlete_id = $1",
            [athlete.athlete_id],
        ).fetchall()
    sees_private = accept or any(row[2] for row in rows if row[0] in listed.ids)
    return {
        activity_id: {"athlete_id": athlete.athlete_id, "start_date": start.isoformat() if start else None}
        for activity_id, start, is_private in rows
        if activity_id not in listed.ids and (sees_private or not is_private)
    }
