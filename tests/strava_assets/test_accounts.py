"""Which accounts are connected, who each of them is, and that one sync at a time asks for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from strava_in_process import StravaInProcess, listed, rows

from resources.errors import AlreadyRunning, SignInNeeded, UsageProblem
from resources.settings import load_settings
from resources.tokens import TokenStore
from strava_assets.athletes import Athlete, athlete_of, chosen_accounts, connections
from strava_assets.forgetting import forget_sign_in


@pytest.fixture
def two(data_dir: Path) -> StravaInProcess:
    """Two athletes who signed in and were asked who they are."""
    strava = StravaInProcess(3, athletes=2)
    for athlete in (0, 1):
        listed(strava.workspace(data_dir, athlete=athlete))
    return strava


def test_nobody_is_connected_before_a_sign_in() -> None:
    settings = load_settings()
    assert connections(settings) == []
    with pytest.raises(SignInNeeded, match="paceline login strava"):
        chosen_accounts(settings)


def test_a_token_of_the_environment_is_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRAVA_REFRESH_TOKEN", "invented")
    assert chosen_accounts(load_settings()) == ["default"]


def test_accounts_are_chosen_by_name_or_by_the_athletes_id(two: StravaInProcess) -> None:
    settings = load_settings()
    assert chosen_accounts(settings) == ["athlete1", "default"]
    assert (
        chosen_accounts(settings, "athlete1") == chosen_accounts(settings, two.athlete_ids[1]) == ["athlete1"]
    )
    with pytest.raises(UsageProblem, match="athlete1, default"):
        chosen_accounts(settings, "nobody")


def test_who_an_account_is_is_asked_once_and_with_a_full_listing(
    two: StravaInProcess, data_dir: Path
) -> None:
    two.asked()
    work = two.workspace(data_dir)
    assert athlete_of(work) == Athlete(two.athlete_ids[0], "default") and two.asked() == {}
    assert athlete_of(work, refresh=True).athlete_id == two.athlete_ids[0]
    assert two.asked() == {"strava_athlete": 1}


def test_a_new_sign_in_may_be_somebody_else(two: StravaInProcess, data_dir: Path) -> None:
    work = two.workspace(data_dir, athlete=1)
    with work.client.auth.lock():
        work.client.auth.save(replace(work.client.auth.load(), member_id=""))
    assert athlete_of(work).athlete_id == two.athlete_ids[1] and two.asked()["strava_athlete"] >= 1


def test_a_sign_in_that_was_dropped_leaves_no_token_and_no_connection(
    two: StravaInProcess, data_dir: Path
) -> None:
    work = two.workspace(data_dir, athlete=1)
    forget_sign_in(work.client.auth)
    assert [each.account for each in connections(work.settings)] == ["default"]
    kept = TokenStore(work.settings.state_dir).load("strava", "athlete1")
    assert (kept.access_token, kept.refresh_token, kept.member_id) == ("", "", "")


def test_one_sync_at_a_time(two: StravaInProcess, data_dir: Path) -> None:
    first, second = two.workspace(data_dir), two.workspace(data_dir, athlete=1)
    with first.crawling(), pytest.raises(AlreadyRunning, match="Strava"), second.crawling(wait_s=0):
        raise AssertionError("unreachable")
    assert rows(first, "activities") == [], "nothing is built by a sync"
