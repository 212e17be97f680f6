"""Strava's errors are told apart by their bodies: what a token, a scope, a subscription or an activity lacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from striding import (
    FOR_EVER,
    TOKEN,
    Fault,
    alive,
    begin_anew,
    connect,
    grants,
    new_client,
    new_sandbox,
    statuses,
)

from resources.errors import (
    BadAnswer,
    LimitReached,
    NotServed,
    PacelineError,
    ProviderRefused,
    SignInNeeded,
)
from resources.http import ATTEMPTS_BY_KIND
from resources.strava import INACTIVE, StravaClient
from sandbox.client import Sandbox

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "strava" / "errors"
# What each recorded error is: the exception, its words, refreshes and calls that it costs.
RECORDED_ERRORS: dict[str, tuple[type[PacelineError], str, int, int]] = {
    "craibo__401_access_token_invalid": (SignInNeeded, "status 401, the access token is not accepted", 1, 2),
    "dblock__401_application_invalid": (SignInNeeded, "status 401, the access token is not accepted", 1, 2),
    "dreeveapp__401_scope_missing": (SignInNeeded, "does not allow activity:read_permission; a refresh cannot", 0, 1),
    "dreeveapp__403_application_inactive": (ProviderRefused, "inactive.*paid subscription.*settings/api", 0, 1),
    "node-strava__429_old": (LimitReached, "Strava's limit is reached", 0, 1),
    "stravalib__429_overall": (LimitReached, "Strava's limit is reached", 0, 1),
    "roznet__404_streams": (NotServed, "status 404, Resource Not Found", 0, 1),
}  # fmt: skip
OF_THE_SIGN_IN = {"dblock__400_oauth_client", "dreeveapp__400_refresh_token_invalid"}


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
    """Signed in, with nothing counted yet."""
    client = new_client()
    client.auth.access_token()
    strava.reset()
    return client


def recorded_error(name: str) -> Fault:
    path = RECORDED / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"no recorded answer at {path}")
    told = json.loads(path.read_text())
    return {"kind": "status", "status": told["status"], "json": told["body"], **FOR_EVER}


def one_activity(strava: Sandbox, **like: Any) -> str:
    """The newest that is as wanted."""
    fits = [row for row in alive(strava) if all(row[name] == value for name, value in like.items())]
    return str(fits[-1]["id"])


# ------------------------------------------------------------------ errors, by their bodies


def test_every_recorded_error_is_judged_here() -> None:
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded answers at {RECORDED}")
    assert {path.stem for path in RECORDED.glob("*.json")} == RECORDED_ERRORS.keys() | OF_THE_SIGN_IN


@pytest.mark.promise("D6")
@pytest.mark.parametrize("name", RECORDED_ERRORS)
def test_a_recorded_error_is_what_its_body_says(name: str, client: StravaClient, strava: Sandbox) -> None:
    error, words, refreshes, calls = RECORDED_ERRORS[name]
    before = grants(strava)
    strava.faults(recorded_error(name))
    with pytest.raises(error, match=words) as caught:
        client.streams("7")
    assert type(caught.value) is error
    assert (grants(strava) - before).row() == (refreshes, refreshes, 0, 0)
    assert len(statuses(strava)) == client.requests_made == calls


@pytest.mark.parametrize("name", sorted(OF_THE_SIGN_IN))
def test_a_recorded_error_of_the_sign_in_needs_a_person(
    name: str, client: StravaClient, strava: Sandbox
) -> None:
    strava.expire_strava_tokens()
    strava.faults({**recorded_error(name), "endpoint": TOKEN})
    before = grants(strava)
    for _ in range(3):
        with pytest.raises(SignInNeeded, match=r"rejected.*paceline login strava") as stop:
            client.athlete()
    assert stop.value.exit_code == 4
    assert (grants(strava) - before).sent == 1


@pytest.mark.promise("D1")
@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("rotates", [True, False])
def test_a_token_that_dies_in_the_middle_is_one_refresh(
    after: int, rotates: bool, client: StravaClient, strava: Sandbox
) -> None:
    strava.settings(strava_rotate=rotates)
    strava.faults({"kind": "expire_strava_tokens", "after_requests": after})
    before = grants(strava)
    for _ in range(4):
        assert client.activities().payload
    assert (grants(strava) - before).row() == (1, 1, 0, 0)
    assert statuses(strava).count(401) == 1
    assert client.requests_made == 5
    assert client.auth.load().unproven == 0


def test_a_scope_that_is_missing_costs_no_refresh(client: StravaClient, strava: Sandbox) -> None:
    """Also a second time, and the token is kept: it may do for other things."""
    strava.set_strava_scopes(drop=["activity:read_all", "activity:read"])
    before = grants(strava)
    for _ in range(2):
        with pytest.raises(
            SignInNeeded, match=r"does not allow activity:read_permission.*paceline login strava"
        ) as stop:
            client.activities()
    assert stop.value.exit_code == 4
    assert (grants(strava) - before).sent == 0
    assert client.athlete().payload
    assert client.auth.describe().state == "ok"


def test_an_inactive_application_is_told_as_such(client: StravaClient, strava: Sandbox) -> None:
    strava.settings(strava_inactive=True)
    with pytest.raises(ProviderRefused) as stop:
        client.activities()
    assert (stop.value.what, stop.value.next_step) == INACTIVE
    assert "paceline import strava" in str(stop.value)
    strava.expire_strava_tokens()
    before = grants(strava)
    with pytest.raises(ProviderRefused, match="inactive"):
        client.activities()
    assert (grants(strava) - before).row() == (1, 1, 0, 0), "the token is renewed nevertheless"
    assert client.limit_status()["quarter_hour"]["remaining"] == 97, "it is no limit: nobody is held"
    strava.settings(strava_inactive=False)
    assert client.activities().payload, "reactivated"


@pytest.mark.parametrize("fault", [
    {"json": {"message": "Forbidden", "errors": []}},
    {"json": {"message": "Forbidden"}},
    {"json": ["Application", "Inactive"]},
    {"text": "<html>Application Status Inactive</html>", "content_type": "text/html"},
])  # fmt: skip
def test_another_403_is_a_block_and_tried_again(fault: Fault, client: StravaClient, strava: Sandbox) -> None:
    strava.faults({"kind": "status", "status": 403, **fault, **FOR_EVER})
    with pytest.raises(ProviderRefused, match="status 403") as stop:
        client.athlete()
    assert "subscription" not in str(stop.value)
    assert client.requests_made == ATTEMPTS_BY_KIND["refused"]


def test_a_manual_activity_has_no_streams(client: StravaClient, strava: Sandbox) -> None:
    """And one that is gone has no details: neither is asked twice."""
    manual = one_activity(strava, manual=True)
    with pytest.raises(NotServed):
        client.streams(manual)
    assert client.activity(manual).payload["manual"] is True
    assert client.zones(manual).payload == []
    gone = str(strava.upload_activities()[0]["id"])
    strava.delete_activities(int(gone))
    for ask in (client.activity, client.streams, client.zones):
        with pytest.raises(NotServed, match="status 404"):
            ask(gone)
    assert statuses(strava) == [404, 200, 200, 404, 404, 404]


def test_a_moment_of_the_future_is_told_at_once(client: StravaClient, strava: Sandbox) -> None:
    body = {
        "message": "Bad Request",
        "errors": [{"resource": "Application", "field": "after", "code": "future"}],
    }
    strava.faults({"kind": "status", "status": 400, "json": body, **FOR_EVER})
    with pytest.raises(BadAnswer, match="status 400, Bad Request"):
        client.activities(before=4_000_000_000)
    assert client.requests_made == 1


ERRORS: dict[str, Any] = {
    "an object": {
        "errors": {"resource": "AccessToken", "field": "activity:read_permission", "code": "missing"}
    },
    "two": {"errors": [{"code": "missing", "field": "profile:read_permission"}, {"code": "invalid"}]},
}
NO_ERRORS: dict[str, Fault] = {
    "empty": {"text": ""},
    "nested": {"text": "[" * 50_000},
    "a page": {"text": "<html>missing</html>", "content_type": "text/html"},
    "no UTF-8": {"text": "\u0000", "content_type": "application/json"},
    "a word": {"json": {"errors": "missing"}},
    "a number": {"json": {"errors": 7}},
    "nothing": {"json": {"errors": []}},
    "no object": {"json": {"errors": ["missing"]}},
    "null": {"json": None},
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_missing_scope_in_other_forms(name: str, client: StravaClient, strava: Sandbox) -> None:
    strava.faults({"kind": "status", "status": 401, "json": ERRORS[name], **FOR_EVER})
    with pytest.raises(SignInNeeded, match=r"does not allow .*read_permission"):
        client.athlete()
    assert client.requests_made == 1


@pytest.mark.promise("D6")
@pytest.mark.parametrize("name", NO_ERRORS)
def test_a_401_that_says_nothing_is_an_expired_token(
    name: str, client: StravaClient, strava: Sandbox
) -> None:
    strava.faults({"kind": "status", "status": 401, **NO_ERRORS[name]})
    assert client.athlete().payload
    assert client.requests_made == 2
    assert grants(strava).sent == 1


@pytest.mark.promise("D6")
def test_the_words_of_a_body_are_cut_and_on_one_line(client: StravaClient, strava: Sandbox) -> None:
    field = "activity\n\x1b[31m" + "x" * 5_000
    strava.faults(
        {"kind": "status", "status": 401, "json": {"errors": [{"field": field, "code": "missing"}]}}
    )
    with pytest.raises(SignInNeeded) as stop:
        client.athlete()
    assert len(str(stop.value)) < 400
    assert str(stop.value).isprintable()
