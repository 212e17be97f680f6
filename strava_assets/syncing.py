"""One athlete's sync from end to end, for the assets, the command and the background alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from resources.state import SyncCounts
from resources.workspace import OnMonth, now
from strava_assets.athletes import Athlete, athlete_of
from strava_assets.events import look_after
from strava_assets.forgetting import finish_forgetting, forget_old
from strava_assets.items import sync_items
from strava_assets.listing import Listed, sync_activities
from strava_assets.removals import TooManyGone, remember_rights, remove_gone
from strava_assets.workspace import Workspace


@dataclass(frozen=True)
class Choice:
    """What to sync: two weeks back by default, everything (`full`), or some months."""

    full: bool = False
    months: tuple[str, ...] = ()
    max_pages: int | None = None
    accept_removals: bool = False


@dataclass
class Facts:
    """What the manual sync tells, in the words of the command and of the UI."""

    athlete_id: str = ""
    synced: int = 0
    new: int = 0
    updated: int = 0
    pages_fetched: int = 0
    removed: int = 0
    events: int = 0


# Where the command line listens while it runs the job in its own process.
facts_listeners: list[Callable[[Facts], None]] = []


def sync_list(
    work: Workspace, choice: Choice, on_month: OnMonth, counts: SyncCounts
) -> tuple[Athlete, Facts]:
    """The list of one athlete, what is gone, and events; who passes `counts` has them when this raises."""
    facts = Facts()
    try:
        return _sync_list(work, choice, on_month, counts, facts), facts
    finally:
        for listener in facts_listeners:
            listener(facts)


def _sync_list(
    work: Workspace, choice: Choice, on_month: OnMonth, counts: SyncCounts, facts: Facts
) -> Athlete:
    finish_forgetting(work)
    forget_old(work)
    athlete = athlete_of(work, refresh=choice.full)
    facts.athlete_id = athlete.athlete_id
    facts.events, is_gone = look_after(work, athlete, counts)
    if is_gone:
        return athlete
    remember_rights(work, athlete)
    listed = Listed(counts)
    before = (counts.created, counts.updated)
    try:
        sync_activities(
            work, athlete, on_month, full=choice.full, months=choice.months, max_pages=choice.max_pages, result=listed
        )  # fmt: skip
    finally:
        facts.synced, facts.pages_fetched = len(listed.ids), listed.pages
        facts.new, facts.updated = counts.created - before[0], counts.updated - before[1]
    if choice.full:
        mark = full_listing_mark(athlete.athlete_id)
        try:
            facts.removed = remove_gone(work, athlete, listed, counts, choice.accept_removals).gone
        except TooManyGone:
            # It is for a person to decide: asking at every tick changes nothing.
            work.state.set_mark(mark, now())
            raise
        if listed.to_the_end:
            work.state.set_mark(mark, now())
    return athlete


def sync_rest(work: Workspace, limit: int | None, minutes: float, counts: SyncCounts) -> int:
    """Details, series, zones and gear of one athlete; give how much is left."""
    athlete = athlete_of(work)
    ends_at = time.monotonic() + 60 * minutes if minutes else None
    return sync_items(work, athlete, limit, ends_at, counts)


def full_listing_mark(athlete_id: str) -> str:
    """Under which the moment of the last full listing is remembered."""
    return f"strava {athlete_id} full listing"
