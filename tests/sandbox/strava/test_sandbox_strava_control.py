"""What a test can do to an athlete's history, and how clients see it."""

from __future__ import annotations

from datetime import datetime

import pytest
from strava_asker import Asker

from sandbox.client import SandboxError

DAY_S = 86_400


def test_an_upload_is_seen_now_whenever_it_happened(own: Asker) -> None:
    before = own.walk()
    newest = int(datetime.fromisoformat(before[0]["start_date"]).timestamp())
    late = own.sandbox.upload_activities(
        count=3, at=newest - 400 * DAY_S, sport_type="Run", name="Found again 🗺️"
    )
    (fresh,) = own.sandbox.upload_activities()
    after = own.walk()
    assert len(after) == len(before) + 4
    assert after[0]["id"] == fresh["id"]
    assert {row["id"] for row in after[-3:]} == {row["id"] for row in late}
    assert all(row["id"] > before[0]["id"] and row["name"] == "Found again 🗺️" for row in after[-3:])
    assert [row["sport_type"] for row in after[-3:]] == ["Run"] * 3
    assert len({row["start_date"] for row in late}) == 3


def test_a_sport_nobody_has_heard_of_is_told_with_an_old_type(own: Asker) -> None:
    (row,) = own.sandbox.upload_activities(sport_type="Moonwalk")
    assert (row["sport_type"], row["type"]) == ("Moonwalk", "Workout")
    assert own.page(per_page=1)[0]["sport_type"] == "Moonwalk"


def test_an_edit_of_the_distance_is_seen_in_the_streams(own: Asker) -> None:
    row = next(row for row in own.walk() if row["start_latlng"])
    told = own.sandbox.edit_activity(row["id"], distance=2_000.5, elapsed_time=900, name="Cropped")
    assert (told["distance"], told["elapsed_time"], told["moving_time"]) == (2_000.5, 900, 900)
    data = own.streams(row["id"]).json
    assert (data["distance"]["data"][-1], data["time"]["data"][-1]) == (2_000.5, 900)
    assert data == {
        key: {**data[key], "data": own.sandbox.strava_streams_truth(row["id"])[key]} for key in data
    }
    again = next(item for item in own.walk() if item["id"] == row["id"])
    assert again["name"] == "Cropped"
    assert again["average_speed"] == pytest.approx(2_000.5 / 900, abs=0.001)
    with pytest.raises(SandboxError, match="cannot edit"):
        own.sandbox.edit_activity(row["id"], kudos=4)
    with pytest.raises(SandboxError, match="no such activity"):
        own.sandbox.edit_activity(1, name="x")


def test_a_deleted_activity_is_gone_but_remembered(own: Asker) -> None:
    rows = own.walk()
    gone = [row["id"] for row in rows[3:5]]
    own.sandbox.delete_activities(*gone)
    assert [row["id"] for row in own.walk()] == [row["id"] for row in rows if row["id"] not in gone]
    for path in ("", "/streams", "/laps", "/zones"):
        assert own.ask(f"activities/{gone[0]}{path}").status == 404
    assert {row["id"] for row in own.sandbox.strava_truth() if row["deleted"]} == set(gone)


def test_kudos_move_the_volatile_counters_and_nothing_else(own: Asker) -> None:
    before = own.walk()
    assert own.sandbox.give_kudos(before[0]["id"], count=2) == 1
    assert own.sandbox.give_kudos() == len(before)
    after = own.walk()
    assert after[0]["kudos_count"] == before[0]["kudos_count"] + 3
    assert after[1]["comment_count"] == before[1]["comment_count"] + 1
    moved = {key for old, new in zip(before, after, strict=True) for key in new if new[key] != old[key]}
    assert moved == {
        "achievement_count", "kudos_count", "comment_count", "athlete_count", "pr_count", "total_photo_count",
    }  # fmt: skip


def test_a_lost_scope_hides_private_activities(own: Asker) -> None:
    rows = own.walk()
    chosen = next(row["id"] for row in rows if not row["private"])
    own.sandbox.make_private(chosen)
    private = {row["id"] for row in own.walk() if row["private"]}
    assert chosen in private
    assert own.sandbox.set_strava_scopes() == ["activity:read", "profile:read_all", "read"]
    assert {row["id"] for row in own.walk()} == {row["id"] for row in rows} - private
    assert own.ask(f"activities/{chosen}").status == 404
    assert own.streams(chosen).status == 404
    own.sandbox.set_strava_scopes(drop=["activity:read"])
    for path in ("athlete/activities", f"activities/{chosen}"):
        assert own.ask(path).fault == (401, "AccessToken", "activity:read_permission", "missing")
    own.sandbox.set_strava_scopes(add=["activity:read_all"])
    own.sandbox.make_private(chosen, private=False)
    assert [row["id"] for row in own.walk()] == [row["id"] for row in rows]


def test_without_the_profile_scope_the_athlete_is_a_summary(own: Asker) -> None:
    assert "shoes" in own.ask("athlete").json
    own.sandbox.set_strava_scopes(drop=["profile:read_all"])
    assert "shoes" not in own.ask("athlete").json
    assert own.ask("athlete/zones").fault[1] == "AccessToken"


def test_streams_may_come_later_than_the_activity(own: Asker) -> None:
    (row,) = own.sandbox.upload_activities(sport_type="Run", streams_after=4_000_000_000)
    assert own.ask(f"activities/{row['id']}").status == 200
    assert own.streams(row["id"]).status == 404


def test_an_event_is_what_strava_would_post(own: Asker) -> None:
    row = own.walk()[0]
    event = own.sandbox.strava_event(row["id"], "update", private=True, title="New")
    assert event.pop("event_time") > 1_700_000_000
    assert event == {
        "aspect_type": "update",
        "object_id": row["id"],
        "object_type": "activity",
        "owner_id": own.athlete_id,
        "subscription_id": 120475,
        "updates": {"private": "true", "title": "New"},
    }
    revoked = own.sandbox.strava_event(None)
    assert (revoked["object_type"], revoked["object_id"]) == ("athlete", own.athlete_id)
    assert revoked["updates"] == {"authorized": "false"}


def test_faults_find_endpoints_and_ids(own: Asker) -> None:
    first, second = (row["id"] for row in own.walk()[:2])
    own.sandbox.faults(
        {"kind": "status", "status": 500, "endpoint": "strava_activity", "id": str(second)},
        {"kind": "status", "status": 503, "endpoint": "strava_gear", "id": "b9000000"},
    )
    assert own.ask(f"activities/{first}").status == 200
    assert own.ask(f"activities/{second}").status == 500
    assert own.ask("gear/b9000000").status == 503
    counted = own.sandbox.counters()["by_endpoint"]
    assert counted["strava_activity"] == 2
    names = "token authorize revoke activities activity laps zones streams gear athlete stats"
    assert {f"strava_{name}" for name in names.split()} <= counted.keys()


def test_nothing_of_strava_is_counted_before_it_is_asked_for() -> None:
    from sandbox.strava.api import Strava  # not through HTTP: any other test would have asked

    assert Strava(5, 1, 7, datetime(2026, 11, 20).date()).endpoints == ()
