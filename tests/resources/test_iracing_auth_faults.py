"""iRacing's sign-in when it goes wrong: a limit that looks like another error, few sign-ins, answers that get lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from racing import (
    TOKEN,
    Fault,
    Grants,
    aged,
    begin_anew,
    connect,
    grants,
    new_auth,
    new_sandbox,
)

from resources.errors import LimitReached, PacelineError, ProviderUnavailable, SignInNeeded
from resources.iracing_auth import (
    MOST_LOGINS_AN_HOUR,
    IracingAuth,
)
from resources.rate_limit import LONGEST_HOLD_S
from resources.token_rules import MOST_UNPROVEN_REFRESHES
from resources.tokens import Tokens
from sandbox.client import Sandbox

HOUR_S = 3_600.0
ANOTHER_TIME = timedelta(minutes=3)  # more than a slow machine needs between two lines of a test
LOST: dict[str, Fault] = {
    "dropped": {"kind": "lost_token_answer"},
    "torn": {"kind": "truncate", "at_byte": 40},
    "stalled": {"kind": "stall", "seconds": 20},
    "a challenge page": {"kind": "html"},
    "no token in it": {"kind": "json", "value": {"token_type": "Bearer"}},
    "a redirect": {"kind": "status", "status": 302, "headers": {"Location": "/x"}},
}


@pytest.fixture(scope="module")
def one_racing() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def racing(one_racing: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    begin_anew(one_racing)
    connect(one_racing, monkeypatch)
    return one_racing


@pytest.fixture
def auth(racing: Sandbox) -> IracingAuth:
    return new_auth(racing)


@pytest.fixture
def before(racing: Sandbox) -> Grants:
    return grants(racing)


def later(auth: IracingAuth, seconds: float) -> None:
    auth.save(aged(auth.load(), seconds))


def spoil(racing: Sandbox, fault: Fault) -> None:
    racing.faults({**fault, "endpoint": TOKEN})


# ------------------------------------------------------------------ limits


@pytest.mark.promise("B1")
def test_the_token_limit_is_a_pause_and_no_rejection(racing: Sandbox, auth: IracingAuth) -> None:
    racing.settings(token_limit=1, token_window_seconds=900)
    racing.reset_iracing_limit()
    token = auth.access_token()
    before, now = grants(racing), datetime.now(UTC)
    with pytest.raises(LimitReached) as stopped:
        auth.renew(token)
    assert stopped.value.exit_code == 3
    assert (
        now + timedelta(seconds=700) < stopped.value.resume_at < now + timedelta(seconds=901) + ANOTHER_TIME
    )
    assert f"{stopped.value.resume_at:%Y-%m-%d %H:%M}" in str(stopped.value)
    with pytest.raises(ProviderUnavailable, match="Try again after"):
        auth.renew(token)
    assert (grants(racing) - before).row() == (1, 0, 0, 1)
    racing.reset_iracing_limit()
    later(auth, 0)
    assert auth.renew(token) != token
    assert (grants(racing) - before).row() == (2, 0, 1, 1), "the refresh token was not spent"


@pytest.mark.promise("B1")
def test_a_first_sign_in_that_meets_the_limit_is_not_rejected(racing: Sandbox, auth: IracingAuth) -> None:
    racing.settings(token_limit=1)
    racing.reset_iracing_limit()
    new_auth(racing).access_token()
    auth.save(Tokens())
    with pytest.raises(LimitReached):
        auth.access_token()
    assert auth.load().login_rejected == ""
    with pytest.raises(ProviderUnavailable):
        auth.access_token()
    racing.reset_iracing_limit()
    later(auth, 0)
    assert auth.access_token()


@pytest.mark.promise("B1")
@pytest.mark.parametrize("signed_in", [True, False], ids=["refresh", "sign-in"])
def test_a_pause_of_ten_years_is_a_day(signed_in: bool, racing: Sandbox, auth: IracingAuth) -> None:
    """Nobody means it; but within the day nothing is sent, and after it one request."""
    token = auth.access_token() if signed_in else ""
    before = grants(racing)
    spoil(racing, {"kind": "status", "status": 400, "json": {"error": "unauthorized_client"},
                   "retry_after": "seconds:315360000", "times": 0})  # fmt: skip
    with pytest.raises(LimitReached) as stopped:
        auth.renew(token)
    left = stopped.value.resume_at - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(seconds=LONGEST_HOLD_S)
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            auth.renew(token)
    assert (grants(racing) - before).sent == 1
    racing.faults()
    later(auth, 0)
    assert auth.renew(token)


@pytest.mark.promise("D3")
def test_no_more_than_a_few_sign_ins_an_hour(racing: Sandbox, auth: IracingAuth, before: Grants) -> None:
    """Whatever kills the tokens: twelve in an hour may lock the account."""
    for _ in range(MOST_LOGINS_AN_HOUR):
        auth.renew(auth.load().access_token)
        racing.expire_iracing_tokens(refresh_tokens_too=True)
    for _ in range(5):
        with pytest.raises((ProviderUnavailable, SignInNeeded)):
            new_auth(racing).renew(auth.load().access_token)
    told = grants(racing) - before
    assert told.passwords == MOST_LOGINS_AN_HOUR < 12
    assert told.sent <= 2 * MOST_LOGINS_AN_HOUR
    later(auth, HOUR_S)
    assert auth.renew(auth.load().access_token)
    assert (grants(racing) - before).passwords == MOST_LOGINS_AN_HOUR + 1


@pytest.mark.promise("D3")
def test_tokens_that_are_never_accepted_end_the_asking(
    racing: Sandbox, auth: IracingAuth, before: Grants
) -> None:
    token = auth.access_token()
    with pytest.raises(PacelineError):
        for _ in range(50):
            token = auth.renew(token)
    for _ in range(20):
        with pytest.raises(PacelineError):
            auth.renew(token)
    told = grants(racing) - before
    assert told.passwords <= MOST_LOGINS_AN_HOUR
    assert told.sent <= MOST_UNPROVEN_REFRESHES + MOST_LOGINS_AN_HOUR


# ------------------------------------------------------------------ answers that go wrong


@pytest.mark.promise("D3")
@pytest.mark.parametrize("how", LOST)
def test_a_refresh_whose_answer_is_lost_becomes_one_sign_in(
    how: str, racing: Sandbox, auth: IracingAuth
) -> None:
    token = auth.access_token()
    before = grants(racing)
    spoil(racing, LOST[how])
    renewed = auth.renew(token)
    told = grants(racing) - before
    assert (told.sent, told.passwords) == (2, 1)
    assert auth.access_token() == renewed != token
    assert grants(racing) - before == told
    assert auth.describe().state == "ok"


@pytest.mark.promise("D3")
@pytest.mark.parametrize("how", LOST)
def test_a_lost_sign_in_is_repeated_by_a_later_run_only(how: str, racing: Sandbox, auth: IracingAuth) -> None:
    before = grants(racing)
    spoil(racing, LOST[how])
    with pytest.raises(ProviderUnavailable, match=r"answer to the sign-in was lost.*in a minute"):
        auth.access_token()
    for _ in range(3):
        with pytest.raises(ProviderUnavailable, match=r"had a fault just now"):
            auth.access_token()
    assert (grants(racing) - before).sent == 1
    assert auth.describe().state == "ok"
    later(auth, 61)
    assert auth.access_token()
    assert (grants(racing) - before).sent == 2


@pytest.mark.promise("B3", "D3")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503, "json": {"error": "temporarily_unavailable"}},
        {"kind": "html", "status": 403},
    ],
    ids=["500", "503", "a block page"],
)
@pytest.mark.parametrize("signed_in", [True, False], ids=["refresh", "sign-in"])
def test_an_outage_spends_nothing_and_leaves_the_service_alone(
    fault: Fault, signed_in: bool, racing: Sandbox, auth: IracingAuth
) -> None:
    token = auth.access_token() if signed_in else ""
    before = grants(racing)
    spoil(racing, fault)
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            auth.renew(token)
    assert (grants(racing) - before).sent == 1
    later(auth, 61)
    assert auth.renew(token)
    assert (grants(racing) - before).row() == ((2, 0, 1, 0) if signed_in else (2, 1, 0, 0))
