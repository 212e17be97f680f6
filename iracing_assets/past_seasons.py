"""Seasons of the past: which there were (a request for a series), and their dated schedules (a request for a season).

There are some six thousand of them, so a person starts this deliberately, with a bound. What was answered is not
asked again: a past season does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from iracing_assets.documents import land_into, merge
from iracing_assets.staging import SOURCE
from iracing_assets.transform import connect, show_staging, statement
from iracing_assets.workspace import Workspace
from resources.errors import BadAnswer, NotServed, PacelineError, ProviderUnavailable
from resources.http import Answer
from resources.landing import SegmentWriter
from resources.state import RETRY_AFTER_FAILURE, RETRY_AFTER_NOT_SERVED, SyncCounts
from resources.workspace import Progress, now

SERIES, SEASONS = "series_past_seasons", "series_season_schedule"
PAST_LIMIT = 200  # answers of one pass unless told otherwise: a minute or so at the allowed pace
OUTAGE_AFTER_FAILURES = 5
MERGE_EVERY = 50  # answers; what is landed is merged by the next run anyway


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
    sent = work.client.requests_made
    one_pass = _Pass(work, result, limit)
    try:
        series = list(series_ids) if refresh and series_ids else _ids(work, "wanted_series", series_ids)
        one_pass.ask(SERIES, series, work.client.past_seasons)
        one_pass.ask(SEASONS, _ids(work, "wanted_seasons", series_ids), work.client.season_schedule)
    finally:
        result.counts.requests += work.client.requests_made - sent
        result.counts.minimum_requests += result.counts.fetched
    return result


class _Pass:
    """One pass over the queue; each answer is landed at once."""

    def __init__(self, work: Workspace, result: PastResult, limit: int | None) -> None:
        self.work, self.result, self.left_to_ask = work, result, limit
        self.failing: list[PacelineError] = []

    def ask(self, resource: str, ids: Sequence[int], ask: Callable[[int], Answer]) -> None:
        chosen = list(self._not_waiting(resource, ids))
        bound = len(chosen) if self.left_to_ask is None else self.left_to_ask
        self.result.left += max(0, len(chosen) - bound)
        for start in range(0, min(bound, len(chosen)), MERGE_EVERY):
            batch = chosen[start : min(bound, start + MERGE_EVERY)]
            try:
                with self.work.landing.writer(SOURCE, resource, f"{now():%Y-%m}") as writer:
                    for place, one in enumerate(batch, start + 1):
                        self._one(resource, one, ask, writer)
                        self.work.on_progress(Progress(resource, place, min(bound, len(chosen)), "answers"))
            finally:
                merge(self.work, self.result.counts)
        if self.left_to_ask is not None:
            self.left_to_ask = max(0, self.left_to_ask - len(chosen))

    def _one(self, resource: str, one: int, ask: Callable[[int], Answer], writer: SegmentWriter) -> None:
        try:
            answer = ask(one)
        except (BadAnswer, NotServed, ProviderUnavailable) as error:
            self._note(resource, one, error)
            return
        land_into(self.work, writer, resource, str(one), answer)
        self.result.counts.fetched += 1
        self.failing.clear()
        if resource == SEASONS and not answer.payload["schedules"]:
            nothing = NotServed(f"Season {one} has no schedule", "It is asked for again in a month.")
            self._note(resource, one, nothing)
            return
        self.work.state.clear_failures(SOURCE, resource, [str(one)])

    def _note(self, resource: str, one: int, error: PacelineError) -> None:
        not_served = isinstance(error, NotServed)
        pause = RETRY_AFTER_NOT_SERVED if not_served else RETRY_AFTER_FAILURE
        self.work.state.record_failure(SOURCE, resource, str(one), error, now(), pause)
        self.result.counts.errors += 1
        if not_served:
            return
        self.failing.append(error)
        if len(self.failing) >= OUTAGE_AFTER_FAILURES:
            raise ProviderUnavailable(
                f"{len(self.failing)} answers in a row failed, the last one so: {error.what}",
                "What arrived is kept; run the same command again later.",
            )

    def _not_waiting(self, resource: str, ids: Sequence[int]) -> Iterator[int]:
        next_tries = self.work.state.next_tries(SOURCE, resource)
        latest = now() + RETRY_AFTER_NOT_SERVED
        waiting = {item for item, moment in next_tries.items() if now() < moment <= latest}
        return (one for one in ids if str(one) not in waiting)


def _ids(work: Workspace, name: str, series_ids: Sequence[int]) -> list[int]:
    with connect() as connection:
        show_staging(connection, work.lake)
        rows = connection.execute(
            statement(f"staging.{name}"), {"series_ids": list(series_ids), "all_series": not series_ids}
        )
        return [row[0] for row in rows.fetchall()]
