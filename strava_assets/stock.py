"""Strava as `resources.operations` takes stock of it: details, series, zones and gear, activity by activity."""

from __future__ import annotations

import os

from resources.operations.stock import Left, Source
from resources.operations.waiting import askable
from resources.outlook import Allowance, Quota
from resources.rate_limit import RateLimiter
from resources.settings import Settings
from resources.strava import BACKGROUND_RESERVE, PER_PAGE, limiter_of
from resources.token_table import token_store
from strava_assets.alerts import look
from strava_assets.athletes import Athlete, connections
from strava_assets.items import DETAILS, GEAR, ITEMS_AT_ONCE, STREAMS, ZONES, unknown_gear, wanted
from strava_assets.transform import SOURCE
from strava_assets.workspace import Workspace

LIST = "activity_list"


def limiter(settings: Settings) -> RateLimiter | None:
    """The windows that all athletes and processes share; none without an application."""
    return limiter_of(settings) if os.environ.get("STRAVA_CLIENT_ID") else None


def backlog(settings: Settings) -> list[Left]:
    """What is missing of each athlete who was ever listed, in the order in which it is asked for."""
    work = Workspace(settings)
    store = token_store(settings.state_place)
    found = []
    for each in connections(settings):
        athlete = Athlete(store.load(SOURCE, each.account).member_id, each.account)
        if athlete.athlete_id:
            found += athlete_left(work, athlete)
    return found


def athlete_left(work: Workspace, athlete: Athlete) -> list[Left]:
    """The list where it has gaps, then item by item."""
    known = wanted(work, athlete)
    items = {
        DETAILS: [one.activity_id for one in known if one.wants_detail],
        STREAMS: [one.activity_id for one in known if one.wants_streams],
        ZONES: [one.activity_id for one in known if one.wants_zones],
        GEAR: unknown_gear(work, athlete),
    }
    gaps = work.state.rows(
        "SELECT coalesce(rows, 0) AS activities FROM coverage"
        " WHERE source = ? AND resource = 'activities' AND account = ? AND state <> 'complete'",
        SOURCE, athlete.account,
    )  # fmt: skip
    pages = -(-sum(row["activities"] for row in gaps) // PER_PAGE) or min(1, len(gaps))
    return [
        Left(LIST, pages, athlete.account, len(gaps), at_least=bool(gaps), in_background=True),
        *(
            Left(
                resource,
                len(askable(work.state, SOURCE, resource, wanted_items, athlete.account)),
                athlete.account, at_least=bool(gaps), in_background=True,
            )
            for resource, wanted_items in items.items()
        ),
    ]  # fmt: skip


def in_background(settings: Settings, allowed: Allowance) -> Allowance:
    """The background sync leaves a part of each window to people, and asks for so many items at a tick."""
    left_to_people = [(one, int(one.allowed * BACKGROUND_RESERVE)) for one in allowed.quotas]
    ours = tuple(
        Quota(one.period_s, one.allowed - reserve, max(0, one.left - reserve), one.resets_in_s)
        for one, reserve in left_to_people
    )
    tick_s = 60 * settings.sync_interval_minutes
    return Allowance(allowed.per_second, ours, allowed.held_s).with_quota(tick_s, ITEMS_AT_ONCE)


STRAVA = Source(SOURCE, connections, limiter, backlog, look, in_background)
