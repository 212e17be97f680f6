"""Strava's limits: calls in quarter hours and days of the clock (UTC), reads and all calls, per application.

Surprising: a refused call counts like any other, and no `Retry-After` says when to come again, so a refusal is never
repeated before its window ends (Strava facts, 4). Default limits are ceilings; the headers may say less, or more.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from resources.outlook import Allowance, Quota
from resources.rate_limit import LimitUsage, RateLimiter
from resources.window_book import Told, Window
from resources.window_ledger import WindowLedger

QUARTER_S, DAY_S = 900, 86_400
HEADERS = {"read": "X-ReadRateLimit", "overall": "X-RateLimit"}
AFTER_BOUNDARY_S = (1.0, 2.0)  # nobody's clock is exact
GENTLE_PER_SECOND = 5.0
_COUNT = re.compile(r"\s*[0-9]{1,9}\s*")


class StravaLimiter(RateLimiter):
    """The pace and the windows of one application, shared by all its athletes and processes."""

    def __init__(
        self,
        application: str,
        ledger: Path,
        reads: tuple[int, int],
        *,
        limiter_url: str = "",
        period_s: int = QUARTER_S,
        reserve_share: float = 0.0,
        max_wait_s: float = 120.0,
        on_wait: Callable[[float, str], None] | None = None,
    ) -> None:
        super().__init__(
            "strava",
            GENTLE_PER_SECOND,
            ledger,
            limiter_url=limiter_url,
            max_wait_s=max_wait_s,
            on_wait=on_wait,
        )
        self.period_s = period_s
        self.reserve_share = reserve_share
        self.windows = WindowLedger(
            limiter_url or ledger,
            f"strava {application}",
            [
                Window("read", period_s, reads[0]),
                Window("read", DAY_S, reads[1]),
                Window("overall", period_s, 2 * reads[0]),
                Window("overall", DAY_S, 2 * reads[1]),
            ],
        )

    def acquire(self) -> float:
        """Block until one call may be sent; LimitReached when its window ends later than `max_wait_s` from now."""
        waited_s = super().acquire()
        while True:
            self.pause(0)
            left_s, window = self.windows.take(self.reserve_share)
            if window is None:
                return waited_s
            left_s += random.uniform(*AFTER_BOUNDARY_S)
            reason = f"Strava's {window.bucket} limit {self._words(window)} is spent"
            if left_s > self.max_wait_s:
                raise self.limit_reached(left_s, reason)
            self._announce(left_s, reason)
            self.pause(left_s)
            waited_s += left_s

    def feedback(self, status: int, headers: Mapping[str, str], at_least_s: float = 0.0) -> float:
        """Take over what the provider counts; a refusal fills the window that it is about."""
        told, server_time = list(self.told(headers)), _server_time(headers)
        self.windows.answered(told, server_time)
        if status != 429:
            return super().feedback(status, headers, at_least_s)
        self._ledger.refused()
        spent_days = [one for one in told if one.period_s == DAY_S and one.used >= one.allowed]
        spent_quarters = [one for one in told if one.period_s == self.period_s and one.used >= one.allowed]
        full = next(iter(spent_days or spent_quarters), None)
        bucket, period_s = (full.bucket, full.period_s) if full else (None, self.period_s)
        return self.windows.fill(bucket, period_s, server_time) + AFTER_BOUNDARY_S[1]

    def told(self, headers: Mapping[str, str]) -> list[Told]:
        """The windows that the headers speak of, as far as they make sense."""
        found = []
        for bucket, name in HEADERS.items():
            limits, usage = _numbers(headers.get(f"{name}-Limit")), _numbers(headers.get(f"{name}-Usage"))
            if len(limits) == len(usage) == 2 and min(limits) > 0:
                for period_s, allowed, used in zip((self.period_s, DAY_S), limits, usage, strict=True):
                    found.append(Told(bucket, period_s, used, allowed))
        return found

    def usage(self) -> list[LimitUsage]:
        """Each window with what is left and when it begins anew, and what the pace tells."""
        now = datetime.now(UTC)
        windows = [
            LimitUsage(
                "strava",
                f"{one.window.bucket}, {self._words(one.window)}",
                one.allowed,
                one.used,
                max(0, one.allowed - one.used),
                now + timedelta(seconds=math.ceil(one.resets_in_s)),
            )
            for one in self.windows.spent()
        ]
        return windows + super().usage()[2:]

    def allowance(self) -> Allowance:
        """The pace and what is left of each window, without what is left to others."""
        quotas = []
        for one in self.windows.spent():
            ours = max(1, int(one.allowed * (1 - self.reserve_share)))
            period_s = one.window.period_s
            quotas.append(Quota(period_s, ours, max(0, ours - one.used), one.resets_in_s))
        return replace(super().allowance(), quotas=tuple(quotas))

    def status(self) -> dict[str, Any]:
        """What is left and for how long, of the tighter of the limits that bind."""
        rows = self.windows.spent()
        tight = {
            period: min(
                (one for one in rows if one.window.period_s == period), key=lambda one: one.allowed - one.used
            )
            for period in (self.period_s, DAY_S)
        }
        names = {self.period_s: "quarter_hour", DAY_S: "day"}
        return {
            names[period]: {
                "allowed": one.allowed,
                "used": one.used,
                "remaining": max(0, one.allowed - one.used),
                "resets_in_s": math.ceil(one.resets_in_s),
            }
            for period, one in tight.items()
        }

    def _words(self, window: Window) -> str:
        return "a day" if window.period_s == DAY_S else f"of {window.period_s // 60} minutes"


def _numbers(text: str | None) -> list[int]:
    """Two counts with a comma between; none where it is something else, such as a bare comma."""
    parts = (text or "").split(",")
    return [int(part) for part in parts] if all(_COUNT.fullmatch(part) for part in parts) else []


def _server_time(headers: Mapping[str, str]) -> float | None:
    try:
        moment = parsedate_to_datetime(headers["Date"])
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
