"""What is asked for item by item: one call each, ever; newest first; resumable at every single one.

What was landed is never asked again without `refresh`. Workers keep the allowed rate whatever the latency;
all landing and recording happens in the one thread that collects their answers.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from math import ceil

from peloton_assets.drift import find_drift
from peloton_assets.pending import merge_pending
from peloton_assets.wanted import (
    FAILED,
    IN_PROGRESS,
    LEFT_BY_TIME,
    LEFT_OUT,
    NOT_SERVED,
    OUT_OF_TIME,
    PUT_OFF,
    QueuePlan,
    Wanted,
)
from peloton_assets.workspace import SOURCE, MonthReport, OnMonth, Progress, Workspace, now
from resources.errors import (
    BadAnswer,
    NotServed,
    PacelineError,
    ProviderRefused,
    ProviderUnavailable,
    reason_of,
)
from resources.http import Answer
from resources.landing import SegmentWriter
from resources.state import RETRY_AFTER_FAILURE, RETRY_AFTER_NOT_SERVED, Coverage, Difference, SyncCounts

MOST_WORKERS = 8
# One item that fails is that item's trouble. When so many different ones fail in a row, the rest of their month is
# put off; when another month fails as well, it is the provider's.
OUTAGE_AFTER_FAILURES = 5
STORE_EVERY_S = 5.0  # finished months are staged and reported so often


@dataclass(frozen=True)
class Queue:
    """A resource that is asked for item by item. `coverage` is its name in ops.coverage."""

    resource: str  # folder in the landing zone, and name in ops.failures
    coverage: str
    stage: str
    unit: str
    ask: Callable[[str], Answer]
    account: str = ""
    ends_at: float | None = None  # time.monotonic() after which nothing more is asked

    @property
    def failures_of(self) -> str:
        """Whose failures they are: a class that is not served is so for every account."""
        return "" if self.resource == "ride_details" else self.account

    def is_time_up(self) -> bool:
        return self.ends_at is not None and time.monotonic() > self.ends_at


@dataclass
class QueueResult:
    """What a pass did."""

    counts: SyncCounts = field(default_factory=SyncCounts)
    new_drift: int = 0
    left: int = 0  # by the limit or the time


def ask_all(
    work: Workspace, queue: Queue, plan: QueuePlan, on_month: OnMonth, counts: SyncCounts | None = None
) -> QueueResult:
    """Fetch what is to be asked; every month is stored, recorded and reported as its last item arrives.

    Who passes `counts` has them also when this raises.
    """
    result = QueueResult(counts or SyncCounts())
    result.counts.minimum_requests += len(plan.to_ask)
    result.counts.skipped += plan.wanted.total() - len(plan.to_ask)
    # A run that died after landing could not say that these succeeded.
    work.state.clear_failures(SOURCE, queue.resource, {one.item for one in plan.landed}, queue.failures_of)
    sent = work.client.requests_made
    one_pass = _Pass(work, queue, plan, result, on_month)
    try:
        one_pass.run()
    finally:
        result.counts.requests += work.client.requests_made - sent
        why = Counter(why for month in one_pass.without.values() for why in month.values())
        result.left = why[LEFT_OUT] + why[OUT_OF_TIME] + why[PUT_OFF]
    return result


class _Pass:
    """One pass over what is wanted."""

    def __init__(
        self, work: Workspace, queue: Queue, plan: QueuePlan, result: QueueResult, on_month: OnMonth
    ) -> None:
        self.work, self.queue, self.plan, self.result, self.on_month = work, queue, plan, result, on_month
        self.open_in_month = Counter(one.month for one in plan.to_ask)
        self.without: dict[str, dict[Wanted, str]] = defaultdict(dict)  # items by month, and why
        for one, why in plan.not_asked.items():
            self.without[one.month][one] = why
        self.writers: dict[str, SegmentWriter] = {}
        self.fetched: list[str] = []
        self.taken: set[str] = set()  # landed, or noted as failed
        self.failing: list[tuple[str, PacelineError]] = []  # month and error of the failures in a row
        self.put_off: set[str] = set()
        self.unfinished = list(plan.months)
        self.asked: list[str] = []  # months of which everything was asked, not stored yet
        self.last_stored = time.monotonic()

    def run(self) -> None:
        reason = "not reached"
        try:
            for month in reversed(self.plan.months):
                if not self.open_in_month[month]:
                    self.asked.append(month)
            # Closed before the finally below, so that calls under way at a stop are landed before it seals.
            with closing(self._answers()) as answers:
                for one, outcome in answers:
                    self._take(one, outcome)
            if len(self.failing) >= OUTAGE_AFTER_FAILURES:
                raise self._outage()
        except BaseException as error:
            reason = reason_of(error)
            raise
        finally:
            self._close(reason)

    def _answers(self) -> Generator[tuple[Wanted, Future[Answer]], None, None]:
        """Answers in the order of arrival; few calls are under way at once, so that a stop is prompt."""
        items = self._items()
        workers = min(MOST_WORKERS, max(1, ceil(self.work.requests_per_second)))
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(workers, thread_name_prefix=self.queue.resource))
            under_way: dict[Future[Answer], Wanted] = {}
            try:
                while True:
                    for one in islice(items, 2 * workers - len(under_way)):
                        under_way[pool.submit(self.queue.ask, one.item)] = one
                    if not under_way:
                        return
                    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield under_way[future], future
                        del under_way[future]
            finally:
                # A stop: calls that were not sent are dropped. Those under way are waited for, and they and the
                # one that was being taken are kept: what was answered is not asked again.
                begun = [future for future in under_way if not future.cancel()]
                with self.work.client.giving_up():
                    wait(begun)
                for future in begun:
                    self._keep(under_way[future], future)

    def _items(self) -> Iterator[Wanted]:
        """What is to be asked, looked at as late as possible: a month may be put off, or the time be up meanwhile."""
        for one in self.plan.to_ask:
            why = PUT_OFF if one.month in self.put_off else OUT_OF_TIME if self.queue.is_time_up() else None
            if why:
                self.without[one.month][one] = why
                self._count_asked(one)
            else:
                yield one

    def _take(self, one: Wanted, outcome: Future[Answer]) -> None:
        try:
            self._land(one, outcome.result())
            self.failing.clear()
        except ProviderRefused:
            raise
        except (NotServed, BadAnswer, ProviderUnavailable) as error:
            self._note_failure(one, error)
        self._count_asked(one)
        if time.monotonic() - self.last_stored > STORE_EVERY_S:
            self._store_asked()
        self.work.on_progress(
            Progress(
                self.queue.stage, len(self.taken), len(self.plan.to_ask), self.queue.unit, self.work.allowance
            )
        )

    def _count_asked(self, one: Wanted) -> None:
        self.open_in_month[one.month] -= 1
        if not self.open_in_month[one.month]:
            self.asked.append(one.month)

    def _keep(self, one: Wanted, outcome: Future[Answer]) -> None:
        error = outcome.exception()
        if error is None and one.item not in self.taken:
            self._land(one, outcome.result())
        elif isinstance(error, NotServed) and one.item not in self.taken:
            self._note_failure(one, error)

    def _land(self, one: Wanted, answer: Answer) -> None:
        writer = self.writers.get(one.month)
        if writer is None:
            writer = self.writers[one.month] = self.work.landing.writer(
                SOURCE, self.queue.resource, one.month
            )
        writer.write(answer, one.item)
        self.taken.add(one.item)
        self.result.counts.fetched += 1
        self.fetched.append(one.item)
        self.result.new_drift += self.work.note_drift(
            self.queue.resource, find_drift(self.queue.resource, answer.payload)
        )

    def _note_failure(self, one: Wanted, error: PacelineError) -> None:
        not_served = isinstance(error, NotServed)
        pause = RETRY_AFTER_NOT_SERVED if not_served else RETRY_AFTER_FAILURE
        self.work.state.record_failure(
            SOURCE, self.queue.resource, one.item, error, now(), pause, self.queue.failures_of
        )
        self.taken.add(one.item)
        self.result.counts.errors += 1
        self.without[one.month][one] = NOT_SERVED if not_served else FAILED
        if not_served:
            return
        self.failing.append((one.month, error))
        if len(self.failing) >= OUTAGE_AFTER_FAILURES:
            if len({month for month, _ in self.failing}) > 1:
                raise self._outage()
            self.put_off.add(one.month)

    def _outage(self) -> ProviderUnavailable:
        _, last = self.failing[-1]
        return ProviderUnavailable(
            f"{len(self.failing)} {self.queue.unit} in a row failed, the last one so: {last.what}",
            "What arrived is kept; run the same command again later.",
        )

    def _store_asked(self) -> None:
        """Months of which everything was asked: seal, stage, record, report."""
        months, self.asked = self.asked, []
        self._stage(months)
        now_known = [self._coverage(month) for month in months]
        self._record(now_known)
        for coverage in now_known:
            self.unfinished.remove(coverage.month)
            not_served = Counter(self.without[coverage.month].values())[NOT_SERVED]
            facts: dict[str, int | str] = {
                "wanted": self.plan.wanted[coverage.month],
                "not served": not_served,
            }
            self.on_month(MonthReport(coverage.month, coverage.rows or 0, facts))
        self.last_stored = time.monotonic()

    def _coverage(self, month: str) -> Coverage:
        why, wanted = Counter(self.without[month].values()), self.plan.wanted[month]
        reasons = [f"{why[FAILED]} failed and are tried again by the next run"] if why[FAILED] else []
        reasons += [f"{why[PUT_OFF]} put off after these"] if why[PUT_OFF] else []
        reasons += [f"{why[LEFT_OUT]} left out by the limit"] if why[LEFT_OUT] else []
        reasons += [f"{why[OUT_OF_TIME]} {LEFT_BY_TIME}"] if why[OUT_OF_TIME] else []
        reasons += [f"{why[IN_PROGRESS]} still in progress"] if why[IN_PROGRESS] else []
        missing = tuple(
            Difference(one.item, reason)
            for one, reason in self.without[month].items()
            if one not in self.plan.landed  # by an earlier run
        )
        return Coverage(
            self.queue.coverage,
            month,
            "incomplete" if reasons else "complete",
            "; ".join(reasons) or None,
            rows=wanted - len(missing),
            provider_count=wanted,
            differences=missing,
        )

    def _close(self, reason: str) -> None:
        """The end, or a stop: what arrived is stored, and what was not reached is incomplete."""
        self._store_asked()
        self._stage(list(self.writers))
        self._record(
            [Coverage(self.queue.coverage, month, "incomplete", reason) for month in self.unfinished]
        )

    def _stage(self, months: Sequence[str]) -> None:
        for month in months:
            if month in self.writers:
                self.writers.pop(month).seal()
        merge_pending(self.work.lake, self.work.landing, self.work.state)
        self.work.state.clear_failures(SOURCE, self.queue.resource, self.fetched, self.queue.failures_of)
        self.fetched.clear()

    def _record(self, coverage: Sequence[Coverage]) -> None:
        self.work.state.record_coverage(SOURCE, coverage, self.work.run_id, now(), self.queue.account)
