"""Sync of class details: one call per new class, ever; newest first; resumable at every single class.

What was landed is never asked again without `refresh`. Workers keep the allowed rate whatever the latency;
all landing and recording happens in the one thread that collects their answers.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from math import ceil

from peloton_assets.drift import find_drift
from peloton_assets.pending import merge_pending
from peloton_assets.scope import Scope
from peloton_assets.transform import (
    LISTINGS,
    connect,
    show_landed,
    show_stored,
    statement,
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

RESOURCE = "ride_details"
MOST_WORKERS = 8
# Why a class has no details.
NOT_SERVED, FAILED, PUT_OFF, LEFT_OUT = "not_served", "failed", "put_off", "left_out"
# One class that fails is that class's trouble. When so many different ones fail in a row, the rest of their month is
# put off; when another month fails as well, it is the provider's.
OUTAGE_AFTER_FAILURES = 5
STORE_EVERY_S = 5.0  # finished months are staged and reported so often


@dataclass(frozen=True)
class Wanted:
    """A class to ask for."""

    ride_id: str
    month: str


@dataclass
class DetailsPlan:
    """What a sync of details has to do: classes to ask for, and per month how many the rule wants in all."""

    to_ask: list[Wanted]
    landed: set[Wanted]
    wanted: Counter[str]
    not_asked: dict[Wanted, str]  # and why


@dataclass
class DetailsResult:
    """What a sync of details did."""

    counts: SyncCounts = field(default_factory=SyncCounts)
    new_drift: int = 0


def plan_details(work: Workspace, scope: Scope) -> DetailsPlan:
    """Classes of the scope whose details are wanted and not landed yet (with `refresh`: all wanted).

    Newest first, but those that failed before come last, so that neither they nor a limit hold up the others.
    """
    next_tries = work.state.next_tries(SOURCE, RESOURCE)
    # A pause longer than any that is given was noted while the clock was wrong.
    latest = now() + RETRY_AFTER_NOT_SERVED
    waiting = {item for item, next_try in next_tries.items() if now() < next_try <= latest}
    with connect() as connection:
        show_stored(connection, work.lake, LISTINGS, scope.months)
        rows = connection.execute(
            statement("staging.wanted_details"),
            {"rule": scope.classes, "disciplines": list(scope.disciplines)},
        ).fetchall()
        wanted = [Wanted(ride_id, month) for ride_id, month in rows]
        files = [f for month in scope.months for f in work.landing.sealed(SOURCE, RESOURCE, month)]
        show_landed(connection, files)
        # A class that moved to another month is asked again: tables are built of the details of their own month.
        landed = {
            Wanted(*item_and_month)
            for item_and_month in connection.execute(
                "SELECT DISTINCT item, parse_path(filename, 'both_slash')[-2] FROM landed"
            ).fetchall()
        }
    missing = [ride for ride in wanted if scope.refresh or ride not in landed]
    askable = [ride for ride in missing if ride.ride_id not in waiting]
    askable.sort(key=lambda ride: ride.ride_id in next_tries)
    to_ask = askable[: scope.limit]
    return DetailsPlan(
        to_ask,
        landed,
        wanted=Counter(ride.month for ride in wanted),
        not_asked={
            **{ride: NOT_SERVED for ride in missing if ride.ride_id in waiting},
            **dict.fromkeys(askable[len(to_ask) :], LEFT_OUT),
        },
    )


def sync_details(
    work: Workspace, scope: Scope, on_month: OnMonth, counts: SyncCounts | None = None
) -> DetailsResult:
    """Fetch what is wanted; every month is stored, recorded and reported as its last class arrives.

    Who passes `counts` has them also when this raises.
    """
    plan = plan_details(work, scope)
    result = DetailsResult(counts or SyncCounts())
    result.counts.minimum_requests = len(plan.to_ask)
    result.counts.skipped = plan.wanted.total() - len(plan.to_ask)
    # A run that died after landing could not say that these succeeded.
    work.state.clear_failures(SOURCE, RESOURCE, {ride.ride_id for ride in plan.landed})
    sent = work.client.requests_made
    try:
        _DetailsSync(work, scope, plan, result, on_month).run()
    finally:
        result.counts.requests = work.client.requests_made - sent
    return result


class _DetailsSync:
    """One pass over the wanted classes."""

    def __init__(
        self, work: Workspace, scope: Scope, plan: DetailsPlan, result: DetailsResult, on_month: OnMonth
    ) -> None:
        self.work, self.scope, self.plan, self.result, self.on_month = work, scope, plan, result, on_month
        self.open_in_month = Counter(ride.month for ride in plan.to_ask)
        self.without: dict[str, dict[Wanted, str]] = defaultdict(dict)  # classes by month, and why
        for ride, why in plan.not_asked.items():
            self.without[ride.month][ride] = why
        self.writers: dict[str, SegmentWriter] = {}
        self.fetched: list[str] = []
        self.taken: set[str] = set()  # landed, or noted as failed
        self.failing: list[tuple[str, PacelineError]] = []  # month and error of the failures in a row
        self.put_off: set[str] = set()
        self.unfinished = list(scope.months)
        self.asked: list[str] = []  # months of which every class was asked, not stored yet
        self.last_stored = time.monotonic()

    def run(self) -> None:
        reason = "not reached"
        try:
            for month in reversed(self.scope.months):
                if not self.open_in_month[month]:
                    self.asked.append(month)
            # Closed before the finally below, so that calls under way at a stop are landed before it seals.
            with closing(self._answers()) as answers:
                for ride, outcome in answers:
                    self._take(ride, outcome)
            if len(self.failing) >= OUTAGE_AFTER_FAILURES:
                raise self._outage()
        except BaseException as error:
            reason = reason_of(error)
            raise
        finally:
            self._close(reason)

    def _answers(self) -> Generator[tuple[Wanted, Future[Answer]], None, None]:
        """Answers in the order of arrival; few calls are under way at once, so that a stop is prompt."""
        rides = self._rides()
        workers = min(MOST_WORKERS, max(1, ceil(self.work.requests_per_second)))
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(workers, thread_name_prefix="details"))
            under_way: dict[Future[Answer], Wanted] = {}
            try:
                while True:
                    for ride in islice(rides, 2 * workers - len(under_way)):
                        under_way[pool.submit(self.work.client.ride_details, ride.ride_id)] = ride
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

    def _rides(self) -> Iterator[Wanted]:
        """What is to be asked, looked at as late as possible: a month may be put off meanwhile."""
        for ride in self.plan.to_ask:
            if ride.month in self.put_off:
                self.without[ride.month][ride] = PUT_OFF
                self._count_asked(ride)
            else:
                yield ride

    def _take(self, ride: Wanted, outcome: Future[Answer]) -> None:
        try:
            self._land(ride, outcome.result())
            self.failing.clear()
        except ProviderRefused:
            raise
        except (NotServed, BadAnswer, ProviderUnavailable) as error:
            self._note_failure(ride, error)
        self._count_asked(ride)
        if time.monotonic() - self.last_stored > STORE_EVERY_S:
            self._store_asked()
        done = self.result.counts.fetched + self.result.counts.errors
        self.work.on_progress(Progress("class details", done, len(self.plan.to_ask), "classes"))

    def _count_asked(self, ride: Wanted) -> None:
        self.open_in_month[ride.month] -= 1
        if not self.open_in_month[ride.month]:
            self.asked.append(ride.month)

    def _keep(self, ride: Wanted, outcome: Future[Answer]) -> None:
        error = outcome.exception()
        if error is None and ride.ride_id not in self.taken:
            self._land(ride, outcome.result())
        elif isinstance(error, NotServed) and ride.ride_id not in self.taken:
            self._note_failure(ride, error)

    def _land(self, ride: Wanted, answer: Answer) -> None:
        writer = self.writers.get(ride.month)
        if writer is None:
            writer = self.writers[ride.month] = self.work.landing.writer(SOURCE, RESOURCE, ride.month)
        writer.write(answer, ride.ride_id)
        self.taken.add(ride.ride_id)
        self.result.counts.fetched += 1
        self.fetched.append(ride.ride_id)
        self.result.new_drift += self.work.note_drift(RESOURCE, find_drift(RESOURCE, answer.payload))

    def _note_failure(self, ride: Wanted, error: PacelineError) -> None:
        not_served = isinstance(error, NotServed)
        pause = RETRY_AFTER_NOT_SERVED if not_served else RETRY_AFTER_FAILURE
        self.work.state.record_failure(SOURCE, RESOURCE, ride.ride_id, error, now(), pause)
        self.taken.add(ride.ride_id)
        self.result.counts.errors += 1
        self.without[ride.month][ride] = NOT_SERVED if not_served else FAILED
        if not_served:
            return
        self.failing.append((ride.month, error))
        if len(self.failing) >= OUTAGE_AFTER_FAILURES:
            if len({month for month, _ in self.failing}) > 1:
                raise self._outage()
            self.put_off.add(ride.month)

    def _outage(self) -> ProviderUnavailable:
        _, last = self.failing[-1]
        return ProviderUnavailable(
            f"{len(self.failing)} classes in a row failed, the last one so: {last.what}",
            "What arrived is kept; run the same command again later.",
        )

    def _store_asked(self) -> None:
        """Months of which every class was asked: seal, stage, record, report."""
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
        missing = tuple(
            Difference(ride.ride_id, reason)
            for ride, reason in self.without[month].items()
            if ride not in self.plan.landed  # by an earlier run
        )
        return Coverage(
            self._resource,
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
        self._record([Coverage(self._resource, month, "incomplete", reason) for month in self.unfinished])

    def _stage(self, months: Sequence[str]) -> None:
        for month in months:
            if month in self.writers:
                self.writers.pop(month).seal()
        merge_pending(self.work.lake, self.work.landing, self.work.state)
        self.work.state.clear_failures(SOURCE, RESOURCE, self.fetched)
        self.fetched.clear()

    def _record(self, coverage: Sequence[Coverage]) -> None:
        self.work.state.record_coverage(SOURCE, coverage, self.work.run_id, now())

    @property
    def _resource(self) -> str:
        return self.scope.details_resource()
