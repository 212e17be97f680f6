"""One pace and one hold for several hosts, kept by a Redis or a PostgreSQL. Distances are checked as lower bounds."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from servers import Redis

from resources.errors import DatabaseUnavailable, LimitReached, UsageProblem
from resources.limit_ledger import EVEN
from resources.rate_limit import LONGEST_HOLD_S, RateLimiter

RATE, CALLS = 50, 8
TAKE = f"""
import sys
from resources.rate_limit import RateLimiter
limiter = RateLimiter("peloton", {RATE}, limiter_url=sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range({CALLS}):
    limiter.acquire()
"""
PASSWORD = "canary-word-of-the-limits"


@pytest.fixture(params=["Redis", "PostgreSQL"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty server."""
    return str(request.getfixturevalue("empty_redis_url" if request.param == "Redis" else "database_url"))


def limiter(url: str, per_second: float = 500.0, name: str = "peloton") -> RateLimiter:
    return RateLimiter(name, per_second, limiter_url=url, max_wait_s=2)


def test_hosts_share_one_pace_and_one_count(url: str, process: Callable[..., subprocess.Popen[str]]) -> None:
    hosts = [process(TAKE, url) for _ in range(3)]
    for host in hosts:
        assert host.stdout
        assert host.stdout.readline() == "ready\n"
    began = time.monotonic()
    for host in hosts:
        assert host.stdin
        host.stdin.write("go\n")
        host.stdin.flush()
    assert [host.communicate()[1] for host in hosts] == [""] * 3
    assert time.monotonic() - began >= (len(hosts) * CALLS - 1) / RATE * EVEN
    assert limiter(url, RATE).usage()[1].used == len(hosts) * CALLS


@pytest.mark.tier("N")
def test_each_provider_has_its_own_pace(url: str) -> None:
    limiter(url, 0.01, "slow one").acquire()
    quick = limiter(url, 100, "quick")
    quick.acquire()
    quick.acquire()
    assert quick.usage()[1].used == 2
    assert limiter(url, 0.01, "slow one").usage()[1].used == 1


@pytest.mark.promise("B1")
def test_a_hold_binds_all_hosts_and_is_only_made_longer(url: str) -> None:
    one, other = limiter(url), limiter(url)
    waits: list[tuple[float, str]] = []
    other.on_wait = lambda seconds, reason: waits.append((seconds, reason))
    until = datetime.now(UTC) + timedelta(seconds=0.5)
    one.hold(until, "peloton answered 429")
    one.hold(until - timedelta(seconds=0.4), "a shorter one")
    other.acquire()
    assert datetime.now(UTC) >= until - timedelta(milliseconds=5)
    assert waits[0][1] == "peloton answered 429"


@pytest.mark.promise("B1")
def test_a_long_hold_says_when_to_go_on(url: str) -> None:
    until = datetime.now(UTC) + timedelta(hours=3)
    limiter(url).hold(until, "peloton answered 429")
    with pytest.raises(LimitReached, match="peloton answered 429") as caught:
        limiter(url).acquire()
    assert abs(caught.value.resume_at - until) < timedelta(seconds=30)
    assert limiter(url).usage()[-1].window == "on hold: peloton answered 429"
    assert limiter(url).usage()[1].used == 0
    assert limiter(url).feedback(429, {"Retry-After": "315360000"}) == LONGEST_HOLD_S


@pytest.mark.tier("N")
def test_refusals_are_counted_and_other_answers_hold_nobody(url: str) -> None:
    one = limiter(url)
    assert one.feedback(200, {"Retry-After": "60"}) == 0
    assert one.feedback(429, {"Retry-After": "0"}, at_least_s=0.01) == 0.01
    assert one.feedback(403, {"Retry-After": "never"}) == 0
    one.acquire()
    assert [line.used for line in one.usage()[1:3]] == [1, 2]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"redis://:{PASSWORD}@127.0.0.1:1/0", "The Redis of LIMITER_URL"),
        (f"postgresql://u:{PASSWORD}@127.0.0.1:1/db", "The database of LIMITER_URL"),
    ],
)
def test_a_server_that_is_away_is_told_without_its_password(address: str, said: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=f"{said}.*run the same command again") as caught:
        limiter(address).acquire()
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("address", [f"mysql://u:{PASSWORD}@host/x", f"redis://:{PASSWORD}@host:no-port/0"])
def test_an_address_of_something_else_is_told_without_its_password(address: str) -> None:
    with pytest.raises(UsageProblem, match="LIMITER_URL") as caught:
        limiter(address)
    assert PASSWORD not in str(caught.value)


def test_a_redis_that_is_started_anew_is_used_again(redis_url: str) -> None:
    """What it counted is gone, and the next answer of a provider that counts tells it."""
    with Redis() as server:
        one = limiter(server.url)
        one.acquire()
        server.stop()
        server.start()
        one.acquire()
        assert one.usage()[1].used == 1
