"""The control routes: counting, changing the library, truths, settings."""

from __future__ import annotations

import pytest
from probe import Probe

from sandbox.client import SandboxError


def test_every_request_is_counted_and_logged(private: Probe) -> None:
    sandbox = private.sandbox
    class_id = private.archived()["data"][0]["id"]
    private.details(class_id)
    private.details(class_id)
    private.get("/api/me", headers={})
    private.get("/api/nowhere")

    counters = sandbox.counters()
    assert counters["total"] == 6
    assert counters["by_endpoint"] == {
        **dict.fromkeys(["mappings", "ride", "instructor", "instructor_by_id", "categories", "authorize"], 0),
        "archived": 1,
        "details": 2,
        "me": 1,
        "token": 1,
        "unknown": 1,
    }
    assert counters["by_status"] == {"200": 4, "401": 1, "404": 1}
    assert counters["details_by_id"] == {class_id: 2}

    log = sandbox.requests()
    assert [entry[1:] for entry in log[:2]] == [
        ["POST", "/peloton-auth/oauth/token", 200, None],
        ["GET", "/peloton/api/v2/ride/archived", 200, None],
    ]
    arrivals = [entry[0] for entry in log]
    assert arrivals == sorted(arrivals)

    sandbox.reset()
    assert (sandbox.counters()["total"], sandbox.requests()) == (0, [])


def test_published_classes_appear_at_the_top(shared: Probe) -> None:
    before = shared.archived(limit=100)
    new = shared.sandbox.publish(2)
    after = shared.archived(limit=100)
    assert after["total"] == before["total"] + 2
    assert [row["id"] for row in after["data"]] == [
        new[1]["id"], new[0]["id"], *(row["id"] for row in before["data"][:98]),
    ]  # fmt: skip
    assert shared.details(new[0]["id"])["ride"]["id"] == new[0]["id"]


def test_a_class_can_be_published_at_a_time_and_of_a_kind(shared: Probe) -> None:
    at = 1_700_000_000
    (new,) = shared.sandbox.publish(1, at=at, only="cycling/power_zone", title="Our own title")
    assert (new["scheduled_start_time"], new["is_power_zone"], new["title"]) == (at, True, "Our own title")
    row = next(row for row in shared.walk() if row["id"] == new["id"])
    assert (row["title"], row["scheduled_start_time"]) == ("Our own title", at)


def test_removed_classes_leave_the_list_and_their_details(private: Probe) -> None:
    first = private.archived(limit=100)["data"]
    assert private.sandbox.remove(count=3) == [row["id"] for row in first[:3]]
    (other,) = private.sandbox.remove(first[5]["id"])
    left = {row["id"] for row in private.walk()}
    assert not left & {*(row["id"] for row in first[:3]), other}
    assert private.get(f"/api/ride/{other}/details").status == 404
    assert next(row for row in private.sandbox.classes() if row["id"] == other)["listed"] is False

    private.sandbox.settings(removed_details_status=200)
    assert private.get(f"/api/ride/{other}/details").status == 200
    private.sandbox.restore(other)
    assert other in {row["id"] for row in private.walk()}


def test_an_edit_shows_in_the_list_and_in_the_details(shared: Probe) -> None:
    class_id = next(row["id"] for row in shared.sandbox.classes()[-40:] if row["listed"] and row["songs"])
    shared.details(class_id)  # an earlier answer must not stick
    fields = {
        "title": "\ud800 lone",
        "availability.is_available": False,
        "details.playlist.songs.0.title": "Swapped",
    }
    shared.sandbox.edit(class_id, fields)
    row = next(row for row in shared.walk() if row["id"] == class_id)
    details = shared.details(class_id)
    for ride in (row, details["ride"]):
        assert (ride["title"], ride["availability"]["is_available"]) == ("\ud800 lone", False)
    assert details["playlist"]["songs"][0]["title"] == "Swapped"
    assert shared.sandbox.truth(class_id)["title"] == "\ud800 lone"


def test_an_edited_start_moves_the_class_in_the_list(shared: Probe) -> None:
    last = shared.walk()[-1]["id"]
    shared.sandbox.edit(last, {"scheduled_start_time": 1_900_000_000})
    assert shared.archived()["data"][0]["id"] == last


def test_mistakes_are_explained(shared: Probe) -> None:
    sandbox = shared.sandbox
    for name, body, word in (
        ("settings", {"no_such_setting": 1}, "no_such_setting"),
        ("faults", [{"kind": "nonsense"}], "nonsense"),
        ("faults", {"kind": "status"}, "list"),
        ("remove", {"ids": ["nobody"]}, "nobody"),
        ("truth/nobody", None, "nobody"),
        ("publish", {"only": "swimming"}, "swimming"),
        ("no_such_action", {}, "no_such_action"),
    ):
        with pytest.raises(SandboxError, match=word):
            sandbox.control(name, body)


def test_latency_delays_every_answer(shared: Probe) -> None:
    shared.sandbox.settings(latency_ms=120)
    assert shared.raw_get("/api/me").seconds >= 0.12
    assert shared.sandbox.settings()["latency_ms"] == 120
    shared.sandbox.settings(latency_ms=0)
