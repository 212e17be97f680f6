"""What is known of the windows of one application, as a page of a shared book: pure, with the clock passed in.

Calls under way when a window ends count in the next one as well: nobody knows when they arrive. They are not added to
what an answer tells: it may know of them, and a limit would never be used up. Surprising: windows are the provider's,
so they are cut by its clock, not by ours: the difference is learnt from `Date`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

LONGEST_SKEW_S = 2 * 86_400.0
LONGEST_CALL_S = 120.0  # connecting, waiting and reading; an older call died with its process
SKEW_LASTS_S = 900.0


@dataclass(frozen=True)
class Window:
    """A limit of ours: at most `ceiling` calls of a bucket in each full `period_s` of the provider's clock."""

    bucket: str
    period_s: int
    ceiling: int


@dataclass(frozen=True)
class Told:
    """What an answer says of one window: calls that count by now, and how many may."""

    bucket: str
    period_s: int
    used: int
    allowed: int


@dataclass(frozen=True)
class Spent:
    """State of one window, for people."""

    window: Window
    used: int
    allowed: int
    resets_in_s: float


@dataclass(frozen=True)
class Moment:
    """The time where the book is kept: by its wall clock, and by one that nobody sets."""

    wall_s: float
    steady_s: float


@dataclass
class Count:
    """One window as it was last seen. `allowed` is None while no answer told."""

    began: int
    used: int
    allowed: int | None = None


@dataclass
class Page:
    """All that is known of one application."""

    counts: dict[str, Count] = field(default_factory=dict)
    under_way: dict[str, float] = field(default_factory=dict)
    ahead_s: float | None = None  # how far the provider's clock is ahead of the book's
    learnt: float = 0.0

    @classmethod
    def read(cls, text: str | None) -> Page:
        """The page of a text, an empty one when there is none."""
        told = json.loads(text) if text else {}
        counts = {key: Count(**count) for key, count in told.pop("counts", {}).items()}
        return cls(counts=counts, **told)

    def text(self) -> str:
        return json.dumps(asdict(self))


class OpenPage:
    """A page at one moment, while nobody else may change it."""

    def __init__(self, page: Page, moment: Moment) -> None:
        self.page = page
        self.moment = moment

    @property
    def now(self) -> float:
        """What the provider's clock says."""
        return self.moment.wall_s + (self.page.ahead_s or 0.0)

    def spent(self, windows: Sequence[Window]) -> list[Spent]:
        """Every window, begun anew where its time has come."""
        return [self._spent(window) for window in windows]

    def take(self, caller: str) -> None:
        """One call of every window goes out."""
        for count in self.page.counts.values():
            count.used += 1
        self.page.under_way = {**self._alive(), caller: self.moment.steady_s}

    def answered(
        self, caller: str, windows: Sequence[Window], told: Sequence[Told], server_time: float | None
    ) -> None:
        """A call came back."""
        server_time = self._sensible(server_time)
        if server_time is not None:
            self._learn(server_time - self.moment.wall_s)
        self.spent(windows)  # before the call is forgotten: it may count in the window that begins now
        self.page.under_way.pop(caller, None)
        for one in told:
            if count := self._count_of(one.bucket, one.period_s, server_time):
                count.used, count.allowed = max(count.used, one.used), one.allowed

    def fill(
        self, windows: Sequence[Window], bucket: str | None, period_s: int, server_time: float | None
    ) -> float:
        """These windows are full, by the provider's word; seconds to their end, 0 when they have ended since."""
        server_time = self._sensible(server_time)
        for one in self.spent(windows):
            is_meant = one.window.period_s == period_s and bucket in (None, one.window.bucket)
            if is_meant and (count := self._count_of(one.window.bucket, period_s, server_time)):
                count.used = max(count.used, one.allowed)
        is_over = server_time is not None and server_time // period_s < self.now // period_s
        return 0.0 if is_over else period_s - self.now % period_s

    def _spent(self, window: Window) -> Spent:
        now = self.now
        began = int(now // window.period_s) * window.period_s
        count = self.page.counts.setdefault(_key(window.bucket, window.period_s), Count(began, 0))
        if began > count.began or count.began - now > LONGEST_CALL_S:  # a little back is a slow answer
            count.began, count.used = began, len(self._alive())
        allowed = window.ceiling if count.allowed is None else min(window.ceiling, count.allowed)
        return Spent(window, count.used, allowed, count.began + window.period_s - now)

    def _count_of(self, bucket: str, period_s: int, server_time: float | None) -> Count | None:
        """The window that an answer of this time speaks of; None when it is another one by now."""
        count = self.page.counts.get(_key(bucket, period_s))
        if count and server_time is not None and int(server_time // period_s) * period_s != count.began:
            return None
        return count

    def _alive(self) -> dict[str, float]:
        now = self.moment.steady_s
        return {
            who: since for who, since in self.page.under_way.items() if 0 <= now - since <= LONGEST_CALL_S
        }

    def _learn(self, ahead_s: float) -> None:
        """How far the provider's clock is ahead. It tells whole seconds, and late, so the most it told is right."""
        page, steady_s = self.page, self.moment.steady_s
        is_new = page.ahead_s is None or abs(page.ahead_s - ahead_s) > LONGEST_CALL_S  # a clock was set
        if is_new or ahead_s > (page.ahead_s or 0.0) or not 0 <= steady_s - page.learnt < SKEW_LASTS_S:
            page.ahead_s, page.learnt = ahead_s, steady_s
        if is_new:  # windows of the future were cut by a wrong clock
            for count in page.counts.values():
                count.began = -1 if count.began > self.now else count.began

    def _sensible(self, moment: float | None) -> float | None:
        """A moment near enough to ours to be true."""
        return moment if moment is not None and abs(moment - self.moment.wall_s) <= LONGEST_SKEW_S else None


def _key(bucket: str, period_s: int) -> str:
    return f"{bucket} {period_s}"
