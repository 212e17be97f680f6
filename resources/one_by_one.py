"""Answers that are asked for one item at a time, one call after the other, each landed at once.

For providers whose limits make more than one call at a time pointless. A pass has a bound and may be stopped at any
moment; what was landed is not asked for again, because whoever plans the next pass sees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from resources.errors import BadAnswer, NotServed, PacelineError, ProviderRefused, ProviderUnavailable
from resources.http import Answer
from resources.landing import SegmentWriter
from resources.state import RETRY_AFTER_FAILURE, RETRY_AFTER_NOT_SERVED, SyncCounts
from resources.workspace import Progress, Rooms, now

OUTAGE_AFTER_FAILURES = 5
MERGE_EVERY = 50  # answers; what is landed is merged by the next run anyway


@dataclass(frozen=True)
class Item:
    """What to ask for, and the folder (a month) in which its answer is kept."""

    id: str
    segment: str


@dataclass
class OneByOne:
    """A pass over several queues with one bound. `left` counts what the bound or the time left for the next."""

    work: Rooms
    counts: SyncCounts
    limit: int | None = None
    ends_at: float | None = None  # time.monotonic() after which nothing more is asked
    merge: Callable[[], Any] = lambda: None
    note_drift: Callable[[str, Any], Any] = lambda _resource, _payload: None
    account: str = ""
    left: int = 0
    failing: list[PacelineError] = field(default_factory=list)

    def ask(
        self,
        resource: str,
        items: Sequence[Item],
        ask: Callable[[str], Answer],
        on_answer: Callable[[Item, Answer], PacelineError | None] = lambda _item, _answer: None,
        retry_not_served: Callable[[Item], timedelta] = lambda _item: RETRY_AFTER_NOT_SERVED,
    ) -> None:
        """Ask for those that are not to wait yet, in their order. What `on_answer` gives is noted as a failure."""
        chosen = self._not_waiting(resource, items)
        bound = len(chosen) if self.limit is None else min(self.limit, len(chosen))
        writers: dict[str, SegmentWriter] = {}
        asked = 0
        try:
            for item in chosen[:bound]:
                if self.ends_at is not None and time.monotonic() > self.ends_at:
                    break
                asked += 1
                self._one(resource, item, ask, on_answer, retry_not_served, writers)
                self.work.on_progress(Progress(resource, asked, bound, "answers", self.work.allowance))
                if asked % MERGE_EVERY == 0:
                    self._store(writers)
        finally:
            self._store(writers)
            self.counts.minimum_requests += asked
            self.left += len(chosen) - asked
            if self.limit is not None:
                self.limit = max(0, self.limit - asked)

    def _one(
        self,
        resource: str,
        item: Item,
        ask: Callable[[str], Answer],
        on_answer: Callable[[Item, Answer], PacelineError | None],
        retry_not_served: Callable[[Item], timedelta],
        writers: dict[str, SegmentWriter],
    ) -> None:
        try:
            answer = ask(item.id)
        except ProviderRefused:
            raise
        except (BadAnswer, NotServed, ProviderUnavailable) as error:
            self._note(resource, item, error, retry_not_served)
            return
        if item.segment not in writers:
            writers[item.segment] = self.work.landing.writer(self.work.source, resource, item.segment)
        writers[item.segment].write(answer, item.id)
        self.note_drift(resource, answer.payload)
        self.counts.fetched += 1
        self.failing.clear()
        self.work.state.clear_failures(self.work.source, resource, [item.id], self.account)
        if (odd := on_answer(item, answer)) is not None:
            self._note(resource, item, odd, retry_not_served)

    def _note(
        self, resource: str, item: Item, error: PacelineError, retry_not_served: Callable[[Item], timedelta]
    ) -> None:
        not_served = isinstance(error, NotServed)
        pause = retry_not_served(item) if not_served else RETRY_AFTER_FAILURE
        state, source = self.work.state, self.work.source
        state.record_failure(source, resource, item.id, error, now(), pause, self.account)
        self.counts.errors += 1
        if not_served:
            return
        self.failing.append(error)
        if len(self.failing) >= OUTAGE_AFTER_FAILURES:
            raise ProviderUnavailable(
                f"{len(self.failing)} answers in a row failed, the last one so: {error.what}",
                "What arrived is kept; run the same command again later.",
            )

    def _not_waiting(self, resource: str, items: Sequence[Item]) -> list[Item]:
        next_tries = self.work.state.next_tries(self.work.source, resource, self.account)
        latest = now() + RETRY_AFTER_NOT_SERVED  # a longer pause was noted while the clock was wrong
        waiting = {item for item, moment in next_tries.items() if now() < moment <= latest}
        return [item for item in items if item.id not in waiting]

    def _store(self, writers: dict[str, SegmentWriter]) -> None:
        for writer in writers.values():
            writer.seal()
        writers.clear()
        self.merge()
