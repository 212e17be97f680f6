"""iRacing's limit: a number of calls in fixed minutes, told in the headers of each answer (iRacing facts, 3).

Our own even pace stays below it. When somebody else spends from the same account the headers show it, and everybody
waits for the next minute before the provider has to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from resources.rate_limit import RateLimiter

HEADROOM = 4  # calls that may be under way in other processes when the headers say how many are left
CLOCK_SKEW_S = 0.5
LONGEST_WINDOW_S = 120.0  # a window that ends later than two minutes from now comes from a wrong clock
LATEST_S = 2**40  # a larger number is no moment


@dataclass(frozen=True)
class Window:
    """What the headers say: calls allowed in the window, calls left, seconds until the next one."""

    limit: int
    remaining: int
    resets_in_s: float


def window_of(headers: Mapping[str, str], now: datetime) -> Window | None:
    """The window, counted on the server's own clock; None unless all three headers are there and make sense."""
    try:
        limit, remaining, reset = (
            int(headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset")
        )
    except (KeyError, ValueError):
        return None
    resets_in_s = reset - _sent_at(headers, now).timestamp() if 0 <= reset < LATEST_S else -1.0
    if limit <= 0 or not 0 <= resets_in_s <= LONGEST_WINDOW_S:
        return None
    return Window(limit, remaining, resets_in_s + CLOCK_SKEW_S)


def _sent_at(headers: Mapping[str, str], now: datetime) -> datetime:
    try:
        sent_at = parsedate_to_datetime(headers["Date"])
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return now
    return sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)


class IracingLimiter(RateLimiter):
    """The pace of one account's calls; downloads do not count and do not come by here."""

    def feedback(self, status: int, headers: Mapping[str, str], at_least_s: float = 0.0) -> float:
        window = window_of(headers, datetime.now(UTC))
        held_s = 0.0
        if window and window.remaining <= HEADROOM:
            why = f"iRacing's {window.limit} calls a minute are spent"
            held_s = self.hold_for(window.resets_in_s, why)
        if status == 429 and window:
            at_least_s = max(at_least_s, window.resets_in_s)
        return max(held_s, super().feedback(status, headers, at_least_s))
