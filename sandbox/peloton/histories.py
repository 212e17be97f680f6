"""All workouts of one member: when they were, of which classes, and how they change while being read.

A history is made at the first question about it: thousands of workouts cost nothing where nobody asks.
Density grows towards the last day. Order is by creation, which is not quite the order in which they began.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from sandbox.peloton.classes import PelotonClass
from sandbox.peloton.library import FIRST_MONTH, Library
from sandbox.peloton.members import Member
from sandbox.peloton.workouts import IN_PROGRESS, Workout, make_workout, oddities_of
from sandbox.peloton.zones import month_of

DAY_S = 86_400
GROWTH = 2.0  # the last day has (1 + GROWTH) times the workouts of the first
EDGE = "month_edge"
EDGE_S = 8 * 3600  # how near to a month's end those at its edge are
FIRST_HOUR, LAST_HOUR = 5, 21
ADDED_EVERY_S = 3_600
NEWEST_RUNS_FROM = 5  # histories shorter than that end with a finished workout
ABANDONED_FROM = 20
DONE_SO_FAR = 0.4
POOLS = {"unlisted_class": "unlisted", "details_gone": "details_gone"}  # workout oddity: class oddity


class History:
    """Not thread-safe: the caller holds a lock."""

    def __init__(self, library: Library, member: Member, count: int, until: date) -> None:
        self.library = library
        self.member = member
        self.count_at_start = count
        self._first_s = int(datetime(*FIRST_MONTH.timetuple()[:3], tzinfo=UTC).timestamp())
        self._end_s = int(datetime(*(until + timedelta(days=1)).timetuple()[:3], tzinfo=UTC).timestamp())
        self._class_count = len(library.by_id)  # classes published later change no history
        self._made = count
        self._newest_first: list[Workout] | None = None
        self._by_session: dict[str, Workout] | None = None
        self._summaries: dict[str, dict[str, int]] = {}
        self.zone_totals: dict[str, int] | None = None  # kept here because it dies with every change

    # -------------------------------------------------------------- looking

    @cached_property
    def by_id(self) -> dict[str, Workout]:
        return {workout.id: workout for workout in self._made_up()}

    def __len__(self) -> int:
        """How many workouts there are; known before any is made."""
        return len(self.by_id) if "by_id" in vars(self) else self.count_at_start

    def newest_first(self) -> list[Workout]:
        if self._newest_first is None:
            self._newest_first = sorted(
                self.by_id.values(), key=lambda workout: (workout.created_at, workout.id), reverse=True
            )
        return self._newest_first

    @property
    def by_session(self) -> dict[str, Workout]:
        if self._by_session is None:
            self._by_session = {w.peloton_id: w for w in self.by_id.values() if w.peloton_id is not None}
        return self._by_session

    def summary(self, counted_by: str) -> dict[str, int]:
        """Month to count over all workouts, newest month first."""
        if counted_by not in self._summaries:
            measure, _, moment = counted_by.partition("_")
            if measure not in ("local", "utc") or moment not in ("created", "start"):
                raise ValueError("summary_month is local_created, utc_created, local_start or utc_start")
            months = Counter(
                month_of(
                    (workout.created_at if moment == "created" else workout.start_time)
                    + (workout.clock_offset_s if measure == "local" else 0)
                )
                for workout in self.newest_first()
            )
            self._summaries[counted_by] = dict(sorted(months.items(), reverse=True))
        return self._summaries[counted_by]

    # -------------------------------------------------------------- changing

    def add(self, count: int, at_s: int | None, status: str | None, fields: dict[str, Any]) -> list[Workout]:
        """New workouts an hour apart, after the newest or from `at_s` on; `fields` may name a `ride_id`."""
        rows = self.newest_first()
        start_s = at_s if at_s is not None else (rows[0].created_at if rows else self._end_s) + ADDED_EVERY_S
        fields = dict(fields)
        chosen: PelotonClass | None = None
        if (ride_id := fields.pop("ride_id", None)) is not None:
            if ride_id not in self.library.by_id:
                raise ValueError(f"no such class: {ride_id!r}")
            chosen = self.library.by_id[ride_id]
        new = []
        for position in range(count):
            created_at = start_s + position * ADDED_EVERY_S
            workout = self._workout(self._made, created_at, frozenset(), chosen)
            self._made += 1
            workout.edit(({"status": status} if status else {}) | fields)
            self.by_id[workout.id] = workout
            new.append(workout)
        self.changed()
        return new

    def delete(self, id_: str) -> None:
        del self.by_id[id_]
        self.changed()

    def changed(self) -> None:
        self._newest_first = self._by_session = self.zone_totals = None
        self._summaries.clear()

    # -------------------------------------------------------------- making

    def _made_up(self) -> list[Workout]:
        count = self.count_at_start
        workouts: list[Workout] = []
        for number, (created_at, is_at_edge) in enumerate(self._times()):
            oddities = oddities_of(number) - {EDGE} | ({EDGE} if is_at_edge else set())
            workout = self._workout(number, created_at, oddities)
            if "late_upload" in oddities and workouts:
                workout.start_time = workouts[-1].start_time - 600 - number % 5 * 1_800
            workouts.append(workout)
        if count >= NEWEST_RUNS_FROM:
            _leave_running(workouts[-1])
        if count >= ABANDONED_FROM:
            _leave_running(workouts[count // 3])
        return workouts

    def _workout(
        self, number: int, created_at: int, oddities: frozenset[str], chosen: PelotonClass | None = None
    ) -> Workout:
        cls = chosen or self._class_for(number, created_at, oddities)
        return make_workout(self.library.seeds, self.member, number, created_at, cls, oddities)

    def _class_for(self, number: int, created_at: int, oddities: frozenset[str]) -> PelotonClass | None:
        if "just_ride" in oddities or not self._class_count:
            return None
        pools = self._pools.items()
        pool = next((pool for name, pool in pools if name in oddities and pool), self._classes)
        starts = self._starts if pool is self._classes else [cls.scheduled_start_s for cls in pool]
        choices = max(1, bisect(starts, created_at))
        draw = self.library.seeds.random("workout-class", f"{self.member.number}/{number}").random()
        return pool[int(draw * choices)]

    @cached_property
    def _classes(self) -> list[PelotonClass]:
        """Those of the first day of the sandbox, oldest first."""
        classes = list(self.library.by_id.values())[: self._class_count]
        return sorted(classes, key=lambda cls: (cls.scheduled_start_s, cls.number))

    @cached_property
    def _starts(self) -> list[int]:
        return [cls.scheduled_start_s for cls in self._classes]

    @cached_property
    def _pools(self) -> dict[str, list[PelotonClass]]:
        pools = {
            name: [cls for cls in self._classes if wanted in cls.oddities] for name, wanted in POOLS.items()
        }
        return pools | {"scenic": [cls for cls in self._classes if cls.kind.is_scenic]}

    def _times(self) -> list[tuple[int, bool]]:
        """When the workouts were created, oldest first, no two in one second; and whether at a month's edge."""
        count, span_s = self.count_at_start, self._end_s - self._first_s
        rng = self.library.seeds.random("workout-times", self.member.number)
        hours_west = -6 if self.member.home_posix_zone.startswith("Etc/GMT+") else 2
        times: list[tuple[int, bool]] = []
        for number in range(count):
            share = (number + rng.random()) / count
            # the part of the time after which this share of the workouts has passed
            passed = (math.sqrt(1 + share * GROWTH * (2 + GROWTH)) - 1) / GROWTH
            day_s = int(span_s * passed) // DAY_S * DAY_S
            hour_s = rng.randint(FIRST_HOUR * 3600, LAST_HOUR * 3600) - hours_west * 3600
            time_s = min(self._first_s + day_s + hour_s, self._end_s - 4 * 3600 - rng.randint(0, 3600))
            is_at_edge = EDGE in oddities_of(number)
            if is_at_edge:
                time_s = _month_edge(time_s) + rng.randint(-EDGE_S, EDGE_S)
            times.append((time_s, is_at_edge))
        times.sort()
        for position in range(1, count):
            time_s, is_at_edge = times[position]
            times[position] = (max(time_s, times[position - 1][0] + 1), is_at_edge)
        return times


def find_workout(histories: Iterable[History], id_: str) -> Workout | None:
    """The workout of that id, whoever did it."""
    return next((history.by_id[id_] for history in histories if id_ in history.by_id), None)


def _leave_running(workout: Workout) -> None:
    workout.status = IN_PROGRESS
    workout.done_s = max(1, int(workout.length_s * DONE_SO_FAR))


def _month_edge(time_s: int) -> int:
    """The beginning of the month that the time is in."""
    moment = datetime.fromtimestamp(time_s, UTC)
    return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp())
