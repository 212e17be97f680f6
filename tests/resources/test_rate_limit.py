"""The pace, its holds, and every form of Retry-After. Distances are checked as lower bounds, never as speed."""

from __future__ import annotations

import math
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrate_limiter import SQLiteBucket

from resources.errors import LimitReached, StorageProblem, UsageProblem
from resources.limit_ledger import Pace, uptime_s
from resources.rate_limit import FOREVER_S, LONGEST_HOLD_S, PAD, RateLimiter, retry_after_seconds

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "state" / "limits.sqlite"


def http_date(seconds_from_now: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds_from_now), usegmt=True)


@pytest.mark.promise("B1")
@pytest.mark.parametrize(
    ("header", "date_header", "seconds"),
    [
        (None, None, None),
        ("", None, None),
        ("   ", None, None),
        ("0", None, 0.0),
        ("7", None, 7.0),
        (" 7 ", None, 7.0),
        ("1.5", None, 1.5),
        ("-30", None, 0.0),
        ("soon", None, None),
        ("nan", None, None),
        ("inf", None, FOREVER_S),
        ("9" * 400, None, FOREVER_S),
        (str(10 * 366 * 86_400), None, FOREVER_S),
        (http_date(90), None, 90.0),
        (http_date(-90), None, 0.0),
        (http_date(90), http_date(60), 30.0),  # our clock is a minute behind the server's
        (http_date(90), "no date", 90.0),
        ("Sun, 22 Nov 2026 12:01:30 -0000", None, 90.0),
        ("Sunday, 99 Nov 2026", None, None),
        ("Sun, 31 Feb 2026 12:01:30 GMT", None, None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None, FOREVER_S),
    ],
)
def test_retry_after(header: str | None, date_header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW, date_header) == seconds


@pytest.mark.promise("B1")
@given(header=st.text() | st.integers().map(str) | st.floats().map(str), date_header=st.none() | st.text())
def test_retry_after_never_fails(header: str, date_header: str | None) -> None:
    seconds = retry_after_seconds(header, NOW, date_header)
    assert seconds is None or 0.0 <= seconds <= FOREVER_S


@given(per_second=st.integers(1, 2_000), calls=st.integers(2, 300), lateness=st.randoms())
def test_no_second_holds_more_than_the_rate(per_second: int, calls: int, lateness: random.Random) -> None:
    """A crowd that asks as soon as it may, or a bit later, against the rates as the buckets read them."""
    pace = Pace(per_second, PAD)
    for rates in (pace.window_rates(), [pace.even_rate()]):
        sent = [0]
        for _ in range(calls):
            free = [sent[-rate.limit] + rate.interval + 1 for rate in rates if len(sent) >= rate.limit]
            sent.append(max(sent[-1], *free, 0) + lateness.choice([0, 0, 0, 1, 40]))
        assert all(late - early > 1000 for early, late in zip(sent, sent[per_second:], strict=False))


@given(per_second=st.floats(0.001, 5_000))
def test_every_rate_makes_a_pace_that_is_nearly_reached(per_second: float) -> None:
    pace = Pace(per_second, PAD)
    for rates in (pace.window_rates(), [pace.even_rate()]):
        SQLiteBucket(rates, sqlite3.connect(":memory:"), "pace")  # refuses rates that make no sense
        slowest = min(rate.limit / (rate.interval + 1) * 1000 for rate in rates)
        assert slowest <= per_second
        assert slowest >= per_second * (0.96 if per_second <= 10 else 0.90)


def test_a_call_that_was_late_on_the_wire_counts_from_then(ledger: Path) -> None:
    limiter = RateLimiter("peloton", 50, ledger)
    limiter.sent()  # nothing was taken: nothing happens
    limiter.acquire()
    taken = released_ms(ledger, "peloton")[0]
    time.sleep(0.03)
    limiter.sent()
    limiter.sent()
    assert released_ms(ledger, "peloton")[0] >= taken + 30
    assert limiter.usage()[1].used == 1


@pytest.mark.parametrize("per_second", [0, -1, math.inf, math.nan])
def test_a_rate_must_be_one(per_second: float, ledger: Path) -> None:
    with pytest.raises(UsageProblem):
        RateLimiter("peloton", per_second, ledger)


def test_threads_leave_one_by_one(ledger: Path) -> None:
    limiter = RateLimiter("peloton", 50, ledger)
    left: list[float] = []

    def work() -> None:
        for _ in range(6):
            limiter.acquire()
            left.append(uptime_s())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(left) == 24
    assert released_ms(ledger, "peloton") == sorted(set(released_ms(ledger, "peloton")))
    assert all(late - early >= 19 for early, late in pairwise(released_ms(ledger, "peloton")))
    assert limiter.usage()[1].used == 24


TAKE = """
import sys
from pathlib import Path
from resources.rate_limit import RateLimiter
limiter = RateLimiter("peloton", 50, Path(sys.argv[1]))
sys.stdin.readline()
for _ in range(8):
    limiter.acquire()
"""


def test_processes_share_one_pace(ledger: Path, python: Callable[..., subprocess.Popen[str]]) -> None:
    crowd = [python(TAKE, str(ledger)) for _ in range(4)]
    assert [process.communicate("go\n")[1] for process in crowd] == [""] * 4
    released = released_ms(ledger, "peloton")
    assert len(released) == 32
    assert all(late - early >= 19 for early, late in pairwise(released))
    assert RateLimiter("peloton", 50, ledger).usage()[1].used == 32


def test_each_provider_has_its_own_pace(ledger: Path) -> None:
    RateLimiter("slow one", 0.01, ledger).acquire()
    quick = RateLimiter("quick", 100, ledger)
    quick.acquire()
    quick.acquire()
    assert quick.usage()[1].used == 2
    assert RateLimiter("slow one", 0.01, ledger).usage()[1].used == 1


@pytest.mark.promise("B1")
def test_a_hold_binds_other_limiters_and_is_only_made_longer(ledger: Path) -> None:
    one, other = (RateLimiter("peloton", 500, ledger) for _ in range(2))
    waits: list[tuple[float, str]] = []
    other.on_wait = lambda seconds, reason: waits.append((seconds, reason))
    until = datetime.now(UTC) + timedelta(seconds=0.5)
    one.hold(until, "peloton answered 429")
    one.hold(until - timedelta(seconds=0.4), "a shorter one")
    other.acquire()
    assert datetime.now(UTC) >= until - timedelta(milliseconds=5)
    assert waits[0][1] == "peloton answered 429"


@pytest.mark.promise("B1")
def test_a_long_hold_says_when_to_go_on(ledger: Path) -> None:
    limiter = RateLimiter("peloton", 500, ledger, max_wait_s=2)
    until = datetime.now(UTC) + timedelta(hours=3)
    limiter.hold(until, "peloton answered 429")
    with pytest.raises(LimitReached, match="peloton answered 429") as caught:
        RateLimiter("peloton", 500, ledger, max_wait_s=2).acquire()
    assert abs(caught.value.resume_at - until) < timedelta(seconds=2)
    assert caught.value.exit_code == 3
    assert limiter.usage()[-1].window == "on hold: peloton answered 429"
    assert limiter.usage()[1].used == 0


@pytest.mark.promise("B1")
def test_ten_years_are_kept_as_a_day(ledger: Path) -> None:
    limiter = RateLimiter("peloton", 500, ledger)
    assert limiter.feedback(429, {"Retry-After": "315360000"}) == LONGEST_HOLD_S
    with pytest.raises(LimitReached):
        limiter.acquire()


def test_refusals_are_counted_and_other_answers_hold_nobody(ledger: Path) -> None:
    limiter = RateLimiter("peloton", 500, ledger)
    assert limiter.feedback(200, {"Retry-After": "60"}) == 0
    assert limiter.feedback(500, {"Retry-After": "60"}) == 0
    assert limiter.feedback(429, {"Retry-After": "0"}, at_least_s=0.01) == 0.01
    assert limiter.feedback(403, {"Retry-After": "never"}) == 0
    assert limiter.feedback(503, {"Retry-After": "0.02"}) == 0.02
    limiter.acquire()
    assert [line.used for line in limiter.usage()[1:3]] == [1, 2]


@pytest.mark.promise("C1")
def test_a_new_start_of_the_host_blocks_nobody(ledger: Path) -> None:
    limiter = RateLimiter("peloton", 100, ledger)
    limiter.acquire()
    with sqlite3.connect(ledger) as db:
        db.execute("UPDATE pace_peloton SET item_timestamp = item_timestamp + 3600000")
    db.close()
    limiter.acquire()
    assert limiter.usage()[1].used == 2


@pytest.mark.promise("C1")
@pytest.mark.parametrize(
    ("set_utc_s", "until_utc_s", "longest_s"),
    [
        (-10.0, -5.0, 0.0),  # over
        (-10.0, 600.0, 600.0),  # still on
        (86_400.0, 86_460.0, 60.0),  # the wall clock was set back a day: not a day longer
    ],
)
def test_a_hold_survives_a_new_start(
    ledger: Path, set_utc_s: float, until_utc_s: float, longest_s: float
) -> None:
    limiter = RateLimiter("peloton", 100, ledger, max_wait_s=0)
    limiter.acquire()
    with sqlite3.connect(ledger) as db:
        db.execute(
            "INSERT INTO holds VALUES ('peloton', ?, ?, ?, ?, 'from before')",
            (time.time() + set_utc_s, time.time() + until_utc_s, uptime_s() + 1e6, uptime_s() + 1e6 + 9),
        )
    db.close()
    if not longest_s:
        limiter.acquire()
        return
    with pytest.raises(LimitReached) as caught:
        limiter.acquire()
    assert caught.value.resume_at <= datetime.now(UTC) + timedelta(seconds=longest_s)


def test_a_killed_process_leaves_no_lock(ledger: Path, python: Callable[..., subprocess.Popen[str]]) -> None:
    RateLimiter("peloton", 100, ledger).acquire()
    holder = python(
        "import sqlite3, sys, time\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('BEGIN IMMEDIATE'); db.execute('DELETE FROM pace_peloton')\n"
        "print('locked', flush=True); time.sleep(60)",
        str(ledger),
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    RateLimiter("peloton", 100, ledger).acquire()
    assert RateLimiter("peloton", 100, ledger).usage()[1].used == 2


def test_a_broken_ledger_names_the_file_and_the_cure(ledger: Path) -> None:
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"this is not SQLite" * 100)
    with pytest.raises(StorageProblem, match=r"limits\.sqlite.*may be deleted"):
        RateLimiter("peloton", 100, ledger).acquire()


@pytest.mark.parametrize(
    ("url", "package"),
    [("redis://host/0", "redis"), ("postgresql://u:canary-password@host/db", "psycopg")],
)
def test_a_missing_driver_is_named(url: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single host needs none."""
    monkeypatch.setitem(sys.modules, package, None)  # as Python notes what it did not find
    with pytest.raises(UsageProblem, match=rf"LIMITER_URL needs .* {package}.*pip install") as caught:
        RateLimiter("peloton", 1, limiter_url=url)
    assert "canary" not in str(caught.value)


def test_an_unknown_limiter_address_is_refused() -> None:
    with pytest.raises(UsageProblem, match="LIMITER_URL"):
        RateLimiter("peloton", 1, limiter_url="mysql://host/x")


def released_ms(ledger: Path, name: str) -> list[int]:
    with sqlite3.connect(ledger) as db:
        rows = db.execute(f"SELECT item_timestamp FROM pace_{name} ORDER BY rowid").fetchall()
    db.close()
    return [row[0] for row in rows]
