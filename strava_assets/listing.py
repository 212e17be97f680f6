"""Lists an athlete's activities, newest first, and lands those that are new or changed.

Nothing tells what was edited, and late uploads appear anywhere in the past (Strava facts, 5): each run looks back two
weeks, a full listing compares everything. Surprising: pages are asked for by the start of the oldest activity seen and
not by number, since numbers shift when something is uploaded meanwhile; the end is a page that brings nothing new.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from resources.http import Answer
from resources.state import Coverage, SyncCounts
from resources.workspace import MonthReport, OnMonth, Progress, now
from strava_assets.athletes import Athlete
from strava_assets.workspace import Workspace

LOOK_BACK = timedelta(days=14)
# Moved by others, and by the provider, at any time; a kudo is no edit.
VOLATILE = (
    "kudos_count", "comment_count", "athlete_count", "photo_count", "total_photo_count", "achievement_count",
    "pr_count", "has_kudoed", "resource_state", "suffer_score",
)  # fmt: skip
MOST_PAGES = 500
NOTHING = datetime.fromtimestamp(0, UTC)  # before any activity
A_SECOND = timedelta(seconds=1)


@dataclass
class Listed:
    """What a walk saw. `to_the_end` only when nothing older is left; `ids` are all that were seen."""

    counts: SyncCounts = field(default_factory=SyncCounts)
    pages: int = 0
    to_the_end: bool = False
    reached: bool = False  # the window that was asked for
    ids: set[str] = field(default_factory=set)
    unplaced: int = 0


def sync_activities(
    work: Workspace,
    athlete: Athlete,
    on_month: OnMonth,
    *,
    full: bool = False,
    months: tuple[str, ...] = (),
    max_pages: int | None = None,
    result: Listed | None = None,
) -> Listed:
    """Walk the list: two weeks back from the newest that is known, all of it (`full`), or some months.

    A walk that may read only so many pages goes on next time where it ended. Who passes `result` has it when this
    raises.
    """
    result = result or Listed(SyncCounts())
    known = known_activities(work, athlete.athlete_id)
    walk = _Walk(work, athlete, result, known, max_pages)
    sent = work.client.requests_made
    try:
        if months:
            result.reached = walk.of_months(_start(months[0]), _start(_after(months[-1])))
        else:
            newest = min(walk.newest(), now())  # a device's clock may have been ahead
            since = None if full or not known else newest - LOOK_BACK
            result.reached = walk.down(None, since)
            result.to_the_end = result.reached and since is None
            if result.reached and since is not None and (resume := walk.unread()):
                result.reached = result.to_the_end = walk.down(resume, None)
    finally:
        result.counts.requests += work.client.requests_made - sent
        result.counts.minimum_requests += result.pages
    _record(work, athlete, result, months, on_month)
    return result


class _Walk:
    """One way down the list.

    What is not read is remembered before anything newer is stored: the next run looks back from the newest that is
    stored, and would never come to what lies below a walk that was stopped.
    """

    def __init__(
        self,
        work: Workspace,
        athlete: Athlete,
        result: Listed,
        known: dict[str, tuple[datetime, str]],
        max_pages: int | None,
    ) -> None:
        self.work, self.athlete, self.result, self.known = work, athlete, result, known
        self.most_pages = MOST_PAGES if max_pages is None else max_pages
        self.mark = f"strava {athlete.athlete_id} listed back to"
        self.changed: dict[str, tuple[Answer, str]] = {}

    def newest(self) -> datetime:
        """Start of the newest activity that is known."""
        return max((moment for moment, _ in self.known.values()), default=NOTHING)

    def unread(self) -> datetime | None:
        """Everything that starts before this moment may never have been read; None where all was."""
        moment = self.work.state.mark(self.mark)
        return moment if moment and moment > NOTHING else None

    def of_months(self, begin: datetime, end: datetime) -> bool:
        """Some months alone. What they bring may be newer than the rest, which then counts as not read."""
        if end > self.newest():
            self._mark(max(end, self.unread() or NOTHING))
        return self.down(end, begin)

    def down(self, before: datetime | None, since: datetime | None) -> bool:
        """From a moment (or the newest) to `since` (or the end); False when pages ran out."""
        left = NOTHING if since is None else self.unread() or NOTHING
        place = before
        while self.result.pages < self.most_pages:
            answer = self.work.client.activities(None if place is None else int(place.timestamp()))
            self.result.pages += 1
            self.work.on_progress(Progress("activities", len(self.result.ids), None, "activities"))
            starts = self._take(answer)
            # Those that start in the same second come again; a page of nothing else is the end.
            below = min(starts) + A_SECOND if starts else NOTHING
            is_end = not starts or (place is not None and below >= place)
            if is_end or (since is not None and below <= since):
                self._store()
                self._mark(left)
                return True
            if place is None:
                self._mark(max(left, max(starts) + A_SECOND))
            self._store()
            place = below
            self._mark(max(left, place))
        return False

    def _mark(self, moment: datetime) -> None:
        self.work.state.set_mark(self.mark, moment)

    def _take(self, answer: Answer) -> list[datetime]:
        """Note new and changed rows of a page; give the starts of all."""
        starts = []
        for row in answer.payload:
            activity_id, start = (
                (str(row.get("id") or ""), moment_of(row)) if isinstance(row, dict) else ("", None)
            )
            if not activity_id.isdecimal() or start is None:
                self.result.unplaced += 1
                self.result.counts.errors += 1
                continue
            starts.append(start)
            if activity_id in self.result.ids:
                continue
            self.result.ids.add(activity_id)
            self.result.counts.fetched += 1
            self._compare(answer, activity_id, start, row)
        return starts

    def _compare(self, answer: Answer, activity_id: str, start: datetime, row: dict[str, Any]) -> None:
        before = self.known.get(activity_id)
        if before is None:
            self.result.counts.created += 1
        elif before[1] != content_of(row):
            self.result.counts.updated += 1
        else:
            self.result.counts.skipped += 1
            return
        text = json.dumps(row, ensure_ascii=False)
        one = Answer(answer.url, answer.status, answer.fetched_at, text, row)
        self.changed[activity_id] = (one, f"{start:%Y-%m}")

    def _store(self) -> None:
        """Land what is new or changed of a page, in a file for each month, and merge it."""
        if not self.changed:
            return
        by_month: dict[str, list[tuple[Answer, str]]] = {}
        for activity_id, (answer, month) in self.changed.items():
            by_month.setdefault(month, []).append((answer, activity_id))
        for month, answers in by_month.items():
            with self.work.landing.writer(self.work.source, "activities", month) as writer:
                writer.write_all(answers)
        self.changed.clear()
        self.work.merge()


def known_activities(work: Workspace, athlete_id: str) -> dict[str, tuple[datetime, str]]:
    """Start and content of every activity of an athlete that the API told of and that is not gone."""
    with work.staged() as staged:
        rows = staged.execute(
            "SELECT activity_id, start_date, entity::VARCHAR FROM known_activities WHERE athlete_id = $1",
            [athlete_id],
        ).fetchall()
    return {
        activity_id: (start, content_of(json.loads(entity))) for activity_id, start, entity in rows if start
    }


def content_of(row: dict[str, Any]) -> str:
    """What makes two sightings of an activity the same, whatever others did to it meanwhile."""
    return json.dumps({name: value for name, value in row.items() if name not in VOLATILE}, sort_keys=True)


def moment_of(row: dict[str, Any]) -> datetime | None:
    """Start of an activity, UTC."""
    try:
        moment = datetime.fromisoformat(str(row.get("start_date")))
    except ValueError:
        return None
    if not 1000 < moment.year < 9000:  # no arithmetic with these
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _record(
    work: Workspace, athlete: Athlete, result: Listed, months: tuple[str, ...], on_month: OnMonth
) -> None:
    """Coverage: of the months that were asked for, of all after a walk to the end, of the last one otherwise."""
    with work.staged() as staged:
        rows = dict(
            staged.execute(
                "SELECT month, count(*) FROM known_activities WHERE athlete_id = $1 GROUP BY ALL",
                [athlete.athlete_id],
            ).fetchall()
        )
    covered: Iterable[str] = months or (sorted(rows) if result.to_the_end else [f"{now():%Y-%m}"])
    odd = f"{result.unplaced} activities have no id or no start" if result.unplaced else None
    reason = odd or (None if result.reached else "the list was not read to the end of the window")
    known = [
        Coverage("activities", month, "incomplete" if reason else "complete", reason, rows=rows.get(month, 0))
        for month in covered
    ]
    work.state.record_coverage(work.source, known, work.run_id, now(), athlete.account)
    for one in known:
        on_month(MonthReport(one.month, one.rows or 0))


def _start(month: str) -> datetime:
    return datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)


def _after(month: str) -> str:
    return f"{_start(month) + timedelta(days=32):%Y-%m}"
