"""How fast we may ask: one pace per provider, shared by every process through a small ledger.

Calls are released one by one at nearly even distances, never in bursts, and any second holds no more than is
allowed wherever it begins; a wait that a provider asked for (`hold`) binds every process.
Surprising: the pace is kept on the time since boot, which all processes of a host share and which no change
of the wall clock moves; what must survive a reboot (a hold) is kept in both clocks.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol

from resources.errors import LimitReached, UsageProblem
from resources.limit_ledger import FileLedger, Pace
from resources.outlook import Allowance
from resources.redact import one_line
from resources.shared_limits import shared_ledger

MAX_WAIT_S = 120.0
ANNOUNCE_WAIT_S = 5.0
# A provider's second and ours never begin together and calls arrive some ms early or late: what we allow in
# a second is spread over 2.2 % more than a second, which still reaches 97 % of the limit.
PAD = 0.022
PAD_PER_REFUSAL = 0.01  # this host or the way to the provider is less even than that: be slower for this run
MOST_PAD = 0.1
# Nobody means ten years; a hold is stored for a day at most, then one call asks again.
LONGEST_HOLD_S = 86_400.0
FOREVER_S = 10 * 365.25 * 86_400.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LimitUsage:
    """One line of `paceline status`: what is spent of one limit. None where there is no such figure."""

    name: str
    window: str
    allowed: float | None
    used: int
    left: float | None
    resets_at: datetime | None


class Ledger(Protocol):
    """Where processes agree: the local file, or a server when several hosts share one limit."""

    def take(self, pace: Pace) -> tuple[float, str]:
        """Take one call now: (0, "") when it may go, else (seconds to wait, reason of a hold or "")."""

    def sent(self) -> None: ...

    def hold(self, seconds: float, reason: str) -> None: ...

    def held(self) -> tuple[float, str]: ...

    def refused(self) -> None: ...

    def today(self) -> tuple[int, int]:
        """Calls sent and calls refused since midnight UTC."""


class GaveUp(Exception):
    """A call was not sent, because its run is being stopped. Who stops the run takes it; nobody sees it."""


class RateLimiter:
    """One provider's pace. `acquire()` before every attempt, `feedback()` after every answer."""

    def __init__(
        self,
        name: str,
        per_second: float,
        ledger: Path | None = None,
        *,
        limiter_url: str = "",
        max_wait_s: float = MAX_WAIT_S,
        on_wait: Callable[[float, str], None] | None = None,
    ) -> None:
        if not per_second > 0 or math.isinf(per_second):
            raise UsageProblem(f"{per_second} requests a second is no rate", "Give a positive number.")
        self.name = name
        self.per_second = per_second
        self.max_wait_s = max_wait_s
        self.on_wait = on_wait
        self._pad = PAD
        if limiter_url:
            self._ledger: Ledger = shared_ledger(limiter_url, name)
        elif ledger is not None:
            self._ledger = FileLedger(ledger, name)
        else:
            raise UsageProblem("A limit needs a place to be shared", "Pass a ledger file or LIMITER_URL.")
        # One thread of a process stands at the ledger, the others queue here: fair, and no lock storms.
        self._turn = threading.Lock()
        self._given_up = threading.Event()

    def acquire(self) -> float:
        """Block until one call may be sent; return the seconds waited. LimitReached past `max_wait_s`."""
        began = time.monotonic()
        with self._turn:
            while True:
                self.pause(0)
                wait_s, reason = self._ledger.take(Pace(self.per_second, self._pad))
                if wait_s <= 0:
                    return time.monotonic() - began
                if reason and wait_s > self.max_wait_s:
                    raise self.limit_reached(wait_s, reason)
                if wait_s > ANNOUNCE_WAIT_S or reason:
                    self._announce(wait_s, reason or f"the pace of {self.per_second:g} a second")
                self.pause(wait_s)

    def pause(self, seconds: float) -> None:
        """Wait; GaveUp as soon as the run is being stopped, also before any waiting."""
        if self._given_up.wait(seconds):
            raise GaveUp

    @contextmanager
    def giving_up(self) -> Iterator[None]:
        """While this is open nobody in this process waits for a call: who waits, or would, gets GaveUp."""
        self._given_up.set()
        try:
            yield
        finally:
            self._given_up.clear()

    def sent(self) -> None:
        """The call of this thread's last `acquire` is on the wire. Optional; keeps the pace true when busy."""
        self._ledger.sent()

    def hold(self, until: datetime, reason: str) -> None:
        """Nobody, in no process, sends before `until`. A hold is only ever made longer."""
        self.hold_for((until - datetime.now(UTC)).total_seconds(), reason)

    def hold_for(self, seconds: float, reason: str) -> float:
        """`hold`, counted from now; returns the seconds that were kept."""
        seconds = min(seconds, LONGEST_HOLD_S)
        if seconds > 0:
            self._ledger.hold(seconds, one_line(reason))
        return seconds

    def feedback(self, status: int, headers: Mapping[str, str], at_least_s: float = 0.0) -> float:
        """Learn from an answer: a refusal holds everybody. Returns the seconds now forbidden.

        The place for providers that tell their windows in headers (Strava, iRacing): override it.
        """
        refused = status in (403, 429)
        if not refused and status != 503:
            return 0.0
        if refused:
            self._pad = min(MOST_PAD, self._pad + PAD_PER_REFUSAL)
            self._ledger.refused()
        asked = retry_after_seconds(headers.get("Retry-After"), datetime.now(UTC), headers.get("Date"))
        seconds = max(at_least_s if refused else 0.0, asked or 0.0)
        return self.hold_for(seconds, f"{self.name} answered {status}")

    def limit_reached(self, seconds: float, reason: str) -> LimitReached:
        """The error that says when to go on."""
        resume_at = datetime.now(UTC) + timedelta(seconds=min(seconds, FOREVER_S))
        when = resume_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        return LimitReached(
            f"{one_line(reason)}; no request may be sent before {when}",
            f"What is stored stays; run the same command again after {when}.",
            resume_at,
        )

    def usage(self) -> list[LimitUsage]:
        """For the status command: the pace, today's calls, and a hold if there is one."""
        now = datetime.now(UTC)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        sent, refused = self._ledger.today()
        lines = [
            LimitUsage(self.name, "second", self.per_second, 0, self.per_second, None),
            LimitUsage(self.name, "today (UTC)", None, sent, None, midnight),
            LimitUsage(self.name, "refused today (UTC)", None, refused, None, midnight),
        ]
        held_s, reason = self._ledger.held()
        if held_s > 0:
            until = now + timedelta(seconds=held_s)
            lines.append(LimitUsage(self.name, f"on hold: {reason}", 0, 0, 0, until))
        return lines

    def allowance(self) -> Allowance:
        """What may be sent from now on, to foretell when work is done."""
        return Allowance(self.per_second / (1 + self._pad), held_s=self._ledger.held()[0])

    def _announce(self, wait_s: float, reason: str) -> None:
        log.warning("waiting %.1f s: %s", wait_s, reason)
        if self.on_wait:
            self.on_wait(wait_s, reason)


def retry_after_seconds(header: str | None, now: datetime, date_header: str | None = None) -> float | None:
    """Seconds that a Retry-After header asks for; None when it says nothing that can be understood.

    A date is compared with the server's own Date header when there is one: our clock may be wrong.
    """
    text = (header or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        asked = _http_date(text)
        if asked is None:
            return None
        seconds = (asked - (_http_date(date_header or "") or now)).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), FOREVER_S)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
