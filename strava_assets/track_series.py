"""Points of a track file, gathered into series with the API's names: equally long, null where a point lacks a value."""

from __future__ import annotations

import math
from typing import Any

from resources.body import Unreadable

MOST_POINTS = 500_000  # six days at 1 Hz; about 200 MB of Python at worst
MOST_DEGREES = {"lat": 90.0, "lng": 180.0}
Value = float | int | list[float] | None


class Series:
    """Series that grow point by point. A series begins to exist with its first value."""

    def __init__(self) -> None:
        self.length = 0
        self._columns: dict[str, list[Value]] = {}

    def add(self, point: dict[str, Value]) -> None:
        """One more point. Series that it does not name get a null."""
        if self.length == MOST_POINTS:
            raise Unreadable(f"more than {MOST_POINTS:,} points")
        for name, value in point.items():
            if name not in self._columns and value is not None:
                self._columns[name] = [None] * self.length
        for name, column in self._columns.items():
            column.append(point.get(name))
        self.length += 1

    def finished(self) -> dict[str, list[Any]]:
        """The series. Times (seconds, of whatever clock) become seconds since the first of them."""
        if times := self._columns.get("time"):
            start: Any = next(time for time in times if time is not None)
            self._columns["time"] = [None if time is None else _rounded(time - start) for time in times]
        return self._columns


def _rounded(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else round(seconds, 3)


def latlng(lat: float | None, lng: float | None) -> Value:
    """A position, or None when it is nowhere on earth."""
    if lat is None or lng is None or abs(lat) > MOST_DEGREES["lat"] or abs(lng) > MOST_DEGREES["lng"]:
        return None
    return [lat, lng]


def number(value: object) -> float | int | None:
    """A finite number, from a number or its text."""
    if isinstance(value, str):
        try:
            value = int(value) if value.isdecimal() and len(value) < 10 else float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value
