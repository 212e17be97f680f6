"""Strava's windows under load: ten thousand calls over window ends and midnight, real processes, a foreign client.

Row B2: the provider's counter is never over its limit; where others spend too, each of ours finds out by one refusal.
"""

from __future__ import annotations

import heapq
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import striding
from forks import fork, forkserver
from racers import WAIT_S
from requests.structures import CaseInsensitiveDict
from striding import begin_anew, connect, new_client, new_sandbox, spent, statuses

from resources.settings import load_settings
from resources.strava import limiter_of
from resources.strava_limit import DAY_S, QUARTER_S, StravaLimiter
from resources.window_book import LONGEST_CALL_S
from sandbox.client import Sandbox
from sandbox.strava.limit import LIMIT_SETTINGS, ApplicationLimit

pytestmark = pytest.mark.promise("B2")

MIDNIGHT_S = 20_000 * DAY_S
LIMITS = {"strava_read_per_window": 20, "strava_read_per_day": 150, "strava_overall_per_window": 40,
          "strava_overall_per_day": 300}  # fmt: skip
WORKERS = 5
NONSENSE = {"X-ReadRateLimit-Limit": "100,1000", "X-ReadRateLimit-Usage": ",", "X-RateLimit-Limit": "5000"}


# ------------------------------------------------------------------ simulated


@dataclass(order=True)
class Event:
    """Something that happens to a worker: it wants to call, its call arrives, its answer comes."""

    at_s: float
    worker: int
    what: str = field(compare=False)
    answer: dict[str, str] = field(compare=False, default_factory=dict)
    status: int = field(compare=False, default=0)


class Simulation:
    """Workers with a ledger of their own host, a provider with another clock, and time that only this moves."""

    def __init__(
        self, folder: Path, draw: random.Random, patch: pytest.MonkeyPatch, ahead_s: float, told: str
    ) -> None:
        self.now_s = MIDNIGHT_S - 4.0 * QUARTER_S
        self.ahead_s, self.told, self.draw = ahead_s, told, draw
        patch.setattr(time, "time", lambda: self.now_s)
        patch.setattr("resources.window_shelves.uptime_s", lambda: self.now_s - MIDNIGHT_S + DAY_S)
        self.provider = ApplicationLimit(LIMIT_SETTINGS | LIMITS)
        self.limiters = [
            StravaLimiter("77", folder / "limits.sqlite", (20, 150), max_wait_s=0) for _ in range(WORKERS)
        ]
        for number, limiter in enumerate(self.limiters):
            limiter.windows._caller = f"worker {number}"
        self.seen: Counter[str] = Counter()
        self.closed_until: dict[int, float] = {}
        self.foreign = 0.0
        self.queue = [Event(self.now_s + number, number, "wants") for number in range(WORKERS)]

    def run(self, calls: int) -> None:
        heapq.heapify(self.queue)
        while self.seen["sent"] < calls:
            event = heapq.heappop(self.queue)
            self.now_s = max(self.now_s, event.at_s)
            getattr(self, f"_{event.what}")(event.worker, event)

    def _later(self, seconds: float, worker: int, what: str, answer: Any = None, status: int = 0) -> None:
        heapq.heappush(self.queue, Event(self.now_s + seconds, worker, what, answer or {}, status))

    def _wants(self, worker: int, _event: Event) -> None:
        left_s, window = self.limiters[worker].windows.take()
        if window is None:
            self.seen["sent"] += 1
            self._later(self.draw.choice((0.01, 0.2, 3.0)) * self.draw.random(), worker, "arrives")
            return
        self.seen["waits"] += 1
        early_s = self.draw.choice((0.0, 0.0, left_s / 2))  # somebody tries again too early
        self._later(max(0.01, left_s - early_s), worker, "wants")

    def _arrives(self, worker: int, _event: Event) -> None:
        theirs = self.now_s + self.ahead_s
        number = int(theirs // QUARTER_S)
        if self.draw.random() < self.foreign:
            self.provider.spend(self.draw.randint(1, 4))
        admitted = self.provider.admit(theirs)
        if not admitted:
            self.seen["refused"] += 1
            self.seen["refused again"] += self.closed_until.get(number, theirs) < theirs - LONGEST_CALL_S
            self.closed_until.setdefault(number, theirs)
        if self.draw.random() < 0.01:  # the answer is lost, or the process killed
            self._later(self.draw.choice((0.1, 30.0)), worker, "wants")
            return
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(theirs))
        answer = {"Date": date, **(self.provider.headers() if self._tells() else {})}
        slow_s = self.draw.choice((0.05, 0.5, 20.0)) * self.draw.random()
        self._later(slow_s, worker, "returns", answer, 200 if admitted else 429)

    def _tells(self) -> bool:
        return self.told == "always" or (self.told == "at times" and self.draw.random() < 0.5)

    def _returns(self, worker: int, event: Event) -> None:
        headers = CaseInsensitiveDict(event.answer)
        if self.told == "nonsense":
            headers.update(NONSENSE)
        self.limiters[worker].feedback(event.status, headers)
        pause_s = self.draw.choice((0.0, 0.1, 10.0, 200.0)) * self.draw.random()
        self._later(pause_s, worker, "wants")


@pytest.mark.parametrize("told", ["always", "at times", "never", "nonsense"])
@pytest.mark.parametrize("ahead_s", [0.0, -437.4, 40_000.7])
def test_the_counter_is_never_over_the_limit(
    told: str,
    ahead_s: float,
    tmp_path: Path,
    draw: random.Random,
    monkeypatch: pytest.MonkeyPatch,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Twelve runs: 10,000 calls altogether. The one before the first answer may be counted by a wrong clock."""
    calls = size(P=850, N=5_000, R=20_000)
    simulation = Simulation(tmp_path, draw, monkeypatch, ahead_s, told)
    simulation.run(calls)
    assert simulation.seen["refused"] == 0
    assert simulation.seen["waits"] > 0
    days = (simulation.now_s - MIDNIGHT_S) / DAY_S
    assert days > 1, "over midnight"
    figure(f"Strava: {calls} simulated calls, headers {told}, clock {ahead_s:g} s off: 0 above the limit")


@pytest.mark.parametrize("told", ["always", "at times"])
def test_with_a_foreign_client_a_window_is_refused_at_most_once_a_worker(
    told: str,
    tmp_path: Path,
    draw: random.Random,
    monkeypatch: pytest.MonkeyPatch,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Which is when all were under way; after it nothing is sent until its end."""
    calls = size(P=600, N=5_000)
    simulation = Simulation(tmp_path, draw, monkeypatch, 17.3, told)
    simulation.foreign = 0.1
    simulation.run(calls)
    windows = len(simulation.closed_until)
    assert simulation.seen["refused"] <= WORKERS * windows
    assert simulation.seen["refused again"] == 0
    figure(
        f"Strava: {calls} simulated calls beside a foreign client, headers {told}: "
        f"{simulation.seen['refused']} refused in {windows} windows, 0 of a window that was known to be closed"
    )


# ------------------------------------------------------------------ real processes


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def strava(sandbox: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    begin_anew(sandbox)
    connect(sandbox, monkeypatch)
    new_client().auth.access_token()
    limiter_of(load_settings()).usage()  # makes the ledger; several processes may be too many for that
    return sandbox


def begin(folder: Path, processes: int, calls: int) -> tuple[list[Any], Any]:
    """Processes that ask as soon as all of them and we are ready."""
    ready = forkserver().Barrier(processes + 1)
    return [
        fork(striding.ask_on, calls, ready, env=os.environ, cwd=folder,
             out=folder / f"out {number}", err=folder / f"err {number}")
        for number in range(processes)
    ], ready  # fmt: skip


def answers(folder: Path, crowd: list[Any]) -> int:
    for number, each in enumerate(crowd):
        each.join(WAIT_S)
        assert each.exitcode == 0, (folder / f"err {number}").read_text()
    return sum(int((folder / f"out {number}").read_text()) for number in range(len(crowd)))


def test_four_processes_use_the_limit_up_without_a_refusal(
    strava: Sandbox, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    crowd, ready = begin(tmp_path, 4, 1_000)
    ready.wait(WAIT_S)
    assert answers(tmp_path, crowd) == 100
    assert statuses(strava) == [200] * 100
    assert spent(strava) == [100, 100]
    figure("Strava: 4 processes, limit of 100: 100 answers, 0 refusals in one window")


def test_beside_a_foreign_client_hardly_a_call_is_refused(
    strava: Sandbox, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """It takes forty while the four are asking."""
    crowd, ready = begin(tmp_path, 4, 1_000)
    ready.wait(WAIT_S)
    for _ in range(8):
        strava.spend_strava(5)
    got = answers(tmp_path, crowd)
    refused = statuses(strava).count(429)
    assert got >= 55
    assert refused <= 4
    assert got + refused == len(statuses(strava))
    figure(
        f"Strava: 4 processes and a foreign client that takes 40 of 100: {got} answers, {refused} refusals"
    )


def test_windows_end_and_begin_without_a_refusal(
    strava: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    """Windows of three seconds, four processes, more calls than two windows hold."""
    strava.settings(strava_window_seconds=3, strava_read_per_window=15)
    strava.reset_strava_limit()
    monkeypatch.setenv("STRAVA_WINDOW_SECONDS", "3")
    monkeypatch.setenv("STRAVA_REQUESTS_PER_15MIN", "15")
    crowd, ready = begin(tmp_path, 4, 10)
    ready.wait(WAIT_S)
    assert answers(tmp_path, crowd) == 40
    assert statuses(strava) == [200] * 40
    figure("Strava: 4 processes over several windows of 15 calls: 40 answers, 0 refusals")


def test_killed_processes_do_not_cost_the_window(strava: Sandbox, tmp_path: Path) -> None:
    """Their calls count as what the provider says they are."""
    strava.faults(
        {"kind": "stall", "seconds": 30, "then": "send", "endpoint": "strava_activities", "times": 3}
    )
    crowd, ready = begin(tmp_path, 3, 1)
    ready.wait(WAIT_S)
    while len(statuses(strava)) < 3:
        assert all(each.is_alive() for each in crowd), [(tmp_path / f"err {n}").read_text() for n in range(3)]
    for each in crowd:
        each.kill()
        each.join(WAIT_S)
    strava.faults()
    client = new_client()
    client.activities()
    assert spent(strava)[0] == 4
    assert client.limit_status()["quarter_hour"]["used"] == 4
