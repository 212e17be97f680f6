"""Which workouts the provider counts to which month, and what that proves.

Each page of a member's list carries the number of workouts of every month, so one request proves all months in
which nothing is missing. Nobody documents what a month is there: of the creation or the start, in UTC or in the
zone of the device. So the reading is taken under which most months agree; workouts near the turn of a month, which
lie in another month of ours (UTC of the start), are told one by one as differences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from resources.state import Coverage, Difference

RESOURCE = "workouts"
Told = Mapping[str, int]


@dataclass(frozen=True)
class Known:
    """A stored workout, as far as the counts need it. Times are Unix seconds."""

    workout_id: str
    month: str  # the UTC month of the start, where it is stored
    created_s: float | None
    start_s: float
    zone: str
    status: str
    seen_s: float
    is_removed: bool = False


# Readings of "month", the likeliest first.
READINGS = (("created", True), ("created", False), ("start", True), ("start", False))
Reading = tuple[str, bool]
FURTHEST_ZONE_S = 14 * 3600
Places = Mapping[str, str]  # workout to the month to which the provider counts it


def places_of(known: Iterable[Known], told: Told) -> Places:
    """The month to which the provider counts each workout that is not removed.

    The reading under which most months agree; a workout that would make another month agree under another reading,
    or whose zone nobody knows, is counted there.
    """
    every = [one for one in known if not one.is_removed]
    months = {one.workout_id: _months(one) for one in every}

    def surplus(places: Places) -> Counter[str]:
        found = Counter(places.values())
        found.subtract(told)
        return found

    readings = [{item: found[place] for item, found in months.items()} for place in range(len(READINGS))]
    best = min(readings, key=lambda places: sum(map(abs, surplus(places).values())))
    over = surplus(best)
    for item, here in best.items():
        other = next((month for month in months[item] if over[month] < 0 < over[here]), None)
        if other:
            best[item] = other
            over.update({here: -1, other: 1})
    return best


def _months(one: Known) -> list[str]:
    """The months in which a workout is under the four readings; more where the zone is unknown."""
    zone = _zone(one.zone)
    moments = {"created": one.start_s if one.created_s is None else one.created_s, "start": one.start_s}
    found = [_month(moments[name], (zone or UTC) if is_local else UTC) for name, is_local in READINGS]
    if zone is None:
        found += [_month(one.start_s + shift, UTC) for shift in (-FURTHEST_ZONE_S, FURTHEST_ZONE_S)]
    return found


def _month(seconds: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m")


@cache
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such zone, or no name of one
        return None


def told_of(summary: object, total: int) -> Told | None:
    """The provider's counts per month; None when they cannot be believed."""
    if not isinstance(summary, dict):
        return None
    counts = {
        month: count
        for month, count in summary.items()
        if _is_month(month) and type(count) is int and count >= 0
    }
    return counts if len(counts) == len(summary) and sum(counts.values()) == total else None


def _is_month(text: object) -> bool:
    try:
        return isinstance(text, str) and len(text) == 7 and bool(datetime.strptime(text, "%Y-%m"))
    except ValueError:
        return False


def coverage_of(month: str, known: Iterable[Known], told: Told, places: Places) -> Coverage:
    """Complete when as many are stored as the provider counts; rows that lie elsewhere are differences."""
    every = [one for one in known if not one.is_removed]
    here = {one.workout_id: places[one.workout_id] for one in every if one.month == month}
    told_here = {one.workout_id: one.month for one in every if places[one.workout_id] == month}
    expected, missing = told.get(month, 0), told.get(month, 0) - len(told_here)
    reason = None
    if missing > 0:
        reason = f"{missing} of {expected} workouts that the provider counts were not on its list; sync again"
    elif missing < 0:
        reason = f"{-missing} workouts more are stored than the provider counts; sync again"
    elsewhere = [
        *(Difference(item, f"counted_in_{other}", 1) for item, other in here.items() if other != month),
        *(Difference(item, f"stored_in_{other}", -1) for item, other in told_here.items() if other != month),
    ]
    return Coverage(
        RESOURCE, month, "incomplete" if missing else "complete", reason,
        rows=len(here), provider_count=expected, differences=tuple(elsewhere),
    )  # fmt: skip


def pages_of(
    months: Iterable[str], told: Told, have: Mapping[str, int], rows_a_page: int, whole: bool, margin: int = 0
) -> list[int]:
    """Pages of the list, newest first, that hold what is missing of these months.

    Unless `whole`, the newest rows of a month that is stored in part are taken for those that are stored: so it is
    after a stop.
    """
    wanted, pages, first = {*months}, set(), 0
    for month in sorted(told, reverse=True):
        count = told[month]
        if month in wanted and count:
            begin = first + (0 if whole or have.get(month, 0) >= count else have.get(month, 0))
            pages |= {*range(begin // rows_a_page - margin, (first + count - 1) // rows_a_page + 1 + margin)}
        first += count
    return sorted(page for page in pages if 0 <= page * rows_a_page < max(first, 1))
