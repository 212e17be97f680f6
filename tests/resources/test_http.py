"""Every way an answer can go wrong, sent by the sandbox. None may end as an empty success or tell a secret."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resources.errors import (
    BadAnswer,
    LimitReached,
    NotServed,
    PacelineError,
    ProviderRefused,
    ProviderUnavailable,
    SignInNeeded,
    UsageProblem,
)
from resources.http import JsonHttp
from resources.peloton import PelotonClient, wrong_list
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.rate_limit import RateLimiter
from resources.settings import Settings
from resources.tokens import TokenStore
from sandbox.client import Sandbox

BACKOFF_S = 0.02
FOR_EVER = {"times": 0}
Fault = dict[str, Any]


def text_body(text: str) -> Fault:
    return {"kind": "body", "text": text}


def raw_body(raw: bytes) -> Fault:
    return {"kind": "body", "base64": base64.b64encode(raw).decode()}


UNBELIEVABLE: dict[str, Fault] = {
    "challenge page": {"kind": "html"},
    "empty": text_body(""),
    "object": text_body("{}"),
    "array": text_body("[]"),
    "null": text_body("null"),
    "number": text_body("42"),
    "string": text_body('"data"'),
    "true": text_body("true"),
    "error envelope": text_body('{"status":500,"error_code":1,"message":"Internal"}'),
    "rows without total": text_body('{"data":[]}'),
    "total without rows": text_body('{"total":9}'),
    "rows null": text_body('{"data":null,"total":9}'),
    "rows an object": text_body('{"data":{},"total":9}'),
    "total negative": text_body('{"data":[],"total":-1}'),
    "total true": text_body('{"data":[],"total":true}'),
    "rows without ids": text_body('{"data":[{"title":"x"},3],"total":9}'),
    "another page": text_body('{"data":[],"total":0,"page":7}'),
    "NaN": text_body('{"data":[],"total":NaN}'),
    "Infinity": text_body('{"data":[],"total":-Infinity}'),
    "key twice": text_body('{"data":[],"total":1,"total":2}'),
    "torn": text_body('{"data": [{"id": "a"'),
    "two documents": text_body('{"data":[],"total":0}{}'),
    "deep": text_body("[" * 10_000 + "]" * 10_000),
    "deep objects": text_body('{"a":' * 10_000),
    "huge number": text_body('{"data":[],"total":' + "9" * 5_000 + "}"),
    "not UTF-8": raw_body(b'{"data":[],"total":0,"x":"\xff\xfe"}'),
    "UTF-16": raw_body('{"data":[],"total":0}'.encode("utf-16")),
    "no gzip": {**text_body('{"data":[],"total":0}'), "headers": {"Content-Encoding": "gzip"}},
    "too short a promise": {**text_body('{"data":[],"total":0}'), "headers": {"Content-Length": "9"}},
    "wrong type": {**text_body('{"data":[],"total":0}'), "content_type": "text/plain"},
    "no content": {"kind": "status", "status": 204},
    "redirect": {"kind": "status", "status": 302, "headers": {"Location": "/elsewhere"}},
}
FINAL_AT_ONCE = {"no content", "redirect"}


@pytest.mark.promise("B4")
@pytest.mark.parametrize("name", UNBELIEVABLE)
def test_an_unbelievable_answer_is_asked_for_again_and_then_named(
    name: str, client: PelotonClient, sandbox: Sandbox
) -> None:
    sandbox.faults({**UNBELIEVABLE[name], "endpoint": "archived", **FOR_EVER})
    with pytest.raises(BadAnswer, match=r"Peloton http.*archived") as caught:
        client.archived(0)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    attempts = 1 if name in FINAL_AT_ONCE else 3
    assert client.requests_made == sandbox.counters()["by_endpoint"]["archived"] == attempts


@pytest.mark.promise("B4")
@pytest.mark.parametrize("name", [name for name in UNBELIEVABLE if name not in FINAL_AT_ONCE])
def test_one_unbelievable_answer_costs_one_more_request(
    name: str, client: PelotonClient, sandbox: Sandbox
) -> None:
    sandbox.faults({**UNBELIEVABLE[name], "endpoint": "archived", "times": 1})
    answer = client.archived(0)
    assert answer.payload["total"] > 0
    assert client.requests_made == 2


@pytest.mark.promise("B4")
def test_an_answer_larger_than_the_cap_is_given_up(client: PelotonClient, sandbox: Sandbox) -> None:
    sandbox.faults({**text_body("[0]," * 1_000), "repeat": 12_500, "endpoint": "archived", "times": 3})
    with pytest.raises(BadAnswer, match="larger than"):
        client.archived(0)
    assert client.archived(0).status == 200


@pytest.mark.promise("B3")
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_outage_is_asked_four_times(status: int, client: PelotonClient, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "status", "status": status, "text": "<html>", "endpoint": "details", "times": 4})
    with pytest.raises(ProviderUnavailable, match=f"status {status}"):
        client.ride_details("abc")
    assert client.requests_made == 4
    with pytest.raises(NotServed):
        client.ride_details("abc")


@pytest.mark.promise("B3")
def test_a_reset_connection_is_a_fault_of_the_network(client: PelotonClient, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "reset", "endpoint": "archived", "times": 2})
    assert client.archived(0).status == 200
    assert client.requests_made == 3
    sandbox.faults({"kind": "reset", "endpoint": "archived", **FOR_EVER})
    with pytest.raises(ProviderUnavailable):
        client.archived(0)


@pytest.fixture
def impatient(settings: Settings, seed: str) -> PelotonClient:
    """A client that waits for a tenth of a second at most, and half a second for the whole answer."""
    auth = PelotonAuth(TokenStore(settings.state_dir), settings.peloton_auth_url)
    limiter = RateLimiter(PROVIDER, 500, settings.state_dir / "limits.sqlite")
    http = JsonHttp(
        "Peloton",
        limiter,
        token=auth.access_token,
        renew=auth.renew,
        headers={"Peloton-Platform": "web"},
        backoff_s=BACKOFF_S,
        read_timeout_s=0.2,
        deadline_s=0.5,
    )
    return PelotonClient(settings.peloton_api_url, http)


@pytest.mark.promise("B3")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "stall", "seconds": 20},
        {"kind": "stall", "seconds": 20, "then": "send"},
        {"kind": "drip", "chunk_bytes": 1, "pause_seconds": 0.05},
    ],
)
def test_a_stalled_or_dripping_answer_is_given_up(
    fault: Fault, impatient: PelotonClient, sandbox: Sandbox
) -> None:
    sandbox.faults({**fault, "endpoint": "archived", **FOR_EVER})
    with pytest.raises(ProviderUnavailable, match=r"stalled|slowly|in time"):
        impatient.archived(0)
    assert impatient.requests_made == 4


def test_an_address_that_is_none(settings: Settings, seed: str) -> None:
    client = PelotonClient.from_settings(
        replace(settings, peloton_api_url="api.example"), backoff_s=BACKOFF_S
    )
    with pytest.raises(UsageProblem, match="Check the settings"):
        client.archived(0)


def test_only_a_json_404_or_410_speaks_of_an_item(client: PelotonClient, sandbox: Sandbox) -> None:
    for status in (404, 410):
        sandbox.faults(
            {
                "kind": "status",
                "status": status,
                "json": {"status": status, "message": "gone"},
                "endpoint": "details",
            }
        )
        with pytest.raises(NotServed, match="gone"):
            client.ride_details("abc")
    sandbox.faults({"kind": "html", "status": 404, "endpoint": "details"})
    with pytest.raises(BadAnswer, match="404"):
        client.ride_details("abc")
    sandbox.faults({"kind": "status", "status": 404, "json": {}, "endpoint": "details"})
    with pytest.raises(BadAnswer, match="404"):
        client.ride_details("abc")
    assert client.requests_made == 4


def test_an_invalid_request_is_not_repeated(client: PelotonClient, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "status", "status": 400, "json": {"message": "Request was invalid"}, **FOR_EVER})
    with pytest.raises(BadAnswer, match="Request was invalid"):
        client.archived(0)
    assert client.requests_made == 1


# ------------------------------------------------------------------ refusals


@pytest.mark.promise("B1")
def test_one_refusal_is_waited_out(client: PelotonClient, sandbox: Sandbox) -> None:
    for status in (403, 429):
        sandbox.faults({"kind": "status", "status": status, "text": "error code: 1015", "times": 2})
        assert client.archived(0).status == 200
    assert (client.requests_made, client.refused) == (6, 4)


@pytest.mark.promise("B1")
def test_a_third_429_stops_with_the_time_to_go_on(client: PelotonClient, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "status", "status": 429, "text": "error code: 1015", **FOR_EVER})
    with pytest.raises(LimitReached, match="1015") as caught:
        client.archived(0)
    assert (client.requests_made, client.refused) == (3, 3)
    cool_down = timedelta(seconds=30 * BACKOFF_S)
    assert datetime.now(UTC) < caught.value.resume_at <= datetime.now(UTC) + cool_down


@pytest.mark.promise("B3")
def test_a_third_403_is_an_outage(client: PelotonClient, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "html", "status": 403, **FOR_EVER})
    with pytest.raises(ProviderRefused, match="403"):
        client.archived(0)
    assert (client.requests_made, client.refused) == (3, 3)


@pytest.mark.promise("B1")
@pytest.mark.parametrize(
    ("form", "least_s"),
    [
        ("seconds:1", 1.0),
        ("date:2", 1.0),  # dates know whole seconds only
        ("seconds:0", BACKOFF_S),
        ("seconds:-9", BACKOFF_S),
        ("none", BACKOFF_S),
        ("soon", BACKOFF_S),
        ("date:-100", BACKOFF_S),
    ],
)
def test_nothing_is_sent_while_it_is_forbidden(
    form: str, least_s: float, settings: Settings, client: PelotonClient, sandbox: Sandbox
) -> None:
    client.archived(0)
    sandbox.reset()
    sandbox.faults({"kind": "status", "status": 429, "retry_after": form, "endpoint": "archived", "times": 1})
    assert client.archived(0).status == 200
    other = PelotonClient.from_settings(settings, backoff_s=BACKOFF_S)  # shares the hold, not the counters
    assert other.archived(0).status == 200
    arrived = [line[0] for line in sandbox.requests()]
    assert len(arrived) == 3
    assert arrived[1] - arrived[0] >= least_s


@pytest.mark.promise("B1")
@pytest.mark.parametrize(
    "form", ["seconds:315360000", "seconds:3600", "date:3600", "seconds:99999999999999999999"]
)
def test_a_long_pause_stops_at_once_and_for_everybody(
    form: str, settings: Settings, client: PelotonClient, sandbox: Sandbox
) -> None:
    sandbox.faults({"kind": "status", "status": 429, "retry_after": form, **FOR_EVER})
    with pytest.raises(LimitReached) as caught:
        client.archived(0)
    assert caught.value.resume_at >= datetime.now(UTC) + timedelta(minutes=59)
    with pytest.raises(LimitReached):
        PelotonClient.from_settings(settings, backoff_s=BACKOFF_S).archived(0)
    assert sandbox.counters()["by_endpoint"]["archived"] == 1


# ------------------------------------------------------------------ tokens in mid-run


@pytest.mark.promise("D1")
def test_workers_that_meet_a_dead_token_together_renew_it_once(
    client: PelotonClient, sandbox: Sandbox
) -> None:
    client.me_id()
    sandbox.settings(latency_ms=50)
    sandbox.expire_tokens()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(client.instructors, [0] * 8))
    assert {answer.status for answer in answers} == {200}
    assert sandbox.counters()["by_endpoint"]["token"] == 2
    assert client.requests_made == sandbox.counters()["total"] - 2


@pytest.mark.promise("D1")
def test_a_token_that_is_refused_for_good_stops(client: PelotonClient, sandbox: Sandbox) -> None:
    sandbox.faults(
        {"kind": "status", "status": 401, "json": {"status": 401}, "endpoint": "archived", **FOR_EVER}
    )
    with pytest.raises(SignInNeeded, match="paceline login peloton"):
        client.archived(0)
    assert client.requests_made == 2
    assert sandbox.counters()["by_endpoint"]["token"] == 2


def test_a_password_in_netrc_is_never_sent(
    client: PelotonClient, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login someone password canary-password\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert client.archived(0).status == 200  # a Basic header would be answered 401


# ------------------------------------------------------------------ secrets

ALL_KINDS: list[Fault] = [
    *UNBELIEVABLE.values(),
    {"kind": "reset"},
    {"kind": "truncate", "at_byte": 9},
    *({"kind": "status", "status": status} for status in (400, 401, 403, 404, 410, 429, 500, 503)),
]


@pytest.fixture
def secrets_of(client: PelotonClient, settings: Settings, seed: str) -> Iterator[Callable[[], list[str]]]:
    client.me_id()

    def known() -> list[str]:
        tokens = TokenStore(settings.state_dir).load(PROVIDER)
        return [seed, tokens.access_token, tokens.refresh_token]

    yield known


def test_no_failure_tells_a_secret(
    client: PelotonClient,
    sandbox: Sandbox,
    secrets_of: Callable[[], list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    canaries = secrets_of()
    echo = " ".join([*canaries, *(base64.b64encode(f"x:{one}".encode()).decode() for one in canaries)])
    told = []
    for fault in ALL_KINDS:
        spoken = {"text": f"your Bearer was {echo}"} if fault["kind"] == "status" else {}
        sandbox.faults({**fault, **spoken, "endpoint": "archived", "times": 3})
        try:
            client.archived(0)
        except PacelineError as error:
            told.append(f"{error} {error!r} {error.__dict__}")
        canaries += secrets_of()
    assert len(told) > 20
    everything = "\n".join([*told, caplog.text])
    for secret in canaries:
        assert secret not in everything
        assert secret[20:60] not in everything
        assert base64.b64encode(secret.encode()).decode()[:40] not in everything


def test_an_answer_carries_no_secret(client: PelotonClient, secrets_of: Callable[[], list[str]]) -> None:
    answer = client.archived(0)
    assert not any(secret in answer.url + answer.text for secret in secrets_of())


@pytest.mark.promise("B1")
def test_waits_are_told(settings: Settings, seed: str, sandbox: Sandbox) -> None:
    waits: list[str] = []
    client = PelotonClient.from_settings(
        settings, backoff_s=BACKOFF_S, on_wait=lambda seconds, reason: waits.append(reason)
    )
    sandbox.faults(
        {"kind": "status", "status": 500, "endpoint": "archived", "at_request": 1},
        {
            "kind": "status",
            "status": 429,
            "endpoint": "archived",
            "at_request": 2,
            "retry_after": "seconds:1",
        },
    )
    client.archived(0)
    assert "status 500" in waits[0]
    assert waits[1] == "peloton answered 429"


def test_the_body_is_kept_as_it_came(client: PelotonClient, sandbox: Sandbox) -> None:
    text = '{"total" : 1,\n "data": [ {"id": "\\ud800", "big": 123456789012345678901234567890, "f": 1.10} ]}'
    sandbox.faults({**text_body(text), "endpoint": "archived"})
    answer = client.archived(0)
    assert answer.text == text
    assert wrong_list(answer.payload, 0) is None
    assert answer.payload["data"][0]["big"] == 123456789012345678901234567890
    assert answer.fetched_at.tzinfo is UTC
