"""Seasons of the past: which there were (a request for a series), and their dated schedules (a request for a season).

There are some six thousand of them, so a person starts this deliberately, with a bound. What was answered is not
asked again: a past season does not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from iracing_assets.documents import merge, note_drift
from iracing_assets.transform import connect, show_staging, statement
from iracing_assets.workspace import Workspace
from resources.errors import NotServed, PacelineError
from resources.http import Answer
from resources.one_by_one import Item, OneByOne
from resources.state import SyncCounts
from resources.workspace import now

SERIES, SEASONS = "series_past_seasons", "series_season_schedule"
PAST_LIMIT = 200  # answers of one pass unless told otherwise: a minute or so at the allowed pace


@dataclass
class PastResult:
    """What a pass did; `left` was not asked for because of the bound."""

    counts: SyncCounts = field(default_factory=SyncCounts)
    left: int = 0


def sync_past_seasons(
    work: Workspace,
    series_ids: Sequence[int],
    limit: int | None,
    refresh: bool = False,
    counts: SyncCounts | None = None,
) -> PastResult:
    """Past seasons of these series (of all that are known when none is named), then their schedules, newest first."""
    result = PastResult(counts or SyncCounts())
    sent, client = work.client.requests_made, work.client
    one_pass = OneByOne(
        work, result.counts, limit,
        merge=lambda: merge(work, result.counts), note_drift=lambda name, told: note_drift(work, name, told),
    )  # fmt: skip
    try:
        series = list(series_ids) if refresh and series_ids else wanted_ids(work, "wanted_series", series_ids)
        one_pass.ask(SERIES, _items(series), lambda one: client.past_seasons(int(one)))
        seasons = _items(wanted_ids(work, "wanted_seasons", series_ids))
        one_pass.ask(SEASONS, seasons, lambda one: client.season_schedule(int(one)), _without_schedule)
    finally:
        result.counts.requests += work.client.requests_made - sent
        result.left = one_pass.left
    return result


def _items(ids: Sequence[int]) -> list[Item]:
    return [Item(str(one), f"{now():%Y-%m}") for one in ids]


def _without_schedule(item: Item, answer: Answer) -> PacelineError | None:
    if answer.payload["schedules"]:
        return None
    return NotServed(f"Season {item.id} has no schedule", "It is asked for again in a month.")


def wanted_ids(work: Workspace, name: str, series_ids: Sequence[int]) -> list[int]:
    with connect() as connection:
        show_staging(connection, work.lake)
        rows = connection.execute(
            statement(f"staging.{name}"), {"series_ids": list(series_ids), "all_series": not series_ids}
        )
        return [row[0] for row in rows.fetchall()]
