"""When a number of requests will have been sent, given what the limits allow: pure arithmetic, no clock of its own.

The pace says how close together requests may go, quotas how many fit into a window of the clock, a hold when the
first may go. Surprising: the answer may lie days ahead, because a day's quota is spent in an hour.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LONGEST_S = 10 * 365.25 * 86_400.0  # what takes longer is not foretold
MINUTE_S, DAY_S = 60, 86_400
ENOUGH_ANSWERS, ENOUGH_S = 10, 10.0  # fewer tell no speed


@dataclass(frozen=True)
class Quota:
    """At most `allowed` requests in each window of `period_s`; of the one that is open `left` are left."""

    period_s: float
    allowed: int
    left: int
    resets_in_s: float


@dataclass(frozen=True)
class Allowance:
    """All that a provider's limits allow from now on."""

    per_second: float
    quotas: tuple[Quota, ...] = ()
    held_s: float = 0.0

    def share(self, part: float) -> Allowance:
        """The same for work that takes only a part of the pace."""
        return replace(self, per_second=self.per_second * part)

    def with_quota(self, period_s: float, allowed: int) -> Allowance:
        """The same for work that limits itself to so many requests in a period that begins now."""
        return replace(self, quotas=(*self.quotas, Quota(period_s, allowed, allowed, period_s)))

    def words(self) -> str:
        """What is allowed, as a person says it: the pace, or the windows where there are some."""
        if not self.quotas:
            pace = self.per_second
            return f"{pace:.1f}/s allowed" if pace >= 0.1 else f"{pace * MINUTE_S:.1f}/min allowed"
        told = (f"{one.allowed:,} {_period_words(one.period_s)}" for one in _tightest(self.quotas))
        return f"{', '.join(told)} allowed"


def seconds_needed(requests: int, allowance: Allowance) -> float | None:
    """Seconds until so many requests have been sent, one after the other; None beyond ten years."""
    if requests <= 0:
        return 0.0
    now_s = allowance.held_s
    left = [one.left for one in allowance.quotas]
    ends = [one.resets_in_s for one in allowance.quotas]
    while now_s <= LONGEST_S:
        for number, quota in enumerate(allowance.quotas):
            if now_s >= ends[number]:  # a window or more went by
                ends[number] += quota.period_s * (1 + (now_s - ends[number]) // quota.period_s)
                left[number] = quota.allowed
        full = [end for end, free in zip(ends, left, strict=True) if free <= 0]
        if full:
            now_s = max(full)
            continue
        until_end = (min(ends) - now_s) * allowance.per_second if ends else requests
        sent = min([requests, *left, max(1, math.ceil(until_end))])
        requests -= sent
        left = [free - sent for free in left]
        now_s += sent / allowance.per_second
        if not requests:
            return now_s
    return None


def done_at(requests: int, allowance: Allowance, now: datetime) -> datetime | None:
    """The moment at which they are sent."""
    needed_s = seconds_needed(requests, allowance)
    return None if needed_s is None else now + timedelta(seconds=needed_s)


def outlook(
    requests: int,
    allowance: Allowance,
    now: datetime,
    at_least: bool = False,
    per_second: float | None = None,
) -> str:
    """For example `4,210 requests left, 1.0/s allowed, done about 15:40 (UTC+1)`, in the zone of `now`.

    `per_second` is what was reached so far: where that is slower than what is allowed, the end is told by it.
    """
    if per_second is not None and per_second < allowance.per_second:
        done = done_at(requests, replace(allowance, per_second=per_second), now)
    else:
        done = done_at(requests, allowance, now)
    when = "done in more than ten years" if done is None else f"done about {moment_words(done, now)}"
    return f"{'at least ' if at_least else ''}{requests:,} requests left, {allowance.words()}, {when}"


def moment_words(moment: datetime, now: datetime) -> str:
    """A moment as `15:40 (UTC+1)` in the zone of `now`, with its date on another day."""
    local = moment.astimezone(now.tzinfo)
    offset = local.utcoffset() or timedelta()
    hours, minutes = divmod(round(abs(offset.total_seconds()) / 60), 60)
    zone = f"{'-' if offset < timedelta() else '+'}{hours}{f':{minutes:02}' if minutes else ''}"
    day = "" if local.date() == now.date() else f"{local:%a %Y-%m-%d} "
    return f"{day}{local:%H:%M} (UTC{zone if offset else ''})"


@dataclass
class Speed:
    """How fast answers come while nobody waits for a limit: what the limits allow is not always reached."""

    began_s: float
    waited_s: float = 0.0

    def per_second(self, done: int, now_s: float) -> float | None:
        """Answers a second; None while too few came to tell."""
        busy_s = now_s - self.began_s - self.waited_s
        return done / busy_s if done >= ENOUGH_ANSWERS and busy_s >= ENOUGH_S else None


def _tightest(quotas: Iterable[Quota]) -> list[Quota]:
    """The least of each period, the shortest period first."""
    by_period: dict[float, Quota] = {}
    for one in quotas:
        if one.period_s not in by_period or one.allowed < by_period[one.period_s].allowed:
            by_period[one.period_s] = one
    return [by_period[period] for period in sorted(by_period)]


def _period_words(seconds: float) -> str:
    return "a day" if seconds == DAY_S else f"in {seconds / MINUTE_S:g} min"
