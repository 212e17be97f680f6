"""The moment when requests are done, against a count request by request and against the sandbox's own windows."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest

from resources.outlook import Allowance, Quota, Speed, done_at, outlook, seconds_needed
from sandbox.strava.limit import LIMIT_SETTINGS, ApplicationLimit

NOON = datetime(2026, 11, 22, 12, 7, 30, tzinfo=UTC)
QUARTER_S, DAY_S = 900, 86_400


def until_admitted(requests: int, began_s: float, per_second: float, spent: int = 0) -> float:
    """Seconds in which the sandbox's own limit admits so many, by a client that is refused nothing."""
    limit = ApplicationLimit(dict(LIMIT_SETTINGS))
    now_s = began_s
    for _ in range(spent):
        assert limit.admit(now_s)
    for _ in range(requests):
        limit._turn(now_s)
        (quarter, day), now_s = limit.usage()["read"], now_s
        if day >= 1000:
            now_s = (now_s // DAY_S + 1) * DAY_S
        elif quarter >= 100:
            now_s = (now_s // QUARTER_S + 1) * QUARTER_S
        assert limit.admit(now_s)
        now_s += 1 / per_second
    return now_s - began_s


def strava_quotas(now_s: float, spent: int = 0) -> tuple[Quota, ...]:
    return tuple(
        Quota(period, allowed, allowed - spent, period - now_s % period)
        for period, allowed in ((QUARTER_S, 100), (DAY_S, 1000), (QUARTER_S, 200), (DAY_S, 2000))
    )


@pytest.mark.parametrize(("requests", "per_second", "seconds"), [(0, 1, 0), (1, 1, 1), (4210, 2, 2105)])
def test_a_pace_alone_is_a_division(requests: int, per_second: float, seconds: float) -> None:
    assert seconds_needed(requests, Allowance(per_second)) == seconds


def test_a_hold_comes_first() -> None:
    assert seconds_needed(10, Allowance(1, held_s=300)) == 310


@pytest.mark.parametrize("requests", [1, 99, 100, 101, 500, 999, 1000, 1001, 4210])
@pytest.mark.parametrize("spent", [0, 60])
def test_it_is_the_time_that_the_providers_own_windows_take(requests: int, spent: int) -> None:
    now_s = NOON.timestamp()
    expected_s = until_admitted(requests, now_s, 5, spent)
    told_s = seconds_needed(requests, Allowance(5, strava_quotas(now_s, spent)))
    assert told_s == pytest.approx(expected_s, abs=0.01)


def test_a_thousand_and_more_take_days() -> None:
    done = done_at(4210, Allowance(5, strava_quotas(NOON.timestamp())), NOON)
    assert done is not None
    assert done.date() == (NOON + timedelta(days=4)).date(), (
        "a thousand today and on each of the next three days"
    )
    assert done.hour == 0


def test_it_equals_a_count_request_by_request(draw: random.Random) -> None:
    for _ in range(50):
        allowance = Allowance(
            draw.choice([0.2, 1, 3, 50]),
            tuple(
                Quota(period, allowed, draw.randint(0, allowed), draw.uniform(0.001, period))
                for period, allowed in ((draw.choice([60, 900]), draw.randint(1, 40)), (3600, 90))
            ),
            draw.choice([0.0, 77.7]),
        )
        requests = draw.randint(1, 400)
        assert seconds_needed(requests, allowance) == pytest.approx(counted(requests, allowance), abs=0.01)


def counted(requests: int, allowance: Allowance) -> float:
    """The same, one request after the other, each in the first window that has room."""
    now_s = allowance.held_s
    spent: dict[tuple[int, int], int] = {}
    for _ in range(requests):
        while True:
            open_now = []
            for number, one in enumerate(allowance.quotas):
                window = (
                    int((now_s - one.resets_in_s) // one.period_s) + 1
                )  # 0 is the one that is open at first
                room = (one.allowed if window else one.left) - spent.get((number, window), 0)
                open_now.append(((number, window), room, one.resets_in_s + window * one.period_s))
            full = [end for _, room, end in open_now if room <= 0]
            if not full:
                break
            now_s = max(full) + 1e-6  # past it, whatever the rounding
        for window, _, _ in open_now:
            spent[window] = spent.get(window, 0) + 1
        now_s += 1 / allowance.per_second
    return now_s


def test_what_is_never_allowed_is_never_done() -> None:
    never = Allowance(1, (Quota(900, 0, 0, 900),))
    assert seconds_needed(1, never) is None
    assert "ten years" in outlook(1, never, NOON)


def test_a_part_of_the_rate_takes_so_much_longer() -> None:
    assert seconds_needed(100, Allowance(2).share(0.5)) == 100
    assert seconds_needed(120, Allowance(5).with_quota(3600, 60)) == 3600 + 60 / 5


def test_the_words() -> None:
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))
    assert (
        outlook(4210, Allowance(1), berlin) == "4,210 requests left, 1.0/s allowed, done about 14:17 (UTC+1)"
    )
    assert outlook(1, Allowance(1), NOON, at_least=True) == (
        "at least 1 requests left, 1.0/s allowed, done about 12:07 (UTC)"
    )
    kathmandu = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    far = outlook(1_500, Allowance(5, strava_quotas(NOON.timestamp())), kathmandu)
    assert far == (
        "1,500 requests left, 100 in 15 min, 1,000 a day allowed, done about Mon 2026-11-23 06:45 (UTC+5:45)"
    )


def test_the_speed_so_far_counts_only_where_it_is_slower_and_enough_came() -> None:
    speed = Speed(began_s=100)
    assert speed.per_second(9, 200) is None, "too few"
    assert speed.per_second(50, 105) is None, "too soon"
    speed.waited_s = 60  # for a limit, which the allowance tells already
    assert speed.per_second(20, 200) == 0.5
    assert outlook(100, Allowance(1), NOON, per_second=0.5).endswith("done about 12:10 (UTC)")
    assert outlook(100, Allowance(1), NOON, per_second=7).endswith("done about 12:09 (UTC)")
