"""The whole class library: what is listed, in which order, and how it changes while being read.

New classes appear at the top and removed ones close their gap, so a reader who pages meanwhile
sees rows shift: exactly the trap that the service sets.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.peloton.classes import PelotonClass, make_class
from sandbox.peloton.instructors import Faculty
from sandbox.peloton.seeds import Seeds

FIRST_MONTH = date(2019, 1, 1)
SLOT_S = 1_800
GROWTH = 1.0  # the last month gets (1 + GROWTH) times the classes of the first
MIDNIGHT_EVERY_MONTHS = (
    3  # how often a class starts in a month's very first second and airs in the month before
)


class Library:
    """All classes by id. Not thread-safe: the caller holds a lock."""

    def __init__(self, seeds: Seeds, class_count: int, until: date) -> None:
        self.seeds = seeds
        self.faculty = Faculty(seeds)
        self.by_id: dict[str, PelotonClass] = {}
        self.removed_ids: set[str] = set()
        self._selections: dict[tuple[Any, ...], list[PelotonClass]] = {}
        for scheduled_start_s in start_times(seeds, class_count, until):
            self._add(scheduled_start_s)

    def _add(self, scheduled_start_s: int, only: str = "") -> PelotonClass:
        new = make_class(self.seeds, self.faculty, len(self.by_id), scheduled_start_s, only)
        self.by_id[new.id] = new
        return new

    def listed(
        self, key: tuple[Any, ...] = (), wanted: Callable[[PelotonClass], bool] = bool
    ) -> list[PelotonClass]:
        """Listed classes that are wanted, newest first; remembered under `key` until the library changes."""
        if key not in self._selections:
            rows = [c for c in self.by_id.values() if c.listed and c.id not in self.removed_ids and wanted(c)]
            rows.sort(key=lambda c: (c.scheduled_start_s, c.number), reverse=True)
            self._selections[key] = rows
        return self._selections[key]

    def publish(self, count: int, at_s: int | None = None, only: str = "") -> list[PelotonClass]:
        """Add classes at the top: half an hour apart after the newest, or all from `at_s` on."""
        newest = self.listed()
        start = at_s if at_s is not None else (newest[0].scheduled_start_s if newest else 0) + SLOT_S
        self.changed()
        return [self._add(start + position * SLOT_S, only) for position in range(count)]

    def remove(self, ids: list[str]) -> None:
        if unknown := [id_ for id_ in ids if id_ not in self.by_id]:
            raise ValueError(f"no such class: {unknown[:5]}")
        self.removed_ids.update(ids)
        self.changed()

    def restore(self, ids: list[str]) -> None:
        self.removed_ids.difference_update(ids)
        self.changed()

    def changed(self) -> None:
        self._selections.clear()


def start_times(seeds: Seeds, count: int, until: date) -> list[int]:
    """Scheduled starts from the first month to the end of `until`, oldest first, a little more each month."""
    end = until + timedelta(days=1)
    months = _months(end)
    weights = [
        (1 + GROWTH * number / max(1, len(months) - 1)) * (stop - start).days / 30
        for number, (start, stop) in enumerate(months)
    ]
    rng = seeds.random("calendar", until)
    times: list[int] = []
    passed = 0.0
    for number, ((start, stop), weight) in enumerate(zip(months, weights, strict=True)):
        passed += weight
        wanted = round(count * passed / sum(weights)) - len(times)
        first_slot = _unix_s(start) // SLOT_S
        slots = sorted(rng.randrange((stop - start).days * 48) for _ in range(wanted))
        if slots and number % MIDNIGHT_EVERY_MONTHS == 0:
            slots[0] = 0
        times += [(first_slot + slot) * SLOT_S for slot in slots]
    return times


def _months(end: date) -> list[tuple[date, date]]:
    """(first day, day after the last) of each month until `end`; the last one may be cut short."""
    months: list[tuple[date, date]] = []
    start = FIRST_MONTH
    while start < end:
        following = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        months.append((start, min(following, end)))
        start = following
    return months


def _unix_s(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
