"""Strava's tokens: they often stay the same and may change any time, are rejected once, and belong to one athlete."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from striding import (
    FOR_EVER,
    TOKEN,
    Grants,
    aged,
    begin_anew,
    connect,
    grants,
    new_auth,
    new_client,
    new_sandbox,
    signed_in,
)

from resources.errors import SignInNeeded
from resources.strava_auth import (
    PROVIDER,
    StravaAuth,
    application,
    cure_of,
)
from resources.token_rules import lasts
from resources.tokens import Pasted, TokenStore
from sandbox.client import Sandbox
from strava_assets.forgetting import forget_sign_in

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "strava" / "oauth_token"
HOUR_S = 3_600


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
def auth(strava: Sandbox) -> StravaAuth:
    return new_auth(strava)


@pytest.fixture
def before(strava: Sandbox) -> Grants:
    return grants(strava)


def later(auth: StravaAuth, seconds: float) -> None:
    auth.save(aged(auth.load(), seconds))


# ------------------------------------------------------------------ refreshes


def test_one_refresh_serves_everybody(strava: Sandbox, auth: StravaAuth, before: Grants) -> None:
    token = auth.access_token()
    assert [new_auth(strava).access_token(), auth.access_token()] == [token] * 2
    assert (grants(strava) - before).row() == (1, 1, 0, 0)
    assert 21_500 < auth.load().access_expires_at - auth.load().obtained_at <= 21_600


@pytest.mark.parametrize(("age_s", "sent"), [(20_900, 0), (21_050, 1), (21_700, 1)])
def test_a_token_is_renewed_ten_minutes_before_its_end(
    age_s: float, sent: int, strava: Sandbox, auth: StravaAuth, before: Grants
) -> None:
    auth.access_token()
    later(auth, age_s)
    auth.access_token()
    assert (grants(strava) - before).row() == (1 + sent, 1 + sent, 0, 0)


def test_the_same_token_again_is_no_vain_loop(strava: Sandbox, auth: StravaAuth, before: Grants) -> None:
    """It lives for hours yet, so the service gives it again, with what is left of its life."""
    token = auth.access_token()
    later(auth, 22_000)  # by our clock it has ended
    assert auth.access_token() == token
    assert [auth.access_token() for _ in range(20)] == [token] * 20
    assert (grants(strava) - before).row() == (2, 2, 0, 0)
    auth.accepted(token)
    assert auth.load().unproven == 0


def test_a_refused_token_that_is_given_again_ends_the_call(strava: Sandbox, before: Grants) -> None:
    """Neither this call nor many of them may hammer the sign-in service."""
    strava.faults({"kind": "status", "status": 401, "json": {"errors": []}, **FOR_EVER})
    client = new_client()
    for _ in range(15):
        with pytest.raises(SignInNeeded):
            client.athlete()
    assert (grants(strava) - before).sent == 10


def test_the_recorded_answers_are_understood(auth: StravaAuth, strava: Sandbox) -> None:
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded answers at {RECORDED}")
    answers = [json.loads(path.read_text()) for path in sorted(RECORDED.glob("*.json"))]
    for answer in answers:
        strava.faults({"kind": "json", "value": answer, "endpoint": TOKEN})
        later(auth, 30_000)
        assert auth.access_token() == answer["access_token"]
        tokens = auth.load()
        assert tokens.refresh_token == answer["refresh_token"]
        assert round(tokens.access_expires_at - tokens.obtained_at) == answer["expires_in"]
        assert (lasts(tokens, HOUR_S), tokens.scope) == (True, "")


@pytest.mark.parametrize("rotates", [True, False])
def test_a_refresh_token_is_kept_or_replaced(rotates: bool, strava: Sandbox, auth: StravaAuth) -> None:
    strava.settings(strava_rotate=rotates)
    held = [auth.access_token() and auth.load().refresh_token]
    for _ in range(3):
        strava.expire_strava_tokens()
        auth.renew(auth.load().access_token)
        held.append(auth.load().refresh_token)
    assert len(set(held)) == (4 if rotates else 1)
    assert auth.describe().state == "ok"


def test_a_value_in_env_that_was_spent_is_not_taken_again(
    strava: Sandbox, auth: StravaAuth, before: Grants
) -> None:
    strava.settings(strava_rotate=True)
    auth.access_token()
    strava.expire_strava_tokens()
    auth.renew(auth.load().access_token)
    later(auth, 30_000)
    assert auth.access_token()
    assert (grants(strava) - before).row() == (3, 3, 0, 0)


@pytest.mark.promise("D3")
def test_a_dead_refresh_token_is_sent_once(strava: Sandbox, auth: StravaAuth, before: Grants) -> None:
    auth.access_token()
    strava.expire_strava_tokens(refresh_tokens_too=True)
    later(auth, 30_000)
    for again in (auth, new_auth(strava), auth):
        with pytest.raises(
            SignInNeeded, match=r"rejected.*`paceline login strava`.*STRAVA_REFRESH_TOKEN"
        ) as stop:
            again.access_token()
        assert stop.value.exit_code == 4
    assert (grants(strava) - before).row() == (2, 1, 0, 1)
    assert auth.describe().state == "needs sign-in"
    auth.sign_in_with(Pasted(refresh_token=signed_in(strava)))
    assert auth.describe().state == "ok"


@pytest.mark.promise("D3")
def test_the_answer_to_a_refresh_that_is_lost_is_not_asked_for_again(
    strava: Sandbox, auth: StravaAuth, before: Grants
) -> None:
    strava.settings(strava_rotate=True)
    strava.faults({"kind": "lost_token_answer", "endpoint": TOKEN})
    for again in (auth, new_auth(strava), auth):
        with pytest.raises(SignInNeeded, match=r"was lost.*paceline login strava"):
            again.access_token()
    assert (grants(strava) - before).row() == (1, 1, 0, 0)


@pytest.mark.parametrize("wrong", ["STRAVA_CLIENT_ID", "STRAVA_CLIENT_SECRET"])
def test_a_wrong_application_does_not_cost_the_refresh_token(
    wrong: str, strava: Sandbox, auth: StravaAuth, before: Grants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is rejected once, and tried again when the application is another one."""
    with monkeypatch.context() as patch:
        patch.setenv(wrong, "31337")
        for again in (auth, new_auth(strava), auth):
            with pytest.raises(SignInNeeded, match="rejected"):
                again.access_token()
        assert auth.describe().state == "needs sign-in"
    assert (grants(strava) - before).row() == (1, 0, 0, 1)
    assert auth.describe().state == "ok"
    assert auth.access_token()
    assert (grants(strava) - before).row() == (2, 1, 0, 1)


@pytest.mark.parametrize("missing", ["STRAVA_CLIENT_ID", "STRAVA_CLIENT_SECRET"])
def test_without_an_application_both_doors_are_named(
    missing: str, strava: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(missing, " ")
    with pytest.raises(
        SignInNeeded, match=r"settings/api.*STRAVA_CLIENT_ID.*paceline import strava EXPORT.zip"
    ):
        new_client()
    assert strava.counters()["total"] == 0


def test_the_application_does_not_show_its_secret() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRAVA_CLIENT_ID", " 77 ")
        patch.setenv("STRAVA_CLIENT_SECRET", "hush-hush")
        assert (application().client_id, application().client_secret) == ("77", "hush-hush")
        assert repr(application()) == "Application(77)"


def test_an_application_without_subscription_still_renews(
    strava: Sandbox, auth: StravaAuth, before: Grants
) -> None:
    strava.settings(strava_inactive=True)
    token = auth.access_token()
    strava.expire_strava_tokens()
    assert auth.renew(token) != token
    assert (grants(strava) - before).row() == (2, 2, 0, 0)


# ------------------------------------------------------------------ several athletes


def test_athletes_do_not_share_tokens(strava: Sandbox, auth: StravaAuth) -> None:
    """In one file, each renewed, rejected and forgotten by itself; the environment is the first one's."""
    other = new_auth(strava, account="other")
    with pytest.raises(SignInNeeded, match=r"no credential.*`paceline login strava --account other`"):
        other.access_token()
    other.sign_in_with(Pasted(refresh_token=signed_in(strava, athlete=1)))
    clients = {account: new_client(account=account) for account in ("default", "other")}
    ids = {account: client.athlete().payload["id"] for account, client in clients.items()}
    assert list(ids.values()) == [each["athlete_id"] for each in strava.strava_credentials["athletes"][:2]]
    store = TokenStore(auth.store.folder.parent)
    assert store.accounts(PROVIDER) == ["default", "other"]
    other.save(replace(other.load(), refresh_rejected="whatever"))
    assert auth.describe().state == "ok"
    token = auth.access_token()
    forget_sign_in(other)
    assert store.load(PROVIDER, "other").refresh_token == ""
    assert auth.access_token() == token


def test_the_next_step_names_the_account() -> None:
    assert "STRAVA_REFRESH_TOKEN" in cure_of("default")
    assert cure_of("other") == "Run `paceline login strava --account other`."
