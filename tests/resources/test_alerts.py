"""Facts planted in a data folder: each kind of trouble is an alert with a cure, and goes when the trouble went."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.alert_facts import LEAST_FREE_BYTES, disk_room, facts_of
from resources.alerts import NOTICE, SEVERE, Alert, Drifted, Facts, FailedRun, LostMonth, holding
from resources.peloton_auth import PelotonAuth
from resources.settings import Settings, load_settings
from resources.state import Coverage, State, SyncCounts
from resources.token_owner import Connection
from resources.tokens import Tokens, TokenStore, fingerprint, now_s

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
LISTS = ("ride_list", "workout_list")


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return load_settings()


@pytest.fixture
def state(settings: Settings) -> State:
    return State(settings.state_dir)


def connected(settings: Settings, tokens: Tokens, account: str = "default") -> Connection:
    """An account with these tokens, as its owner tells of it."""
    store = TokenStore(settings.state_dir)
    with store.lock("peloton"):
        store.save("peloton", tokens, account)
    return PelotonAuth(store, settings.peloton_auth_url, account).describe()


def healthy(settings: Settings, account: str = "default") -> Connection:
    return connected(settings, Tokens("a", now_s() + 9_000, "r", now_s()), account)


def told(settings: Settings, *connections: Connection, runs: tuple[FailedRun, ...] = ()) -> list[Alert]:
    return holding(facts_of("peloton", settings, NOW, connections, LISTS, runs, ("left for the next run",)))


def read_list(state: State, resource: str, when: datetime, outcome: str = "done") -> None:
    state.start_run(f"run of {when}", "peloton", resource, "", when)
    state.end_run(f"run of {when}", "peloton", resource, "", SyncCounts(), when, outcome)


def test_nothing_holds_in_a_folder_that_is_well_or_empty(settings: Settings) -> None:
    assert told(settings) == []
    assert not settings.data_dir.exists(), "a look makes no files"
    read_list(State(settings.state_dir), "ride_list", NOW)
    assert told(settings, healthy(settings)) == []


def test_a_rejected_token_is_told_with_the_command_that_cures_it(settings: Settings) -> None:
    dead = Tokens(refresh_token="r", obtained_at=now_s(), refresh_rejected=fingerprint("r"))
    (alert,) = told(settings, connected(settings, dead, "anna"), healthy(settings))
    assert (alert.key, alert.severity) == ("token/peloton/anna/rejected", SEVERE)
    assert alert.cure == "Run `paceline login peloton --account anna`."
    alive = replace(dead, access_token="a", access_expires_at=now_s() + 7_300)
    (alert,) = told(settings, connected(settings, alive))
    assert "works for 2.0 hours yet" in alert.text


def test_a_token_without_a_successor_is_told_a_day_before_its_end(settings: Settings) -> None:
    def told_at(hours: float) -> list[str]:
        pasted = Tokens("a", now_s() + hours * 3_600, obtained_at=now_s())
        return [alert.key for alert in told(settings, connected(settings, pasted))]

    assert told_at(47) == []
    assert told_at(23) == told_at(1) == ["token/peloton/default/ends"]
    assert told_at(-1) == ["token/peloton/default/rejected"]


def test_who_never_signed_in_is_not_told_to_do_so_again(settings: Settings) -> None:
    never = PelotonAuth(TokenStore(settings.state_dir), settings.peloton_auth_url).describe()
    assert never.state == "needs sign-in"
    assert told(settings, never) == []


def test_a_list_that_nobody_read_for_days_is_stale(settings: Settings, state: State) -> None:
    read_list(state, "ride_list", NOW - 4 * DAY)
    read_list(state, "workout_list", NOW - 2 * DAY)
    read_list(state, "ride_details", NOW - 90 * DAY)
    (alert,) = told(settings, healthy(settings))
    assert (alert.key, alert.severity) == ("stale/peloton/ride_list", NOTICE)
    assert f"4 days ago, on {NOW - 4 * DAY:%Y-%m-%d}" in alert.text
    assert "`paceline sync peloton`" in alert.cure
    read_list(state, "ride_list", NOW - DAY, "failed")
    assert told(settings, healthy(settings)) == [alert], "a run that failed read nothing to its end"
    assert told(replace(settings, alert_stale_days=0), healthy(settings)) == []
    assert told(settings) == [], "of a provider that nobody is connected to nothing is expected"
    read_list(state, "ride_list", NOW)
    assert told(settings, healthy(settings)) == []


def test_the_list_of_an_account_that_left_is_not_stale(settings: Settings, state: State) -> None:
    read_list(state, "workout_list:bob", NOW - 9 * DAY)
    assert told(settings, healthy(settings)) == []
    (alert,) = told(settings, healthy(settings), healthy(settings, "bob"))
    assert (alert.key, "sync workouts" in alert.cure) == ("stale/peloton/workout_list:bob", True)


def test_months_that_were_complete_are_told_as_one_and_others_not(settings: Settings, state: State) -> None:
    def record(run: str, how: str, *months: str, reason: str = "", account: str = "") -> None:
        entries = [Coverage("ride_details", month, how, reason or None) for month in months]
        state.record_coverage("peloton", entries, run, NOW, account)

    record("first", "complete", "2024-01", "2024-02", "2024-03")
    record("first", "incomplete", "2024-04", reason="never was")
    assert told(settings) == []
    record("second", "incomplete", "2024-01", "2024-02", "2024-04", reason="2 failed")
    (alert,) = told(settings)
    assert alert.severity == NOTICE
    assert "2024-01 to 2024-02 (2 months) was complete and is not any more: 2 failed" in alert.text
    record("third", "complete", "2024-01")
    (part,) = told(settings)
    assert (part.key, part.cure) == (alert.key, "Run `paceline sync peloton --year 2024 --month 2`.")
    record("third", "complete", "2024-02")
    record("fourth", "incomplete", "2024-03", reason="7 left for the next run by the time limit")
    assert told(settings) == [], "the next run goes on by itself"
    record("fifth", "complete", "2024-05", account="anna")
    state.start_run("sixth", "peloton", "ride_details", "", NOW)
    record("sixth", "incomplete", "2024-05", account="anna", reason="stopped")
    assert told(settings) == [], "the run is still at it"
    state.end_run("sixth", "peloton", "ride_details", "", SyncCounts(), NOW, "failed")
    assert [one.cure for one in told(settings)] == ["Run `paceline sync workouts --year 2024 --month 5`."]


def test_drift_is_told_once_for_each_run_that_found_some(settings: Settings, state: State) -> None:
    state.record_drift("peloton", "ride_details", [("ride.x", "unknown", "number")], "old", NOW - 40 * DAY)
    assert told(settings) == []
    state.record_drift(
        "peloton", "ride_details", [(f"ride.{name}", "retyped", "text") for name in "abcde"], "a", NOW
    )
    (first,) = told(settings)
    assert "ride.a (retyped), ride.b (retyped), ride.c (retyped), and 2 more" in first.text
    state.record_drift("peloton", "ride_details", [("ride.y", "unknown", "null")], "b", NOW)
    assert len({alert.key for alert in told(settings)} - {first.key}) == 1


def test_a_failed_run_is_told_but_not_what_goes_on_by_itself_or_is_told_already(settings: Settings) -> None:
    def failed(kind: str) -> tuple[FailedRun]:
        return (FailedRun("peloton_library", "id", "it broke", "Mend it.", kind),)

    (alert,) = told(settings, runs=failed("StorageProblem"))
    assert (alert.key, alert.severity, alert.cure) == ("run/peloton/peloton_library", SEVERE, "Mend it.")
    assert told(settings, runs=failed("LimitReached")) == []
    assert [one.key for one in told(settings, runs=failed("SignInNeeded"))] == [alert.key]
    dead = connected(
        settings, Tokens(refresh_token="r", obtained_at=now_s(), refresh_rejected=fingerprint("r"))
    )
    assert [one.key for one in told(settings, dead, runs=failed("SignInNeeded"))] == [
        "token/peloton/default/rejected"
    ]


def test_the_disk_is_told_when_a_build_might_not_fit(settings: Settings) -> None:
    free, needed = disk_room(settings)
    whole = os.statvfs(settings.data_dir.parent)
    assert 0 < free <= whole.f_blocks * whole.f_frsize
    assert needed == LEAST_FREE_BYTES
    facts = Facts("peloton", NOW, free_bytes=needed - 1, needed_bytes=needed)
    (alert,) = holding(facts)
    assert (alert.key, alert.severity) == ("disk", SEVERE)
    assert "1,074 MB left, a sync may need 1,074 MB" in alert.text
    assert holding(replace(facts, free_bytes=needed)) == []


def test_the_room_that_is_needed_grows_with_the_warehouse(settings: Settings) -> None:
    settings.data_dir.mkdir()
    with settings.warehouse_file.open("wb") as file:
        file.truncate(2**30)
    assert disk_room(settings)[1] == 3 * 2**30


def test_severe_ones_come_first_and_each_is_one_line_of_bounded_length() -> None:
    hostile = "a title\n\x1b[31m of many words " * 90
    found = holding(
        Facts(
            "peloton",
            NOW,
            lost_months=[LostMonth("ride_list", "", "2024-01", hostile, "run")],
            drift=[Drifted("ride_list", hostile, "unknown", "run")],
            failed_runs=[FailedRun("job", "run", hostile, "Look.")],
        )
    )
    assert [alert.severity for alert in found] == [SEVERE, NOTICE, NOTICE]
    for alert in found:
        assert alert.line.isprintable()
        assert len(alert.line) <= 600
