"""Every kind of fault, seen by a client that reads the socket itself."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from probe import Probe

from sandbox.client import Sandbox

ME = "/api/me"
LIST = "/api/v2/ride/archived"


@pytest.fixture
def faulty(shared: Probe) -> Iterator[Probe]:
    """A signed-in client; no fault outlives its test."""
    yield shared
    shared.sandbox.faults()


def statuses(probe: Probe, path: str, count: int, **query: Any) -> list[int]:
    return [probe.get(path, **query).status for _ in range(count)]


# ------------------------------------------------------------------ which requests are hit


def test_times_bounds_a_fault_and_zero_means_for_ever(faulty: Probe) -> None:
    faulty.sandbox.faults({"kind": "status", "status": 503, "times": 2})
    assert statuses(faulty, ME, 4) == [503, 503, 200, 200]
    faulty.sandbox.faults({"kind": "status", "status": 503, "times": 0})
    assert statuses(faulty, ME, 5) == [503] * 5
    faulty.sandbox.faults()
    assert statuses(faulty, ME, 1) == [200]


def test_by_request_number_endpoint_and_id(faulty: Probe) -> None:
    one, other = (row["id"] for row in faulty.archived()["data"][:2])
    faulty.sandbox.faults(
        {"kind": "status", "status": 500, "endpoint": "me", "at_request": [2, 4]},
        {"kind": "status", "status": 502, "endpoint": "details", "id": one, "after_requests": 1},
        {"kind": "status", "status": 504, "path_contains": "page=3"},
    )
    assert statuses(faulty, ME, 5) == [200, 500, 200, 500, 200]
    assert statuses(faulty, f"/api/ride/{other}/details", 2) == [200, 200]
    assert statuses(faulty, f"/api/ride/{one}/details", 3) == [200, 502, 200]
    assert [faulty.get(LIST, page=page).status for page in (2, 3, 4)] == [200, 504, 200]
    assert [state["fired"] for state in faulty.sandbox.fault_state()] == [2, 1, 1]


def test_by_seeded_chance(faulty: Probe) -> None:
    def run() -> list[int]:
        faulty.sandbox.faults({"kind": "status", "status": 500, "chance": 0.3, "seed": 5})
        return statuses(faulty, ME, 60)

    first = run()
    assert first == run(), "the same seed hits the same requests"
    assert 8 <= first.count(500) <= 30


def test_unnamed_endpoints_leave_the_sign_in_alone(faulty: Probe) -> None:
    faulty.sandbox.faults({"kind": "status", "status": 500, "times": 0})
    faulty.sign_in()
    assert faulty.get(ME).status == 500


def test_faults_may_come_from_the_command_line() -> None:
    with Sandbox(classes=60, faults=[{"kind": "status", "status": 418, "endpoint": "me"}]) as sandbox:
        assert Probe(sandbox).get(ME).status == 418


# ------------------------------------------------------------------ what a fault does


def test_status_with_headers_text_and_any_retry_after(faulty: Probe) -> None:
    faulty.sandbox.faults(
        {"kind": "status", "status": 429, "text": "slow down", "retry_after": "seconds:7", "at_request": 1},
        {"kind": "status", "status": 429, "headers": {"Retry-After": "-1"}, "at_request": 2},
        {"kind": "status", "status": 429, "retry_after": "date:60", "at_request": 3},
        {
            "kind": "status",
            "status": 403,
            "text": "<h1>no</h1>",
            "content_type": "text/html",
            "at_request": 4,
        },
        {"kind": "status", "status": 500, "json": {"status": 500}, "at_request": 5},
    )
    first, second, third, fourth, fifth = (faulty.get(ME) for _ in range(5))
    assert (first.status, first.body, first.headers["retry-after"]) == (429, b"slow down", "7")
    assert second.headers["retry-after"] == "-1"
    assert third.headers["retry-after"].endswith("GMT")
    assert (fourth.status, fourth.headers["content-type"], fourth.body) == (403, "text/html", b"<h1>no</h1>")
    assert fifth.json == {"status": 500}


def test_body_replaces_the_answer_with_any_bytes(faulty: Probe) -> None:
    invalid = base64.b64encode(b'{"a": "\xff\xfe"}').decode()
    faulty.sandbox.faults(
        {"kind": "body", "text": '{"data": [', "at_request": 1},
        {"kind": "body", "base64": invalid, "at_request": 2},
        {"kind": "body", "text": "[", "repeat": 10_000, "at_request": 3},
        {"kind": "body", "text": "x", "headers": {"Content-Encoding": "gzip"}, "at_request": 4},
    )
    first, second, third, fourth = (faulty.get(ME) for _ in range(4))
    assert (first.status, first.headers["content-type"], first.body) == (
        200,
        "application/json",
        b'{"data": [',
    )
    assert b"\xff\xfe" in second.body
    assert third.body == b"[" * 10_000
    assert fourth.headers["content-encoding"] == "gzip"


def test_html_is_a_challenge_page_with_status_200(faulty: Probe) -> None:
    faulty.sandbox.faults({"kind": "html"})
    reply = faulty.get(LIST)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize("value", [{}, [], None, 7, "text"])
def test_json_is_any_literal(faulty: Probe, value: Any) -> None:
    faulty.sandbox.faults({"kind": "json", "value": value})
    assert faulty.get(ME).json == value


def test_truncate_promises_more_than_it_sends(faulty: Probe) -> None:
    whole = faulty.raw_get(ME)
    assert whole.promised_bytes == len(whole.body)
    for cut in (0, 1, 100):
        faulty.sandbox.faults({"kind": "truncate", "at_byte": cut})
        short = faulty.raw_get(ME)
        assert (short.promised_bytes, short.body) == (len(whole.body), whole.body[:cut])
        assert short.ending == "closed"
    faulty.sandbox.faults({"kind": "truncate", "at_byte": 50, "reset": True})
    assert faulty.raw_get(ME).ending == "reset"


def test_stall_sends_the_headers_and_then_nothing(faulty: Probe) -> None:
    faulty.sandbox.faults({"kind": "stall", "seconds": 0.3})
    stalled = faulty.raw_get(ME)
    assert (stalled.body, stalled.seconds >= 0.3, stalled.promised_bytes > 0) == (b"", True, True)
    faulty.sandbox.faults({"kind": "stall", "seconds": 0.1, "then": "send"})
    late = faulty.raw_get(ME)
    assert len(late.body) == late.promised_bytes


def test_a_stalled_request_does_not_hold_up_others(faulty: Probe) -> None:
    faulty.sandbox.faults({"kind": "stall", "seconds": 30, "endpoint": "instructor"})
    stuck = http.client.HTTPConnection("127.0.0.1", faulty.sandbox.port)
    stuck.request("GET", "/peloton/api/instructor", headers=faulty.headers)
    assert faulty.raw_get(ME).seconds < 5
    stuck.close()


def test_drip_sends_all_of_it_slowly(faulty: Probe) -> None:
    whole = faulty.raw_get(ME)
    faulty.sandbox.faults({"kind": "drip", "chunk_bytes": 500, "pause_seconds": 0.03})
    slow = faulty.raw_get(ME)
    assert slow.body == whole.body
    assert slow.seconds >= 0.03 * (len(whole.body) // 500)


def test_reset_ends_the_connection_without_an_answer(faulty: Probe) -> None:
    faulty.sandbox.faults({"kind": "reset"})
    reply = faulty.raw_get(ME)
    assert (reply.ending, reply.head, reply.body) == ("reset", "", b"")
    assert faulty.sandbox.requests()[-1][3] == 0


def test_field_changes_one_place_of_the_real_answer(faulty: Probe) -> None:
    faulty.sandbox.faults(
        {"kind": "field", "path": "data.0.title", "op": "delete"},
        {"kind": "field", "path": "data.1.id", "op": "retype", "value": "number"},
        {"kind": "field", "path": "data.*.brand_new", "op": "set", "value": [1]},
        {"kind": "field", "path": "data.2.duration", "op": "retype", "value": "string"},
        {"kind": "field", "path": "total", "op": "retype", "value": "null"},
        {"kind": "field", "path": "no.such.place", "op": "delete"},
    )
    before, after = faulty.archived(limit=3), faulty.archived(limit=3)
    spoiled, intact = before["data"], after["data"]
    assert "title" not in spoiled[0]
    assert isinstance(spoiled[1]["id"], int)
    assert all(row["brand_new"] == [1] for row in spoiled)
    assert spoiled[2]["duration"] == str(intact[2]["duration"])
    assert (before["total"], after["total"] > 0) == (None, True)
    assert all("brand_new" not in row for row in intact), "the fault is over"


def test_lost_token_answer_rotates_and_tells_nobody(private: Probe) -> None:
    rotations = private.sandbox.counters()["token_rotations"]
    private.sandbox.faults({"kind": "lost_token_answer"})
    with pytest.raises(ConnectionError):
        private.refresh()
    assert private.sandbox.counters()["token_rotations"] == rotations + 1
    assert private.refresh().json["error"] == "invalid_grant", "the token that was sent is spent"


def test_expire_tokens_after_some_requests(private: Probe) -> None:
    private.sandbox.faults({"kind": "expire_tokens", "after_requests": 3})
    assert statuses(private, ME, 5) == [200, 200, 200, 401, 401]
    private.sign_in()
    assert private.get(ME).status == 200


def test_shift_moves_rows_to_the_next_page_while_paging(private: Probe) -> None:
    private.sandbox.faults({"kind": "shift", "after_requests": 1, "publish": 7})
    first, second = (private.archived(limit=100, page=page) for page in (0, 1))
    twice = {row["id"] for row in first["data"]} & {row["id"] for row in second["data"]}
    assert len(twice) == 7
    assert second["total"] == first["total"] + 7


def test_shift_by_removal_loses_rows_between_pages(private: Probe) -> None:
    listed = {row["id"] for row in private.sandbox.classes() if row["listed"]}
    private.sandbox.faults({"kind": "shift", "after_requests": 1, "remove": 4, "page": 0})
    seen = {row["id"] for row in private.walk()}
    assert len(listed - seen) == 4, "four classes that are still listed were on no page"


def test_a_script_is_plain_json(faulty: Probe) -> None:
    faulty.sandbox.control("faults", json.loads('[{"kind": "status", "status": 503}]'))
    assert faulty.get(ME).status == 503
