"""The token endpoint: masked secrets, tokens that work once, and a limit that looks like another error."""

from __future__ import annotations

import json

import pytest
from racer import FORM, Racer


def test_the_password_grant_opens_the_data(own: Racer) -> None:
    reply = own.token()
    assert reply.status == 200
    assert reply.json.keys() == {
        "access_token", "token_type", "expires_in", "refresh_token", "refresh_token_expires_in", "scope",
    }  # fmt: skip
    assert (reply.json["expires_in"], reply.json["refresh_token_expires_in"]) == (600, 604_800)
    assert reply.headers["x-request-id"]
    own.access_token = reply.json["access_token"]
    assert own.ask("car/get").status == 200
    counters = own.sandbox.counters()
    assert (counters["iracing_password_grants"], counters["iracing_refreshes"]) == (2, 0)


def test_the_identifier_is_trimmed_and_lowered_before_masking(own: Racer) -> None:
    name = own.sandbox.iracing_credentials["username"]
    assert own.token(username=f" {name.upper()} ").status == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"password": "not-masked"}, 400, "invalid_grant"),
        ({"username": "somebody@else.example"}, 400, "invalid_grant"),
        ({"client_secret": "not-masked"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 400, "unauthorized_client"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, 400, "invalid_grant"),
    ],
)
def test_what_is_wrong_is_refused_by_its_code(
    own: Racer, changes: dict[str, str], status: int, error: str
) -> None:
    reply = own.token(**changes)
    assert (reply.status, reply.json["error"]) == (status, error)
    assert "retry-after" not in reply.headers
    assert reply.json.keys() == {"status", "status_reason", "error", "error_description", "error_uri"}


def test_a_json_body_is_no_token_request(own: Racer) -> None:
    url = f"{own.sandbox.iracing_auth_url}/oauth2/token"
    reply = own.request("POST", url, {"Content-Type": "application/json"}, json.dumps(own.form()))
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")


def test_a_plus_that_was_not_encoded_is_another_secret(own: Racer) -> None:
    masked = own.form()["password"]
    assert masked.endswith("="), "base64 of 32 bytes"
    url = f"{own.sandbox.iracing_auth_url}/oauth2/token"
    body = "&".join(f"{name}={value}" for name, value in own.form(password=f"+{masked[1:]}").items())
    assert own.request("POST", url, FORM, body).json["error"] in ("invalid_grant", "invalid_client")


def test_a_refresh_token_works_once(own: Racer) -> None:
    first = own.refresh_token
    reply = own.refresh(first)
    assert reply.status == 200
    spent = own.refresh(first)
    assert (spent.status, spent.json["error"]) == (400, "invalid_grant")
    assert own.refresh(reply.json["refresh_token"]).status == 200
    assert own.sandbox.counters()["iracing_refreshes"] == 2


def test_a_misspelt_scope_is_missing_from_the_answer(own: Racer) -> None:
    assert "scope" not in own.token(scope="iracing.oauth").json
    assert own.token(scope="iracing.auth iracing.profile").json["scope"] == "iracing.auth iracing.profile"


def test_tokens_die_in_time_and_on_command(own: Racer) -> None:
    own.sandbox.expire_iracing_tokens()
    refused = own.ask("car/get")
    assert (refused.status, refused.json) == (401, {"error": "Unauthorized"})
    own.sign_in()
    own.sandbox.settings(clock_skew_seconds=601)
    assert own.ask("car/get").status == 401
    own.sandbox.settings(clock_skew_seconds=604_801)
    assert own.refresh().json["error"] == "invalid_grant"


def test_refresh_tokens_can_be_expired_too(own: Racer) -> None:
    own.sandbox.expire_iracing_tokens(refresh_tokens_too=True)
    assert own.refresh().status == 400
    assert own.token().status == 200


def test_the_token_limit_differs_from_a_wrong_client_by_one_header(own: Racer) -> None:
    own.sandbox.settings(token_limit=2)
    own.sandbox.reset_iracing_limit()
    answers = [own.token() for _ in range(3)]
    assert [reply.status for reply in answers] == [200, 200, 400]
    assert answers[0].headers["ratelimit-limit"] == "2"
    assert answers[1].headers["ratelimit-remaining"] == "0"
    assert answers[2].json["error"] == "unauthorized_client"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    own.sandbox.settings(clock_skew_seconds=61)
    assert own.token().status == 200, "the window is over"
