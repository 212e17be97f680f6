"""The limits of an application: a read bucket and an overall one, each for a quarter hour and for a day.

The windows are those of the clock: they begin at multiples of their length since 1970, so that the quarter
hour starts at :00, :15, :30, :45 and the day at midnight UTC, whoever asked first. The surprising thing is
that a refused request counts as spent, for both windows of both buckets.
Not thread-safe: the caller holds a lock.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

UNLIMITED = 1_000_000
BUCKETS = ("read", "overall")

LIMIT_SETTINGS: dict[str, Any] = {
    "strava_read_per_window": 100,
    "strava_read_per_day": 1_000,
    "strava_overall_per_window": 200,
    "strava_overall_per_day": 2_000,
    "strava_window_seconds": 900,
    "strava_day_seconds": 86_400,
    "strava_429_headers": True,
    "strava_header_changes": {},  # name of a header of the limit: another value, or None to leave it out
}


@dataclass(slots=True)
class Window:
    """How much was spent in the window that is open now."""

    number: int = -1
    used: int = 0

    def turn(self, now_s: float, length_s: float) -> None:
        """Begin anew when the clock is in another window."""
        number = int(now_s // length_s)
        if number != self.number:
            self.number, self.used = number, 0


class ApplicationLimit:
    """Reads its limits from the settings at each request."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._windows = {bucket: (Window(), Window()) for bucket in BUCKETS}
        self._ahead_s = 0.0  # of the provider's clock before ours
        self.refused_by: str | None = None
        """The bucket that the latest refusal was about."""

    def admit(self, now_s: float) -> bool:
        """Count a read that arrives now; False when it is one too many for a window."""
        self._ahead_s = now_s - time.time()
        self._turn(now_s)
        self._count(1)
        over = [bucket for bucket in BUCKETS if self._is_over(bucket)]
        self.refused_by = over[0] if over else None
        return not over

    def spend(self, reads: int) -> None:
        """Another client of the same application asked so often just now, by the clock of the latest request."""
        self._turn(time.time() + self._ahead_s)
        self._count(reads)

    def reset(self) -> None:
        for bucket in BUCKETS:
            for window in self._windows[bucket]:
                window.used = 0

    def headers(self) -> dict[str, str]:
        """As they stand on the wire: one of them with other capitals than its sister."""
        headers = {
            "X-RateLimit-Limit": self._told("overall"),
            "X-RateLimit-Usage": self._used("overall"),
            "X-ReadRateLimit-Limit": self._told("read"),
            "X-Readratelimit-Usage": self._used("read"),
        }
        changed = headers | dict(self._settings["strava_header_changes"])
        return {name: str(value) for name, value in changed.items() if value is not None}

    def usage(self) -> dict[str, list[int]]:
        return {bucket: [window.used for window in self._windows[bucket]] for bucket in BUCKETS}

    def _turn(self, now_s: float) -> None:
        lengths = (
            float(self._settings["strava_window_seconds"]),
            float(self._settings["strava_day_seconds"]),
        )
        for bucket in BUCKETS:
            for window, length_s in zip(self._windows[bucket], lengths, strict=True):
                window.turn(now_s, length_s)

    def _count(self, reads: int) -> None:
        for bucket in BUCKETS:
            for window in self._windows[bucket]:
                window.used += reads

    def _limits(self, bucket: str) -> tuple[int, int]:
        return (
            int(self._settings[f"strava_{bucket}_per_window"]),
            int(self._settings[f"strava_{bucket}_per_day"]),
        )

    def _is_over(self, bucket: str) -> bool:
        limits = self._limits(bucket)
        return any(0 < limit < w.used for limit, w in zip(limits, self._windows[bucket], strict=True))

    def _told(self, bucket: str) -> str:
        return ",".join(str(limit if limit > 0 else UNLIMITED) for limit in self._limits(bucket))

    def _used(self, bucket: str) -> str:
        return ",".join(str(window.used) for window in self._windows[bucket])
