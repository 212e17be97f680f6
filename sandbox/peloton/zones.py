"""Clocks of the members' devices: what a time zone's name means at a moment.

The surprising thing is the sign of the POSIX names: `Etc/GMT+5` is five hours *behind* UTC. A name that nobody
knows is part of the game; it answers None here.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@cache
def zone_of(name: str | None) -> tzinfo | None:
    """The zone of that name; None where there is none."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def offset_s(name: str | None, time_s: int) -> int | None:
    """Seconds that clocks there are ahead of UTC at a moment; None where the name is unknown."""
    zone = zone_of(name)
    if zone is None:
        return None
    ahead = datetime.fromtimestamp(time_s, zone).utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else None


def clock_text(time_s: int, *names: str | None) -> str:
    """`2024-03-05 07:12 (EST)` in the first zone that is known, else in UTC."""
    zone = next((found for found in map(zone_of, names) if found is not None), UTC)
    return datetime.fromtimestamp(time_s, zone).strftime("%Y-%m-%d %H:%M (%Z)")


def month_of(time_s: int) -> str:
    """`2024-03`, as a clock in UTC says it."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m")
