"""The machine's clock is a day off, jumps in the middle of a run, or stands still.

Limits are kept on clocks that nobody sets and by the server's Date. A token's life is counted from when it came,
so that it is neither used when it is dead nor renewed in a loop.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import clock as clocks
import pytest
from clock import DAY_S, WallClock
from refusals import too_early
from signing_in import fresh_refresh_token

from resources.errors import LimitReached, PacelineError, ProviderUnavailable
from resources.http import JsonHttp
from resources.peloton import PelotonClient
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.rate_limit import RateLimiter
from resources.settings import Settings, load_settings
from resources.tokens import TokenStore
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("C1")

WRONG = {"a day behind": -DAY_S, "a day ahead": DAY_S, "standing still": 0.0}
JUMPS = (-DAY_S, DAY_S)
BACKOFF_S = 0.005
MOST_WAITS = 20


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Iterator[Sandbox]:
    """No test here changes its classes."""
    yield shared_peloton
    shared_peloton.settings(rate=0, clock_skew_seconds=0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    return clocks.set_up(monkeypatch)


@pytest.fixture
def settings(data_dir: Path, peloton: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in peloton.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", fresh_refresh_token(peloton))
    return load_settings()


def set_wrong(clock: WallClock, how: str) -> None:
    clock.jump(WRONG[how])
    if how == "standing still":
        clock.stop()


# ------------------------------------------------------------------ limits


@pytest.mark.parametrize("how", [*WRONG, "jumping while it waits"])
def test_pauses_are_kept_to_the_moment(
    how: str, clock: WallClock, settings: Settings, peloton: Sandbox, figure: Callable[[str], None]
) -> None:
    waits: list[float] = []

    def waiting(seconds: float, _reason: str) -> None:
        waits.append(seconds)
        assert len(waits) < MOST_WAITS, "it waits for ever"
        if how == "jumping while it waits":
            clock.jump(JUMPS[len(waits) % 2])

    client = PelotonClient.from_settings(settings, backoff_s=BACKOFF_S, on_wait=waiting)
    client.me_id()
    if how in WRONG:
        set_wrong(clock, how)
    peloton.reset()
    peloton.faults(*(
        {"kind": "status", "status": 429, "retry_after": form, "endpoint": "me", "at_request": at}
        for at, form in {2: "seconds:1", 4: "date:1", 6: "none"}.items()
    ))  # fmt: skip
    for _ in range(5):
        client.me_id()
    log = peloton.requests()
    assert [line[3] for line in log] == [200, 429] * 3 + [200, 200]
    assert too_early(log) == []
    assert max(waits) <= 1.0, "nor is it waited for a day"
    figure(f"clock {how}: pauses in seconds, until a date and without a time kept, 0 requests too early")


@pytest.mark.parametrize("form", ["seconds:3600", "date:3600"])
@pytest.mark.parametrize("how", WRONG)
def test_a_long_pause_ends_a_run_with_a_time_of_this_clock(
    how: str, form: str, clock: WallClock, settings: Settings, peloton: Sandbox
) -> None:
    """Which is what the person at this machine looks at. A jump afterwards neither ends nor lengthens it."""
    set_wrong(clock, how)
    client = PelotonClient.from_settings(settings, backoff_s=BACKOFF_S)
    client.me_id()
    peloton.faults({"kind": "status", "status": 429, "retry_after": form, "endpoint": "me", "times": 0})
    for jump in (0.0, DAY_S, -2 * DAY_S):
        clock.jump(jump)
        with pytest.raises(LimitReached) as stop:
            PelotonClient.from_settings(settings, backoff_s=BACKOFF_S).me_id()
        assert 3_590 < stop.value.resume_at.timestamp() - clock.now_s() <= 3_600
    assert peloton.counters()["by_endpoint"]["me"] == 2


def test_the_pace_is_kept_while_the_clock_jumps(
    clock: WallClock, settings: Settings, peloton: Sandbox, draw: random.Random, figure: Callable[[str], None]
) -> None:
    """The sandbox refuses what is above its rate, which is a little above ours."""

    def too_long(seconds: float, _reason: str) -> None:
        raise AssertionError(f"{seconds} s for one call of 40 a second")

    limiter = RateLimiter(PROVIDER, 40, settings.state_dir / "limits.sqlite", on_wait=too_long)
    client = JsonHttp("Peloton", limiter, backoff_s=BACKOFF_S)
    peloton.settings(rate=50)
    calls = 80
    for _ in range(calls):
        clock.jump(draw.choice(JUMPS))
        with pytest.raises(PacelineError):  # nobody signed in here
            client.get(f"{peloton.api_url}/api/me", lambda _: None)
    assert peloton.counters()["by_endpoint"]["me"] == calls
    assert peloton.counters()["refused"] == 0
    figure(f"{calls} calls at 40 a second, a jump of a day before each: 0 above the limit")


# ------------------------------------------------------------------ tokens


def refreshes_and_rejections(peloton: Sandbox) -> tuple[int, int]:
    counters = peloton.counters()
    return counters["by_endpoint"]["token"], counters["by_status"].get("401", 0)


@pytest.mark.parametrize("theirs", [-DAY_S, 0.0, DAY_S])
@pytest.mark.parametrize("how", WRONG)
def test_a_token_is_renewed_when_its_life_is_over_and_not_before(
    how: str, theirs: float, clock: WallClock, settings: Settings, peloton: Sandbox
) -> None:
    """Whatever our clock and the provider's say: only how much time went by counts."""
    peloton.settings(clock_skew_seconds=theirs)
    clock.jump(WRONG[how])
    client = PelotonClient.from_settings(settings, backoff_s=BACKOFF_S)
    peloton.reset()
    for _ in range(5):
        client.me_id()
    assert refreshes_and_rejections(peloton) == (1, 0)
    clock.jump(3 * DAY_S)  # goes by, for both
    peloton.settings(clock_skew_seconds=theirs + 3 * DAY_S)
    for _ in range(5):
        client.me_id()
    assert refreshes_and_rejections(peloton) == (2, 0)


def test_a_clock_that_stands_still_learns_of_the_end_by_one_refusal(
    clock: WallClock, settings: Settings, peloton: Sandbox
) -> None:
    client = PelotonClient.from_settings(settings, backoff_s=BACKOFF_S)
    peloton.reset()
    clock.stop()
    for days in range(4):
        peloton.settings(clock_skew_seconds=days * 3 * DAY_S)
        for _ in range(5):
            client.me_id()
        assert refreshes_and_rejections(peloton) == (days + 1, days)


def test_jumps_make_no_loop_of_refreshes(
    clock: WallClock,
    settings: Settings,
    peloton: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """The life of a token is two days: a clock between a day behind and a day ahead outlives one at most."""
    client = PelotonClient.from_settings(settings, backoff_s=BACKOFF_S)
    peloton.reset()
    calls = size(P=60, N=1000)
    for _ in range(calls):
        clock.ahead_s = draw.choice((-DAY_S, 0.0, DAY_S, draw.uniform(-DAY_S, DAY_S)))
        client.me_id()
    sent, rejected = refreshes_and_rejections(peloton)
    assert sent <= 2
    assert rejected == 0
    figure(f"{calls} calls, a jump of up to two days before each: {sent} refreshes, 0 dead tokens sent")


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 500}, {"kind": "status", "status": 429, "retry_after": "seconds:60"}],
    ids=["fault", "pause"],
)
def test_a_jump_does_not_end_the_pause_of_the_sign_in(
    jump: float, fault: dict[str, object], clock: WallClock, settings: Settings, peloton: Sandbox
) -> None:
    """Nor does it make a day of a minute."""
    peloton.reset()
    auth = PelotonAuth(TokenStore(settings.state_dir), settings.peloton_auth_url, backoff_s=BACKOFF_S)
    peloton.faults({**fault, "endpoint": "token"})
    with pytest.raises(PacelineError):
        auth.access_token()
    clock.jump(jump)
    with pytest.raises(ProviderUnavailable, match="Try again after") as told:
        auth.access_token()
    assert peloton.counters()["by_endpoint"]["token"] == 1
    until = str(told.value).split("after ")[1].split(" UTC")[0]
    assert until in {f"{datetime.fromtimestamp(clock.now_s() + ahead, UTC):%H:%M:%S}" for ahead in range(62)}
