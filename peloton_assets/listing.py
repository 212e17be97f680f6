"""Sync of the class list: walk the pages of a window, land them, merge their rows, record months as complete.

A month is complete when the walk has passed a whole page older than it, not when rows of it are there. Pages
also show classes of neighbouring months; those are kept too, while their months stay unproven.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from peloton_assets.differences import NOT_STORED, Told, differences, month_of, told_by_month
from peloton_assets.drift import find_drift
from peloton_assets.pending import merge_pending
from peloton_assets.scope import Scope, list_resource, month_start, next_month_start
from peloton_assets.transform import LISTINGS
from peloton_assets.workspace import SOURCE, MonthReport, OnMonth, Progress, Workspace, now
from resources.errors import BadAnswer, reason_of
from resources.landing import SegmentWriter
from resources.peloton_list import PAGE_ROWS, Entry, ListPage, ListWalk
from resources.state import Coverage, SyncCounts

RESOURCE = "ride_archived"
STORE_EVERY_S = 5.0  # finished months are stored so often; a merge costs a tenth of a second


@dataclass
class ListResult:
    """What walks over one or several lists did."""

    counts: SyncCounts = field(default_factory=SyncCounts)
    total: int = 0
    distinct: int = 0
    account_filters: set[tuple[bool, bool]] = field(default_factory=set)
    answered_from: datetime | None = None  # the earliest time of an answer, by our clock
    new_drift: int = 0
    positioning_requests: int = 0


def sync_list(
    work: Workspace,
    scope: Scope,
    on_month: OnMonth,
    counts: SyncCounts | None = None,
    may_be_empty: bool = False,
) -> ListResult:
    """Bring the list of the scope's months up to date. Months reached before a failure stay recorded.

    Who passes `counts` has them also when this raises. A library without any class is not believed unless it
    `may_be_empty`: months that such an answer called complete would not be asked for again.
    """
    result = ListResult(counts or SyncCounts())
    for category in scope.categories:
        _ListSync(work, scope, category, result, on_month, may_be_empty or category is not None).run()
    return result


class _ListSync:
    """One walk over one list."""

    def __init__(
        self,
        work: Workspace,
        scope: Scope,
        category: str | None,
        result: ListResult,
        on_month: OnMonth,
        may_be_empty: bool,
    ) -> None:
        self.work, self.scope, self.category, self.result = work, scope, category, result
        self.on_month, self.may_be_empty = on_month, may_be_empty
        self.resource = list_resource(category)
        self.writer = self._new_writer()
        self.last_stored = time.monotonic()
        self.pages_with: dict[str, set[int]] = {}  # month to the pages that hold classes of it
        self.rows_of: dict[int, tuple[Entry, ...]] = {}  # page to its rows, as it was read last
        self.month_rows_from_end: dict[str, int] = {}
        self.unplaced: set[str] = set()

    def run(self) -> None:
        months = list(self.scope.months)
        sent = self.work.client.requests_made
        known_positions = self.work.state.positions(SOURCE, self.resource)
        walk = ListWalk(
            lambda page: self.work.client.archived(page, self.category),
            month_start(months[0]).timestamp(),
            next_month_start(months[-1]).timestamp(),
            known_positions.get(months[-1]),
        )
        try:
            for page in walk:
                self._land(page)
                if time.monotonic() - self.last_stored > STORE_EVERY_S:
                    months = self._store_passed(months, walk)
            if not walk.ids and not self.may_be_empty:
                raise BadAnswer(
                    "The provider lists no class at all", "Sync again later; nothing was changed."
                )
            self._store(months)
            self.work.state.clear_failures(SOURCE, RESOURCE, walk.ids - self.unplaced)
        except BaseException as error:
            self._keep_partial(self._store_passed(months, walk), error)
            raise
        finally:
            counts = self.result.counts
            counts.requests += self.work.client.requests_made - sent
            window = set().union(*(self.pages_with.get(m, set()) for m in self.scope.months))
            counts.minimum_requests += max(1, len(window))
            self.result.total += walk.total
            self.result.distinct += len(walk.ids)
            self.result.positioning_requests += walk.probes
            self.work.state.record_positions(SOURCE, self.resource, self.month_rows_from_end)

    def _land(self, page: ListPage) -> None:
        payload = page.answer.payload
        self.writer.write(page.answer, self.category or "all")
        answered = page.answer.fetched_at
        self.result.answered_from = min(self.result.answered_from or answered, answered)
        self.result.account_filters.add(
            (bool(payload.get("hide_explicit_rides")), bool(payload.get("hide_prenatal_rides")))
        )
        self.result.new_drift += self.work.note_drift(RESOURCE, find_drift(RESOURCE, payload))
        self.rows_of[page.number] = page.entries
        for place, moment in enumerate(page.times):
            month = month_of(moment)
            self.pages_with.setdefault(month, set()).add(page.number)
            if month in self.scope.months:  # of other months the newest class may not have been seen
                rows_from_end = page.total - page.number * PAGE_ROWS - place
                self.month_rows_from_end[month] = max(rows_from_end, self.month_rows_from_end.get(month, 0))
        self.work.on_progress(Progress("class list", page.number + 1, None, "pages"))

    def _merge(self) -> None:
        if self.writer.seal() is None:
            return
        self.writer = self._new_writer()
        change = merge_pending(self.work.lake, self.work.landing, self.work.state).classes
        counts = self.result.counts
        counts.fetched += change.seen
        counts.created += change.created
        counts.updated += change.updated
        counts.skipped += change.seen - change.created - change.updated
        counts.errors += len(change.unplaced)
        for ride_id in change.unplaced:
            error = BadAnswer(
                "The list row of a class has no usable id or time", "The next sync reads it again."
            )
            self.work.state.record_failure(SOURCE, RESOURCE, ride_id, error, now())
            self.unplaced.add(ride_id)

    def _new_writer(self) -> SegmentWriter:
        return self.work.landing.writer(SOURCE, RESOURCE, now().strftime("%Y-%m-%d"))

    def _store(self, months: Sequence[str]) -> None:
        """Months of which every class was seen: merge, record, report."""
        self._merge()
        self.last_stored = time.monotonic()
        told = told_by_month(self.rows_of.values(), otherwise=self.scope.months[-1])
        found = [self._coverage(month, told.get(month, [])) for month in months]
        self.work.state.record_coverage(SOURCE, found, self.work.run_id, now())
        for coverage in reversed(found):
            facts: dict[str, int | str] = {"pages": coverage.pages or 0}
            self.on_month(MonthReport(coverage.month, coverage.rows or 0, facts))

    def _store_passed(self, months: Sequence[str], walk: ListWalk) -> list[str]:
        """Store what the walk has passed already; give the other months."""
        passed = [month for month in months if month_start(month).timestamp() > walk.passed_to]
        self._store(passed)
        return [month for month in months if month not in passed]

    def _keep_partial(self, months: Sequence[str], error: BaseException) -> None:
        """A stop: what was landed is kept, and what was not reached is called incomplete, with the reason."""
        self._merge()
        reason = reason_of(error)
        complete = self.work.state.complete_months(SOURCE, self.resource)
        missing = [Coverage(self.resource, m, "incomplete", reason) for m in months if m not in complete]
        self.work.state.record_coverage(SOURCE, missing, self.work.run_id, now())

    def _coverage(self, month: str, told: Told) -> Coverage:
        """Complete, unless the lake lacks a class that the list told: that would be our fault."""
        stored = self.work.lake.values(LISTINGS, "ride_id", month)
        if self.category:  # other lists brought the others
            stored &= {item for item, _ in told}
        found = differences(told, stored)
        lost = sum(each.reason == NOT_STORED for each in found)
        return Coverage(
            self.resource,
            month,
            "incomplete" if lost else "complete",
            f"{lost} listed classes are not stored; the next sync reads them again" if lost else None,
            rows=len(stored),
            provider_count=len(told),
            pages=len(self.pages_with.get(month, ())),
            differences=found,
        )
