"""Faults that change the bytes, the question or the clock, and faults that act together."""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from probe import Probe

ME = "/api/me"
DAY_S = 86_400


@pytest.fixture
def faulty(shared: Probe) -> Iterator[Probe]:
    """A signed-in client; no fault and no wrong clock outlives its test."""
    yield shared
    shared.sandbox.faults()
    shared.sandbox.settings(clock_skew_seconds=0)


def test_truncate_with_a_step_tries_one_cut_after_the_other(faulty: Probe) -> None:
    small = {"kind": "body", "text": '{"a": 1}', "times": 0}
    faulty.sandbox.faults(small, {"kind": "truncate", "at_byte": 2, "step": 3, "times": 0})
    assert [faulty.raw_get(ME).body for _ in range(4)] == [b'{"', b'{"a":', b'{"a": 1}', b'{"a": 1}']


def test_damage_replaces_one_byte_of_the_real_answer(faulty: Probe) -> None:
    whole = faulty.get(ME).body
    faulty.sandbox.faults({"kind": "damage", "at_byte": 5, "step": 4, "times": 2})
    first, second, third = (faulty.get(ME).body for _ in range(3))
    assert (first, second) == (
        whole[:5] + b"\xff" + whole[6:],
        whole[:9] + b"\xff" + whole[10:],
    )
    assert third == whole
    faulty.sandbox.faults({"kind": "damage", "at_byte": 0, "byte": 91})
    assert faulty.get(ME).body == b"[" + whole[1:]
    faulty.sandbox.faults({"kind": "damage", "at_byte": len(whole)})
    assert faulty.get(ME).body == whole, "beyond the end there is nothing to damage"


def test_gzip_compresses_the_body_and_damage_after_it_hits_the_compressed_bytes(faulty: Probe) -> None:
    whole = faulty.get(ME)
    faulty.sandbox.faults({"kind": "gzip"})
    packed = faulty.get(ME)
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == whole.body
    faulty.sandbox.faults({"kind": "gzip"}, {"kind": "damage", "at_byte": len(packed.body) // 2})
    with pytest.raises((zlib.error, gzip.BadGzipFile, EOFError)):
        gzip.decompress(faulty.get(ME).body)


@pytest.mark.parametrize("off_by", [-7, 7])
def test_length_promises_another_length(faulty: Probe, off_by: int) -> None:
    whole = faulty.raw_get(ME).body
    faulty.sandbox.faults({"kind": "length", "off_by": off_by})
    wrong = faulty.raw_get(ME)
    assert wrong.promised_bytes == len(whole) + off_by
    assert wrong.body == whole
    assert wrong.ending == "closed"


def test_a_stall_may_come_before_the_headers(faulty: Probe) -> None:
    faulty.sandbox.faults({"kind": "stall", "seconds": 0.2, "before": "headers", "then": "send"})
    late = faulty.raw_get(ME)
    assert late.seconds >= 0.2
    assert len(late.body) == late.promised_bytes


def test_rename_and_add_change_a_field(faulty: Probe) -> None:
    before = faulty.archived(limit=2)
    faulty.sandbox.faults(
        {"kind": "field", "path": "data.0.title", "op": "rename", "value": "headline"},
        {"kind": "field", "path": "data.0", "op": "rename", "value": "first"},
        {"kind": "field", "path": "total", "op": "add", "value": -3},
        {"kind": "field", "path": "data.1.title", "op": "add", "value": 3},
    )
    after = faulty.archived(limit=2)
    assert "title" not in after["data"][0]
    assert after["data"][0]["headline"] == before["data"][0]["title"]
    assert after["total"] == before["total"] - 3
    assert after["data"][1] == before["data"][1], "only numbers can be added to"


def test_query_asks_the_provider_something_else(faulty: Probe) -> None:
    """An honest answer about another page, or, with one more fault, a page that repeats another."""
    second, third = (faulty.archived(limit=50, page=page) for page in (1, 2))
    faulty.sandbox.faults({"kind": "query", "set": {"page": "1"}, "path_contains": "page=2"})
    assert faulty.archived(limit=50, page=2) == second
    faulty.sandbox.faults(
        {"kind": "query", "set": {"page": "1"}, "path_contains": "page=2"},
        {"kind": "field", "path": "page", "op": "set", "value": 2, "path_contains": "page=2"},
    )
    repeated = faulty.archived(limit=50, page=2)
    assert (repeated["page"], repeated["data"]) == (2, second["data"])
    assert faulty.archived(limit=50, page=2) == third


def test_endless_pages_are_a_query_for_ever(faulty: Probe) -> None:
    faulty.sandbox.faults(
        {"kind": "query", "set": {"page": "0"}, "times": 0},
        {"kind": "field", "path": "total", "op": "set", "value": 10**6, "times": 0},
    )
    first, far = (faulty.archived(limit=50, page=page) for page in (0, 9_999))
    assert first["data"] == far["data"] != []
    assert far["total"] == 10**6


# ------------------------------------------------------------------ the provider's clock


def date_header(probe: Probe) -> float:
    return parsedate_to_datetime(probe.get(ME).headers["date"]).timestamp()


def claims(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


@pytest.mark.parametrize("seconds", [-DAY_S, DAY_S])
def test_clock_skew_moves_all_times_that_the_provider_tells(private: Probe, seconds: int) -> None:
    private.sandbox.faults(
        {"kind": "clock_skew", "seconds": seconds, "endpoint": "token"},
        {"kind": "status", "status": 429, "retry_after": "date:60", "endpoint": "me", "at_request": 2},
    )
    private.sign_in()
    theirs = time.time() + seconds
    issued = claims(private.access_token)
    assert abs(issued["iat"] - theirs) < 30
    assert issued["exp"] - issued["iat"] == 172_800
    assert abs(date_header(private) - theirs) < 30
    refused = private.get(ME)
    told = parsedate_to_datetime(refused.headers["retry-after"]).timestamp()
    assert told - parsedate_to_datetime(refused.headers["date"]).timestamp() in (59, 60, 61)


def test_a_token_ends_by_the_clock_of_the_provider(private: Probe) -> None:
    private.sandbox.faults({"kind": "clock_skew", "seconds": 3 * DAY_S, "at_request": 2})
    assert [private.get(ME).status for _ in range(2)] == [200, 401]


def test_the_log_tells_which_pause_was_asked_for(faulty: Probe) -> None:
    faulty.sandbox.faults({"kind": "status", "status": 429, "retry_after": "seconds:7"})
    faulty.get(ME)
    faulty.get(ME)
    assert [line[3:] for line in faulty.sandbox.requests()[-2:]] == [[429, "7"], [200, None]]


def test_faults_of_equal_chance_hit_different_requests_unless_told_the_same_seed(faulty: Probe) -> None:
    def hits(**seed: int) -> list[list[int]]:
        often = {"kind": "field", "path": "marks.*", "op": "set", "chance": 0.4, "endpoint": "me"}
        marks = {"kind": "field", "path": "marks", "op": "set", "value": {"a": 0, "b": 0}, "times": 0}
        faulty.sandbox.faults(
            {**marks, "endpoint": "me"},
            {**often, "path": "marks.a", "value": 1, **seed},
            {**often, "path": "marks.b", "value": 1, **seed},
        )
        return [list(faulty.get(ME).json["marks"].values()) for _ in range(30)]

    assert all(a == b for a, b in hits(seed=3))
    assert any(a != b for a, b in hits())
