"""Sign-in: one-time refresh tokens, PKCE codes, access tokens that expire."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlencode, urlsplit

from probe import Probe, Reply

VERIFIER = "a-verifier-that-is-long-enough-for-the-rule-of-43-characters"
REDIRECT = "https://members.example/callback"


def authorize(probe: Probe, **changes: str) -> Reply:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    query = {
        "client_id": "tests",
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "state": "a state",
    }
    return probe.request("GET", f"{probe.sandbox.auth_url}/authorize?{urlencode(query | changes)}")


def exchange(probe: Probe, code: str, verifier: str = VERIFIER, redirect: str = REDIRECT) -> Reply:
    return probe.token(
        grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=redirect
    )


def code_of(reply: Reply) -> str:
    return parse_qs(urlsplit(reply.headers["location"]).query)["code"][0]


def test_a_refresh_token_works_once(shared: Probe) -> None:
    before = shared.sandbox.counters()
    old = shared.refresh_token
    answer = shared.refresh()
    assert answer.status == 200
    assert set(answer.json) == {
        "access_token",
        "refresh_token",
        "id_token",
        "scope",
        "expires_in",
        "token_type",
    }
    assert (answer.json["expires_in"], answer.json["token_type"]) == (172_800, "Bearer")
    assert answer.json["refresh_token"].startswith("v1.")

    again = shared.token(grant_type="refresh_token", refresh_token=old)
    assert (again.status, again.json["error"]) == (403, "invalid_grant")
    assert set(again.json) == {"error", "error_description", "error_uri"}

    after = shared.sandbox.counters()
    names = ("token_rotations", "token_rejections")
    assert [after[name] - before[name] for name in names] == [1, 1]
    assert after["by_endpoint"]["token"] == before["by_endpoint"]["token"] + 2
    shared.refresh_token = answer.json["refresh_token"]


def test_the_token_endpoint_takes_json_too(shared: Probe) -> None:
    body = {"grant_type": "refresh_token", "client_id": "tests", "refresh_token": shared.refresh_token}
    url = f"{shared.sandbox.auth_url}/oauth/token"
    answer = shared.request("POST", url, {"Content-Type": "application/json"}, json.dumps(body))
    assert answer.status == 200
    shared.refresh_token = answer.json["refresh_token"]


def test_other_grants_are_refused(shared: Probe) -> None:
    assert (
        shared.token(grant_type="password", username="a", password="b").json["error"] == "unauthorized_client"
    )


def test_a_code_is_exchanged_once_and_only_with_its_verifier(shared: Probe) -> None:
    sent_back = authorize(shared)
    assert sent_back.status == 302
    assert sent_back.headers["location"].startswith(f"{REDIRECT}?code=")
    assert parse_qs(urlsplit(sent_back.headers["location"]).query)["state"] == ["a state"]

    code = code_of(sent_back)
    answer = exchange(shared, code)
    assert answer.status == 200
    signed_in = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert shared.get("/api/me", headers=signed_in).status == 200
    assert exchange(shared, code).json["error"] == "invalid_grant"
    assert exchange(shared, code_of(authorize(shared)), verifier="wrong").status == 403
    assert exchange(shared, code_of(authorize(shared)), redirect="https://elsewhere.example").status == 403
    assert authorize(shared, code_challenge_method="plain").status == 400


def test_access_tokens_carry_their_expiry_and_it_is_enforced(private: Probe) -> None:
    claims = json.loads(base64.urlsafe_b64decode(private.access_token.split(".")[1] + "=="))
    assert claims["exp"] - claims["iat"] == 172_800
    assert private.get("/api/me").status == 200

    private.sandbox.settings(access_token_seconds=0)
    private.sign_in()
    assert private.get("/api/me").status == 401


def test_only_access_tokens_issued_here_open_the_data(private: Probe) -> None:
    id_token = private.refresh().json["id_token"]
    for token in (id_token, "", "eyJhbGciOiJub25lIn0.e30.x", private.refresh_token):
        assert private.get("/api/me", headers={"Authorization": f"Bearer {token}"}).status == 401


def test_revoked_refresh_tokens_are_refused(private: Probe) -> None:
    private.sandbox.control("revoke_refresh_tokens", {})
    assert private.refresh().status == 403
