"""Tokens of Strava: given again while they last, rotated when told, dead with the body that says so."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from strava_asker import Asker

from sandbox.client import Sandbox


def test_a_token_with_an_hour_left_is_given_again_and_then_a_new_one(own: Asker) -> None:
    first = own.refresh().json
    assert "athlete" not in first
    assert first["token_type"] == "Bearer"
    assert 21_500 < first["expires_in"] <= 21_600
    own.sandbox.settings(clock_skew_seconds=17_000)
    again = own.refresh().json
    assert again["access_token"] == first["access_token"]
    assert again["expires_at"] == first["expires_at"]
    assert again["expires_in"] <= 4_600
    own.sandbox.settings(clock_skew_seconds=18_100)
    new = own.refresh().json
    assert new["access_token"] != first["access_token"]
    assert new["refresh_token"] == first["refresh_token"]
    assert own.ask("athlete").status == 200, "the old one lives until its own end"
    own.sandbox.settings(clock_skew_seconds=21_700)
    assert own.ask("athlete").fault == (401, "Athlete", "access_token", "invalid")


def test_a_rotated_refresh_token_is_dead_at_once(own: Asker) -> None:
    own.sandbox.settings(strava_rotate=True)
    old = own.refresh_token
    new = own.refresh().json["refresh_token"]
    assert new != old
    assert own.refresh(old).fault == (400, "RefreshToken", "refresh_token", "invalid")
    assert own.refresh(new).status == 200


def test_wrong_clients_are_told_apart_from_wrong_tokens(own: Asker) -> None:
    token = own.refresh_token
    wrong_id = own.token(grant_type="refresh_token", refresh_token=token, client_id="1")
    assert wrong_id.fault == (400, "Application", "client_id", "invalid")
    wrong_secret = own.token(grant_type="refresh_token", refresh_token=token, client_secret="guess")
    assert wrong_secret.fault == (401, "Application", "", "invalid")
    assert own.refresh("never issued").fault[1] == "RefreshToken"
    assert own.sandbox.counters()["strava_token_rejections"] == 3


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (None, "activity:read_all profile:read_all read"),
        ("read activity:read", "read activity:read"),
        ("read,activity:read_all", "read,activity:read_all"),
        ("", None),
    ],
)
def test_the_scope_is_told_as_the_setting_says(own: Asker, setting: str | None, told: str | None) -> None:
    own.sandbox.settings(strava_scope=setting)
    assert own.refresh().json.get("scope") == told


def test_a_sign_in_by_code_works_once(own: Asker) -> None:
    own.sandbox.settings(strava_unticked="profile:read_all")
    reply = own.authorize()
    assert reply.status == 302
    back = urlsplit(reply.headers["location"])
    answer = {name: values[0] for name, values in parse_qs(back.query).items()}
    assert (back.netloc, back.path) == ("localhost:8900", "/back")
    assert (answer["scope"], answer["state"]) == ("read,activity:read_all", "a state & more")
    tokens = own.token(grant_type="authorization_code", code=answer["code"]).json
    assert (tokens["athlete"]["id"], tokens["athlete"]["resource_state"]) == (own.athlete_id, 2)
    assert tokens["scope"] == "activity:read_all read"
    again = own.token(grant_type="authorization_code", code=answer["code"])
    assert again.fault == (400, "AuthorizationCode", "code", "invalid")
    own.access_token = tokens["access_token"]
    assert own.ask("athlete/zones").status == 401, "what was unticked is not granted"


def test_the_authorize_page_refuses_and_can_be_refused(own: Asker) -> None:
    assert own.authorize(client_id="1").fault[2] == "client_id"
    assert own.authorize(redirect_uri="https://elsewhere.example/").fault[2] == "redirect_uri"
    own.sandbox.settings(strava_denies=True)
    assert "error=access_denied" in own.authorize().headers["location"]


def test_another_athlete_signs_in_when_told() -> None:
    with Sandbox(classes=1, strava_athletes=2) as sandbox:
        asker = Asker(sandbox)
        sandbox.settings(strava_signs_in=1)
        code = parse_qs(urlsplit(asker.authorize().headers["location"]).query)["code"][0]
        tokens = asker.token(grant_type="authorization_code", code=code).json
        assert tokens["athlete"]["id"] == sandbox.strava_credentials["athletes"][1]["athlete_id"]
        assert tokens["athlete"]["id"] != asker.athlete_id


def test_a_revocation_kills_all_tokens_and_a_new_sign_in_repairs_it(own: Asker) -> None:
    assert own.revoke(own.access_token, secret="guess").status == 401
    assert own.ask("athlete").status == 200
    assert own.revoke(own.access_token).status == 200
    assert own.ask("athlete").fault == (401, "Athlete", "access_token", "invalid")
    assert own.refresh().fault == (400, "RefreshToken", "refresh_token", "invalid")
    code = parse_qs(urlsplit(own.authorize().headers["location"]).query)["code"][0]
    own.access_token = own.token(grant_type="authorization_code", code=code).json["access_token"]
    assert own.ask("athlete").status == 200


def test_tokens_die_on_demand_and_by_fault(own: Asker) -> None:
    own.sandbox.expire_strava_tokens()
    assert own.ask("athlete").status == 401
    own.sign_in()
    own.sandbox.faults({"kind": "expire_tokens", "endpoint": "strava_gear"})
    assert own.ask("athlete").status == 200
    assert own.ask("gear/b9000000").status == 401
    own.sign_in()
    own.sandbox.faults({"kind": "expire_strava_tokens", "endpoint": "strava_athlete"})
    assert own.ask("athlete").status == 401
    own.sandbox.expire_strava_tokens(refresh_tokens_too=True)
    assert own.refresh().status == 400


def test_an_inactive_application_is_refused_while_refreshing_works(own: Asker) -> None:
    own.sandbox.settings(strava_inactive=True)
    assert own.ask("athlete/activities").fault == (403, "Application", "Status", "Inactive")
    assert own.refresh().status == 200


def test_the_environment_points_at_the_first_athlete(own: Asker) -> None:
    env = own.sandbox.env()
    assert env["STRAVA_API_URL"].endswith("/strava")
    assert env["STRAVA_AUTH_URL"].endswith("/strava-auth")
    assert env["STRAVA_REFRESH_TOKEN"] == own.refresh_token
    assert {"STRAVA_CLIENT_ID", "STRAVA_CLIENT_SECRET"} <= env.keys()
