"""What the races command understands and says: licences, zones, moments, lengths and patterns in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from paceline.show import inert
from resources.errors import UsageProblem

LICENSES = {
    0: "none", 1: "Rookie", 2: "D", 3: "C", 4: "B", 5: "A", 6: "Pro", 7: "Pro/WC"
}  # fmt: skip
_LICENSES_TYPED = {
    "none": (0,), "r": (1,), "rookie": (1,), "d": (2,), "c": (3,), "b": (4,), "a": (5,), "pro": (6, 7),
    "pro/wc": (7,), "wc": (7,),
}  # fmt: skip
MOST_SINGLE_STARTS = 8
MOST_CARS = 4
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_UNITS = ((60, "hour"), (1, "minute"))


def license_groups(typed: str) -> tuple[int, ...]:
    """The licence groups that are meant by a letter or a name, such as D, rookie or "class b"."""
    word = typed.strip().lower().removeprefix("class").strip()
    if word not in _LICENSES_TYPED:
        raise UsageProblem(
            f"No licence is called {inert(typed)!r}", "Use one of: R (Rookie), D, C, B, A, Pro, Pro/WC, none."
        )
    return _LICENSES_TYPED[word]


def zone_named(typed: str) -> ZoneInfo:
    """A zone of the tz database."""
    try:
        return ZoneInfo(typed)
    except (KeyError, ValueError, OSError) as error:
        near = get_close_matches(typed, available_timezones(), 3, 0.6)
        advice = f"Did you mean {' or '.join(near)}?" if near else "Use a name such as Europe/Berlin or UTC."
        raise UsageProblem(f"No time zone is called {inert(typed)!r}", advice) from error


def moment(typed: str, zone: tzinfo | None) -> datetime:
    """A moment in UTC; without a zone of its own it is on the clocks of `zone`, or of this machine."""
    try:
        told = datetime.fromisoformat(typed.strip())
        return (told.replace(tzinfo=zone) if told.tzinfo is None else told).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageProblem(
            f"{inert(typed)!r} is not a moment",
            "Use --from with a day and a time, such as 2026-03-01 or 2026-03-01T19:30.",
        ) from error


def clock(at: datetime, zone: tzinfo | None) -> str:
    """A moment on the clocks of `zone`, or of this machine, with the weekday and the zone's short name."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def counted(count: int, noun: str) -> str:
    """A number with its noun: 1 week, 2 weeks."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def length(laps: int | None, minutes: int | None) -> str:
    """How long a race is: by laps, by time, or whichever comes first."""
    said = [f"{laps} laps" if laps else "", f"{minutes} min" if minutes else ""]
    return " or ".join(part for part in said if part)


def track(name: str | None, config: str | None) -> str:
    """A track with its layout."""
    return " - ".join(part for part in (name, config) if part and part != "N/A")


def cars(names: Sequence[str]) -> str:
    """The first few of some names."""
    more = len(names) - MOST_CARS
    return ", ".join(names[:MOST_CARS]) + (f" and {more} more" if more > 0 else "")


def pattern(patterns: Iterable[dict[str, Any]], single_starts: Sequence[datetime]) -> str:
    """When a week's races start, in UTC: "daily every 2 hours from 00:45"."""
    said = [_repeating(each) for each in patterns]
    if len(single_starts) > MOST_SINGLE_STARTS:
        said.append(f"{len(single_starts)} single starts")
    elif single_starts:
        said.append(", ".join(f"{at.astimezone(UTC):%a %H:%M}" for at in single_starts))
    return "; ".join(part for part in said if part)


def _repeating(told: dict[str, Any]) -> str:
    start, first = told["start_date"], told["first_session_time"]
    offsets = sorted({offset for offset in told["day_offsets"] or () if offset is not None})
    if not offsets or start is None or first is None:
        return ""
    minutes = told["repeat_minutes"] or 0
    if minutes <= 0:
        often = f"at {first:%H:%M}"
    else:
        size, unit = next((size, unit) for size, unit in _UNITS if minutes % size == 0)
        count = minutes // size
        often = f"every {f'{count} {unit}s' if count > 1 else unit} from {first:%H:%M}"
    return f"{_days(start, offsets)} {often}{' (super session)' if told['super_session'] else ''}"


def _days(start: date, offsets: Sequence[int]) -> str:
    weekdays = list(dict.fromkeys(WEEKDAYS[(start.weekday() + offset) % 7] for offset in offsets))
    return "daily" if len(weekdays) == 7 else ", ".join(weekdays)
