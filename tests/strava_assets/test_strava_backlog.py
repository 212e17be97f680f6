"""What is left of Strava is what the next passes ask, and is done when the provider's windows allow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from strava_in_process import StravaInProcess, items, listed

from resources.operations.stock import Left, backlog_rows
from resources.outlook import Allowance, Quota
from resources.strava_auth import StravaAuth
from resources.tokens import Tokens, TokenStore
from strava_assets.athletes import Athlete
from strava_assets.items import ITEMS_AT_ONCE
from strava_assets.stock import STRAVA, athlete_left, in_background
from strava_assets.workspace import Workspace

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def left(work: Workspace, strava: StravaInProcess) -> dict[str, int]:
    athlete_id = str(next(iter(strava.truth().values()))["athlete"]["id"])
    return {one.resource: one.requests for one in athlete_left(work, Athlete(athlete_id, work.account))}


def test_what_is_told_to_be_left_is_what_is_asked(strava: StravaInProcess, work: Workspace) -> None:
    listed(work, full=True)
    strava.asked()
    while total := sum((before := left(work, strava)).values()):
        remaining, counts = items(work, limit=70)
        assert counts.requests == min(70, total) == strava.asked().total()
        assert sum(left(work, strava).values()) == total - counts.requests == remaining, before


def test_a_thousand_a_day_are_told_in_days_and_less_in_the_background() -> None:
    day, quarter = Quota(86_400, 1000, 1000, 43_200), Quota(900, 100, 100, 900)
    allowance = Allowance(5, (quarter, day))
    found = [
        Left("activity_details", 700, "me", in_background=True),
        Left("gear", 400, "me", in_background=True),
    ]
    behind = Allowance(5, (quarter,)).with_quota(3600, ITEMS_AT_ONCE)
    first, last = backlog_rows(found, allowance, behind, NOON)
    assert first["done_at"].date() == NOON.date() and last["done_at"].date() == datetime(2026, 11, 23).date()
    hours = -(-1100 // ITEMS_AT_ONCE) - 1
    assert (last["background_done_at"] - NOON).total_seconds() // 3600 == hours


def test_the_background_leaves_a_tenth_and_asks_for_one_pass_a_tick(work: Workspace) -> None:
    allowed = in_background(work.settings, Allowance(5, (Quota(900, 100, 5, 60),)))
    assert [(one.allowed, one.left) for one in allowed.quotas] == [(90, 0), (ITEMS_AT_ONCE, ITEMS_AT_ONCE)]
    assert allowed.quotas[1].period_s == 60 * work.settings.sync_interval_minutes


@pytest.mark.parametrize("account", ["default", "somebody"])
def test_who_was_never_listed_has_no_backlog(work: Workspace, account: str) -> None:
    TokenStore(work.settings.state_dir).save(
        "strava", Tokens(access_token="a", access_expires_at=2e12), account
    )
    auth = StravaAuth(TokenStore(work.settings.state_dir), work.settings.strava_auth_url, account)
    assert auth.describe().access_left
    assert STRAVA.backlog(work.settings) == []
