"""Sync of a member's workouts, phase one: the pages that hold what is missing, and the proof that nothing is.

The list is newest first by creation and carries the provider's count of every month, so the first page says which
months are complete and on which pages the others are. Read pages are landed and merged while the walk goes on; a
stopped walk goes on where it was, since what is stored counts.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

from peloton_assets.drift import find_drift
from peloton_assets.members import Member, Record
from peloton_assets.pending import merge_pending
from peloton_assets.transform import WORKOUT_REMOVALS, WORKOUTS, connect, show_stored, statement
from peloton_assets.workout_months import (
    RESOURCE,
    Known,
    Places,
    Told,
    coverage_of,
    pages_of,
    places_of,
    told_of,
)
from peloton_assets.workspace import SOURCE, MonthReport, OnMonth, Progress, Workspace, now
from resources.errors import BadAnswer, NotServed, reason_of
from resources.landing import SegmentWriter
from resources.peloton_list import MOST_PAGES, PAGE_ROWS
from resources.state import Coverage, SyncCounts

LIST, SINGLE, REMOVALS = "user_workouts", "workout", "workout_removals"
STORE_EVERY_S = 5.0
MOST_PASSES = 5
# More at once are gone by a fault or a filter rather than by the member's hand.
MOST_REMOVED_SHARE, ALWAYS_BELIEVED = 0.2, 20
# A workout in progress is asked for anew when it was not seen for this part of its age: soon at first, then seldom.
LOOK_AGAIN_AFTER_SHARE, SHORTEST_LOOK_S = 0.1, 60.0


@dataclass
class WorkoutResult:
    """What the walk of one member did."""

    counts: SyncCounts = field(default_factory=SyncCounts)
    total: int = 0
    pages: int = 0
    removed: int = 0
    new_drift: int = 0


def sync_workouts(
    work: Workspace,
    member: Member,
    on_month: OnMonth,
    months: Collection[str] | None = None,
    counts: SyncCounts | None = None,
    refresh: bool = False,
    accept_removals: bool = False,
) -> WorkoutResult:
    """Bring a member's workouts up to date, of some `months` or of all; record which are complete.

    Who passes `counts` has them also when this raises.
    """
    walk = _Walk(
        work, member, on_month, months, WorkoutResult(counts or SyncCounts()), refresh, accept_removals
    )
    sent = work.client.requests_made
    try:
        walk.run()
    finally:
        walk.result.counts.requests += work.client.requests_made - sent
    return walk.result


def known_workouts(work: Workspace, user_id: str) -> list[Known]:
    """What is stored of a member."""
    with connect() as connection:
        for table in (WORKOUTS, WORKOUT_REMOVALS):
            show_stored(connection, work.lake, table)
        rows = connection.execute(statement("staging.known_workouts"), {"user_id": user_id}).fetchall()
    return [Known(*row) for row in rows]


class _Walk:
    """One walk over one member's list."""

    def __init__(
        self,
        work: Workspace,
        member: Member,
        on_month: OnMonth,
        months: Collection[str] | None,
        result: WorkoutResult,
        refresh: bool,
        accept_removals: bool,
    ) -> None:
        self.work, self.member, self.window = work, member, months
        self.on_month, self.result = on_month, result
        self.refresh, self.accept_removals = refresh, accept_removals
        self.writer = self._new_writer(LIST)
        self.last_stored = time.monotonic()
        self.told: Told | None = None
        self.read: dict[int, set[str]] = {}  # pages as they are now, with the ids on them
        self.seen: set[str] = set()
        self.known: list[Known] = []
        self.places: Places = {}
        self.before = self._coverage_before()
        self.known_before = {one.workout_id for one in known_workouts(work, member.user_id)}

    def run(self) -> None:
        try:
            self._ask_page(0)
            self._merge()
            if self.told is None:
                self._read_without_counts()
            else:
                self._read_what_is_missing()
            self._look_again()
            self._merge()
            if self.told is not None:
                self._notice_removals()
            self._record(self._months())
            known = [one.workout_id for one in self.known]
            self.work.state.clear_failures(SOURCE, LIST, known, self.member.account)
        except BaseException as error:
            self._merge()
            self._record_stop(error)
            raise

    # pages

    def _read_what_is_missing(self) -> None:
        for number in range(MOST_PASSES):
            pages = [page for page in self._pages(number) if page not in self.read]
            for page in pages:
                self._ask_page(page)
                if time.monotonic() - self.last_stored > STORE_EVERY_S:
                    self._store_passed()
            self._merge()
            if not self._open_months():
                return

    def _pages(self, number: int) -> list[int]:
        """The first time what is probably missing, then whole months, then their neighbours."""
        told = self.told or {}
        whole = number > 0 or self.refresh
        months = [m for m in told if self._is_asked(m)] if self.refresh else self._open_months()
        return pages_of(months, told, self._have(), PAGE_ROWS, whole, margin=max(0, number - 1))

    def _read_without_counts(self) -> None:
        """Without counts to go by: until a whole page is known, or the end."""
        page = 0
        while (page + 1) * PAGE_ROWS < self.result.total and (self.refresh or not self._was_known(page)):
            page += 1
            self._ask_page(page)

    def _was_known(self, page: int) -> bool:
        return self.read[page] <= self.known_before

    def _ask_page(self, page: int) -> None:
        if len(self.read) >= MOST_PAGES:
            raise BadAnswer("The list of workouts does not end", "Sync again later.")
        answer = self.work.client.workouts(self.member.user_id, page)
        self.writer.write(answer, self.member.user_id)
        payload = answer.payload
        rows = [row for row in payload["data"] if isinstance(row, dict)]
        ids = {row["id"] for row in rows if isinstance(row.get("id"), str)}
        told = told_of(payload.get("summary"), payload["total"])
        if self.read and told != self.told:
            self.read.clear()  # the list moved: pages that were read before are not what they were
        self.told, self.result.total = told, payload["total"]
        self.read[page] = ids
        self.seen |= ids
        self.result.pages += 1
        if page == 0 or not ids <= {one.workout_id for one in self.known}:
            self.result.counts.minimum_requests += 1
        self.result.new_drift += self.work.note_drift(LIST, find_drift(LIST, payload))
        pages = max(1, ceil(self.result.total / PAGE_ROWS))
        self.work.on_progress(
            Progress(f"workouts of {self.member.account}", self.result.pages, pages, "pages")
        )

    # what is stored

    def _merge(self) -> None:
        self.last_stored = time.monotonic()
        if self.writer.seal() is not None:
            self.writer = self._new_writer(LIST)
            change = merge_pending(self.work.lake, self.work.landing, self.work.state).workouts
            counts = self.result.counts
            counts.fetched += change.seen
            counts.created += change.created
            counts.updated += change.updated
            counts.skipped += change.seen - change.created - change.updated
            counts.errors += len(change.unplaced)
            for workout_id in change.unplaced:
                error = BadAnswer(
                    "The row of a workout has no usable id or time", "The next sync reads it again."
                )
                self._note_failure(LIST, workout_id, error)
        self._look_at_stored()

    def _store_passed(self) -> None:
        """Months that are complete by now are recorded while older ones are still read."""
        self._merge()
        open_months = set(self._open_months())
        self._record([month for month in self._months() if month not in open_months])

    def _look_at_stored(self) -> None:
        self.known = known_workouts(self.work, self.member.user_id)
        self.places = places_of(self.known, self.told or {})

    def _have(self) -> Counter[str]:
        return Counter(self.places.values())

    def _open_months(self) -> list[str]:
        """Months of which not as many are stored as the provider counts."""
        have, told = self._have(), self.told or {}
        return [m for m in {*have, *told} if self._is_asked(m) and have[m] != told.get(m, 0)]

    def _is_asked(self, month: str) -> bool:
        return self.window is None or month in self.window

    def _months(self) -> list[str]:
        stored = {one.month for one in self.known}
        return sorted(
            month for month in {*stored, *(self.told or {}), *(self.window or ())} if self._is_asked(month)
        )

    # what changed without being listed anew

    def _look_again(self) -> None:
        """Workouts in progress that no page showed just now."""
        writer = self._new_writer(SINGLE)
        with writer:
            for one in self.known:
                age_s, unseen_s = now().timestamp() - one.start_s, now().timestamp() - one.seen_s
                is_due = unseen_s > max(SHORTEST_LOOK_S, LOOK_AGAIN_AFTER_SHARE * age_s)
                if one.status != "IN_PROGRESS" or one.is_removed or one.workout_id in self.seen or not is_due:
                    continue
                if not self._is_asked(one.month):
                    continue
                self.result.counts.minimum_requests += 1
                try:
                    writer.write(self.work.client.workout(one.workout_id), one.workout_id)
                    self.work.state.clear_failures(SOURCE, SINGLE, [one.workout_id], self.member.account)
                except NotServed as error:
                    self._note_failure(SINGLE, one.workout_id, error)
        if writer.lines:
            merge_pending(self.work.lake, self.work.landing, self.work.state)
            self._look_at_stored()

    def _notice_removals(self) -> None:
        """Mark what is gone: all pages of its month were read just now, and hold as many as the provider counts."""
        told, have = self.told or {}, self._have()
        gone: list[str] = []
        for month in self._open_months():
            here = {item for item, place in self.places.items() if place == month}
            if have[month] > told.get(month, 0) == len(here & self.seen):
                gone += sorted(here - self.seen)
        alive = len(self.places)
        if not gone or (
            len(gone) > max(ALWAYS_BELIEVED, MOST_REMOVED_SHARE * alive) and not self.accept_removals
        ):
            return
        moment = now()
        record = Record("paceline:workout-removals", moment, json.dumps({"workout_ids": gone}))
        with self._new_writer(REMOVALS) as writer:
            writer.write(record, self.member.user_id)
        merge_pending(self.work.lake, self.work.landing, self.work.state)
        self.result.removed = len(gone)
        self._look_at_stored()

    # what is told of it

    def _record(self, months: Sequence[str]) -> None:
        found = [self._coverage(month) for month in months]
        news = [each for each in found if self.before.get(each.month) != (each.state, each.rows)]
        self.work.state.record_coverage(SOURCE, found, self.work.run_id, now(), self.member.account)
        for each in reversed(news):
            self.before[each.month] = (each.state, each.rows)
            self.on_month(MonthReport(each.month, each.rows or 0, {"account": self.member.account}))

    def _coverage(self, month: str) -> Coverage:
        if self.told is not None:
            return coverage_of(month, self.known, self.told, self.places)
        rows = sum(one.month == month and not one.is_removed for one in self.known)
        whole = self.result.total == sum(not one.is_removed for one in self.known)
        reason = None if whole else "the provider told no counts per month"
        return Coverage(RESOURCE, month, "complete" if whole else "unknown", reason, rows=rows)

    def _record_stop(self, error: BaseException) -> None:
        open_months = self._open_months() if self.told else []
        reason = reason_of(error)
        missing = [Coverage(RESOURCE, month, "incomplete", reason) for month in open_months]
        self.work.state.record_coverage(SOURCE, missing, self.work.run_id, now(), self.member.account)

    def _coverage_before(self) -> dict[str, tuple[str, int | None]]:
        rows = self.work.state.rows(
            "SELECT month, state, rows FROM coverage WHERE source = ? AND resource = ? AND account = ?",
            SOURCE, RESOURCE, self.member.account,
        )  # fmt: skip
        return {row["month"]: (row["state"], row["rows"]) for row in rows}

    def _note_failure(self, resource: str, item: str, error: Exception) -> None:
        self.work.state.record_failure(
            SOURCE, resource, item, error, now(), timedelta(0), self.member.account
        )

    def _new_writer(self, resource: str) -> SegmentWriter:
        return self.work.landing.writer(SOURCE, resource, now().strftime("%Y-%m-%d"))
