"""Strava's limits are used up and not exceeded, a refusal closes its window, everybody waits for its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from striding import (
    AFTER_NOON_S,
    DAY_S,
    FOR_EVER,
    begin_anew,
    connect,
    new_client,
    new_sandbox,
    skew_to_noon,
    spent,
    statuses,
)

from resources.errors import LimitReached, ProviderUnavailable
from resources.settings import load_settings
from resources.strava import StravaClient, limiter_of
from resources.strava_limit import QUARTER_S
from sandbox.client import Sandbox

READ, OVERALL = "X-ReadRateLimit", "X-RateLimit"


@pytest.fixture(scope="module")
def one_strava() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def strava(one_strava: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    begin_anew(one_strava)
    connect(one_strava, monkeypatch)
    return one_strava


@pytest.fixture
def client(strava: Sandbox) -> StravaClient:
    return new_client()


def ask_all(client: StravaClient) -> LimitReached:
    """Until the limit ends it."""
    with pytest.raises(LimitReached) as stop:
        for _ in range(3_000):
            client.activities()
    return stop.value


@pytest.mark.promise("B2")
def test_the_quarter_hour_is_used_up_and_not_exceeded(strava: Sandbox, client: StravaClient) -> None:
    stop = ask_all(client)
    assert statuses(strava) == [200] * 100
    assert stop.exit_code == 3
    left = stop.resume_at - datetime.now(UTC)
    assert (
        timedelta(seconds=QUARTER_S - AFTER_NOON_S - 120)
        < left
        < timedelta(seconds=QUARTER_S - AFTER_NOON_S + 3)
    )
    assert "Strava's read limit of 15 minutes is spent" in str(stop)
    ask_all(new_client())
    assert spent(strava)[0] == 100, "nor by another process that begins now"
    strava.settings(clock_skew_seconds=skew_to_noon() + QUARTER_S)
    begin = client.limit_status()["quarter_hour"]
    assert (begin["used"], begin["remaining"]) == (100, 0), "our clock does not know of the jump"


@pytest.mark.promise("B2")
@pytest.mark.parametrize("shift_s", [-36_000, 36_000])
def test_windows_are_those_of_the_providers_clock(
    shift_s: float, strava: Sandbox, client: StravaClient
) -> None:
    """Whatever ours says, and the time to go on is one of ours."""
    strava.settings(clock_skew_seconds=skew_to_noon() + shift_s, strava_read_per_window=3)
    left_s = (ask_all(client).resume_at - datetime.now(UTC)).total_seconds()
    assert QUARTER_S - AFTER_NOON_S - 120 < left_s < QUARTER_S - AFTER_NOON_S + 3
    assert statuses(strava) == [200] * 3


@pytest.mark.promise("B2")
@pytest.mark.parametrize(
    ("limits", "answers"),
    [
        ({"strava_read_per_window": 40}, 40),
        ({"strava_overall_per_window": 30}, 30),
        ({"strava_read_per_day": 20}, 20),
        ({"strava_overall_per_day": 10}, 10),
        (
            {"strava_read_per_window": 200, "strava_read_per_day": 2_000, "strava_overall_per_window": 400},
            100,
        ),
    ],
)
def test_the_tightest_of_the_limits_binds(
    limits: dict[str, int], answers: int, strava: Sandbox, client: StravaClient
) -> None:
    """As the headers tell them, below our ceilings."""
    strava.settings(**limits)
    stop = ask_all(client)
    assert statuses(strava) == [200] * answers
    words = "a day" if any("day" in name for name in limits) and answers < 100 else "of 15 minutes"
    bucket = "overall" if "overall" in next(iter(limits)) else "read"
    assert f"Strava's {bucket} limit {words} is spent" in str(stop)


def test_a_larger_application_may_ask_more_when_told_so(
    strava: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    strava.settings(strava_read_per_window=200, strava_read_per_day=2_000, strava_overall_per_window=400)
    monkeypatch.setenv("STRAVA_REQUESTS_PER_15MIN", "200")
    monkeypatch.setenv("STRAVA_REQUESTS_PER_DAY", "2000")
    ask_all(new_client())
    assert statuses(strava) == [200] * 200


@pytest.mark.promise("B2")
@pytest.mark.parametrize(
    "changes",
    [
        {
            f"{READ}-Limit": None,
            "X-Readratelimit-Usage": None,
            f"{OVERALL}-Limit": None,
            f"{OVERALL}-Usage": None,
        },
        {"X-Readratelimit-Usage": ","},
        {"X-Readratelimit-Usage": "0,0", f"{OVERALL}-Usage": "0,0"},
        {f"{READ}-Limit": "many", f"{OVERALL}-Limit": "5000"},
    ],
    ids=["missing", "commas", "falling", "foreign"],
)
def test_headers_that_tell_nothing_leave_our_own_count(
    changes: dict[str, str | None], strava: Sandbox, client: StravaClient
) -> None:
    strava.settings(strava_header_changes=changes)
    ask_all(client)
    assert statuses(strava) == [200] * 100


@pytest.mark.promise("B2")
@pytest.mark.parametrize("told", [True, False], ids=["with headers", "without"])
def test_a_refusal_closes_the_window_for_everybody(told: bool, strava: Sandbox, client: StravaClient) -> None:
    """No call at all is sent before its end, by no process, and the refused one counts as spent."""
    strava.settings(strava_429_headers=told)
    client.athlete()
    strava.spend_strava(500)
    stop = ask_all(client)
    assert "Strava's limit is reached" in str(stop)
    assert (stop.exit_code, spent(strava)[0]) == (3, 502)
    for other in (client, new_client(), new_client()):
        ask_all(other)
    assert statuses(strava) == [200, 429]
    assert client.limit_status()["quarter_hour"]["remaining"] == 0


@pytest.mark.promise("B2")
def test_a_spent_day_ends_with_the_time_of_midnight(strava: Sandbox, client: StravaClient) -> None:
    client.athlete()
    strava.spend_strava(999)
    strava.settings(strava_read_per_window=0)
    strava.reset()
    stop = ask_all(client)
    ask_all(new_client())
    assert statuses(strava) == [429]
    left_s = (stop.resume_at - datetime.now(UTC)).total_seconds()
    assert DAY_S / 2 - AFTER_NOON_S - 120 < left_s < DAY_S / 2
    assert client.limit_status()["day"]["remaining"] == 0


@pytest.mark.promise("B2")
def test_midnight_begins_a_day_and_a_quarter_hour(strava: Sandbox) -> None:
    """Two seconds before it, with nothing left of the day: the client waits, and goes on."""
    waits: list[tuple[float, str]] = []
    strava.settings(clock_skew_seconds=DAY_S - 2.5 - time.time() % DAY_S, strava_read_per_day=3)
    client = new_client(on_wait=lambda seconds, why: waits.append((seconds, why)))
    for _ in range(6):
        client.activities()
    assert statuses(strava) == [200] * 6
    assert spent(strava) == [3, 3]
    assert waits and all(seconds < 5 and "read limit a day is spent" in why for seconds, why in waits)


def test_the_background_leaves_a_share_for_a_person(strava: Sandbox) -> None:
    ask_all(new_client(background=True))
    assert len(statuses(strava)) == 90
    ask_all(new_client())
    assert statuses(strava) == [200] * 100


# ------------------------------------------------------------------ what is told to people


def test_the_state_of_the_limits_is_told(strava: Sandbox, client: StravaClient) -> None:
    unused = client.limit_status()
    assert {name: (row["allowed"], row["used"], row["remaining"]) for name, row in unused.items()} == {
        "quarter_hour": (100, 0, 100), "day": (1_000, 0, 1_000),
    }  # fmt: skip
    client.athlete()
    strava.spend_strava(30)
    client.athlete()
    for told in (client.limit_status(), limiter_of(load_settings()).status()):
        assert {name: (row["allowed"], row["used"], row["remaining"]) for name, row in told.items()} == {
            "quarter_hour": (100, 32, 68), "day": (1_000, 32, 968),
        }  # fmt: skip
        assert (
            QUARTER_S - AFTER_NOON_S - 120
            < told["quarter_hour"]["resets_in_s"]
            <= QUARTER_S - AFTER_NOON_S + 2
        )
        assert DAY_S / 2 - AFTER_NOON_S - 120 < told["day"]["resets_in_s"] <= DAY_S / 2
    rows = {row.window: (row.allowed, row.used, row.left) for row in limiter_of(load_settings()).usage()}
    assert rows["read, of 15 minutes"] == (100, 32, 68)
    assert rows["overall, a day"] == (2_000, 32, 1_968)
    assert rows["refused today (UTC)"] == (None, 0, None)


def test_the_tighter_limit_is_the_one_that_is_told(strava: Sandbox, client: StravaClient) -> None:
    strava.settings(strava_overall_per_window=50)
    client.athlete()
    assert client.limit_status()["quarter_hour"] | {"resets_in_s": 0} == {
        "allowed": 50, "used": 1, "remaining": 49, "resets_in_s": 0,
    }  # fmt: skip


def test_other_faults_close_no_window(strava: Sandbox, client: StravaClient) -> None:
    strava.faults({"kind": "status", "status": 503, "retry_after": "seconds:0"}, {"kind": "reset"})
    assert client.athlete().payload
    assert client.limit_status()["quarter_hour"]["used"] <= 3
    strava.faults({"kind": "reset", **FOR_EVER})
    with pytest.raises(ProviderUnavailable, match="Strava"):
        client.athlete()
    strava.faults()
    assert client.athlete().payload
