"""Reading activities: windows, order, pages, and that everything about one activity agrees."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from strava_asker import Asker, Rows

from sandbox.client import Sandbox
from sandbox.strava.streams import polyline

FUTURE_S = 4_000_000_000
ALL_KEYS = "time,distance,latlng,altitude,velocity_smooth,heartrate,cadence,watts,temp,moving,grade_smooth"


@pytest.fixture(scope="module")
def rows(asker: Asker) -> Rows:
    return asker.walk()


def epoch(row: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(row["start_date"]).timestamp())


def one(rows: Rows, **wanted: Any) -> dict[str, Any]:
    return next(row for row in rows if all(row.get(key) == value for key, value in wanted.items()))


def test_the_list_is_newest_first_unless_only_after_is_given(asker: Asker, rows: Rows) -> None:
    starts = [epoch(row) for row in rows]
    assert len(rows) == 400
    assert starts == sorted(starts, reverse=True)
    after, before = starts[300], starts[100]
    upward = asker.walk(after=after)
    assert [row["id"] for row in upward] == [row["id"] for row in reversed(rows) if epoch(row) > after]
    between = asker.walk(after=after, before=before)
    assert [row["id"] for row in between] == [row["id"] for row in rows if after < epoch(row) < before]
    assert [row["id"] for row in asker.walk(before=before)] == [
        row["id"] for row in rows if epoch(row) < before
    ]


def test_pages_end_with_an_empty_one(asker: Asker, rows: Rows) -> None:
    assert len(asker.page()) == 30
    assert [len(asker.page(page=number, per_page=200)) for number in (1, 2, 3, 9)] == [200, 200, 0, 0]
    assert asker.page(page=3, per_page=7) == rows[14:21]
    for query in ({"per_page": 201}, {"page": 0}, {"page": "x"}):
        assert asker.ask("athlete/activities", **query).status == 400
    future = asker.ask("athlete/activities", after=FUTURE_S)
    assert future.fault == (400, "Application", "after", "future")
    assert asker.ask("athlete/activities", after=1_700_000_000_000).status == 400, "milliseconds"


def test_short_pages_lose_nothing(own: Asker) -> None:
    whole = own.walk()
    own.sandbox.settings(strava_short_pages=True)
    sizes = [len(own.page(page=number, per_page=10)) for number in range(1, 9)]
    assert 10 > sizes[0] > 0 < sizes[1]
    assert own.walk(per_page=10) == whole


def test_the_traps_of_real_accounts_are_there(asker: Asker, rows: Rows) -> None:
    ids = [row["id"] for row in rows]
    assert sum(newer < older for newer, older in pairwise(ids)) > 3, "late uploads"
    assert sum(row["start_latlng"] == [] for row in rows) > 40
    assert any(row["moving_time"] == row["elapsed_time"] + 1 for row in rows)
    assert any(row["start_date_local"].endswith("T00:00:01Z") for row in rows)
    assert any(not row["name"].isascii() for row in rows)
    assert {"workout_type", "upload_id_str", "average_heartrate", "device_name"} <= set().union(*rows)
    for key in (
        "workout_type",
        "upload_id_str",
        "average_heartrate",
        "average_temp",
        "elev_low",
        "device_name",
    ):
        assert any(key not in row for row in rows), key
    assert any(row["type"] != row["sport_type"] for row in rows)
    assert {"private", "manual", "trainer", "commute"} <= {
        key for row in rows for key in row if row[key] is True
    }
    assert any(row["gear_id"] is None for row in rows)
    assert len({row["timezone"] for row in rows}) > 3
    assert {row["visibility"] for row in rows} == {"everyone", "followers_only", "only_me"}
    days = [row["start_date_local"][:10] for row in rows]
    assert len(set(days)) < len(days), "two on a day"


def test_local_times_are_wall_times_of_the_zone(rows: Rows) -> None:
    offsets = set()
    for row in rows:
        start, local = (datetime.fromisoformat(row[key]) for key in ("start_date", "start_date_local"))
        assert (local - start).total_seconds() == row["utc_offset"]
        if row["timezone"].endswith("America/New_York"):
            offsets.add(row["utc_offset"])
    assert offsets == {-18_000.0, -14_400.0}, "with and without daylight saving time"
    assert any(row["start_date_local"][5:16] == "12-31T23:40" for row in rows)


def test_a_history_reaches_back_nine_years_at_most() -> None:
    with Sandbox(classes=1, strava_activities=1_132) as sandbox:
        rows = Asker(sandbox).walk()
        assert len({row["id"] for row in rows}) == 1_132
        first, last = (datetime.fromisoformat(rows[place]["start_date"]) for place in (-1, 0))
        assert last <= datetime(2026, 11, 21, 12, tzinfo=UTC)
        assert 7 * 365 < (last - first).days < 9.2 * 365
        assert rows[-1]["id"] < 2**31 < rows[0]["id"]


def test_detail_laps_zones_and_streams_agree(asker: Asker, rows: Rows) -> None:
    row = next(r for r in rows if r["sport_type"] == "Run" and r["has_heartrate"] and r["start_latlng"])
    detail = asker.ask(f"activities/{row['id']}").json
    streams = asker.streams(row["id"], ALL_KEYS).json
    data = {key: value["data"] for key, value in streams.items()}
    assert {len(values) for values in data.values()} == {len(data["time"])}
    assert len(data["time"]) == min(row["moving_time"], row["elapsed_time"]) + 1
    assert data["time"][-1] == row["elapsed_time"]
    assert data["distance"][-1] == pytest.approx(row["distance"], abs=0.1)
    assert data["distance"] == sorted(data["distance"])
    heart = data["heartrate"]
    assert sum(heart) / len(heart) == pytest.approx(row["average_heartrate"], abs=0.5)
    assert max(heart) == pytest.approx(row["max_heartrate"], abs=1)
    assert max(data["velocity_smooth"]) <= row["max_speed"] + 0.001
    assert (min(data["altitude"]), max(data["altitude"])) == pytest.approx(
        (row["elev_low"], row["elev_high"]), abs=0.2
    )
    assert data["latlng"][0] == row["start_latlng"]
    assert all(-49 < lat < -37 and 90 < lon < 104 for lat, lon in data["latlng"]), "in the open ocean"
    walked = sum(metres(a, b) for a, b in pairwise(data["latlng"]))
    assert walked == pytest.approx(row["distance"], rel=0.05)
    assert detail["laps"] == asker.ask(f"activities/{row['id']}/laps").json
    assert sum(split["distance"] for split in detail["splits_metric"]) == pytest.approx(
        row["distance"], abs=1
    )
    zones = asker.ask(f"activities/{row['id']}/zones").json
    assert [zone["type"] for zone in zones] == detail["available_zones"] == ["heartrate", "pace"]
    assert sum(bucket["time"] for bucket in zones[0]["distribution_buckets"]) == len(heart)
    assert zones[0]["distribution_buckets"][-1]["max"] == -1
    same = {
        key: value for key, value in detail.items() if key in row and key not in ("map", "resource_state")
    }
    assert same == {key: value for key, value in row.items() if key in same}
    assert detail["map"]["summary_polyline"] == row["map"]["summary_polyline"]


def metres(a: list[float], b: list[float]) -> float:
    north = (b[0] - a[0]) * 111_195
    return math.hypot(north, (b[1] - a[1]) * 111_195 * math.cos(math.radians(a[0])))


def test_segment_efforts_have_ids_that_a_float_cannot_hold(asker: Asker, rows: Rows) -> None:
    row = next(
        r for r in rows if r["start_latlng"] and asker.ask(f"activities/{r['id']}").json["segment_efforts"]
    )
    efforts = asker.ask(f"activities/{row['id']}").json["segment_efforts"]
    assert all(effort["id"] > 2**53 and effort["id"] != int(float(effort["id"])) for effort in efforts)


def test_a_ride_with_power_has_watts_in_every_answer(asker: Asker, rows: Rows) -> None:
    row = one(rows, sport_type="Ride", device_watts=True)
    data = asker.streams(row["id"], "watts").json["watts"]["data"]
    assert sum(data) / len(data) == pytest.approx(row["average_watts"], abs=1)
    assert "power" in [zone["type"] for zone in asker.ask(f"activities/{row['id']}/zones").json]
    estimated = one(rows, sport_type="Ride", device_watts=False)
    assert "watts" not in asker.streams(estimated["id"], ALL_KEYS).json
    assert "max_watts" not in estimated


def test_streams_are_what_was_asked_for(asker: Asker, rows: Rows) -> None:
    outdoor = next(row for row in rows if row["start_latlng"])
    path = f"activities/{outdoor['id']}/streams"
    assert list(asker.ask(path, key_by_type="true").json) == ["distance"]
    as_list = asker.ask(path, keys="time,latlng").json
    assert [stream["type"] for stream in as_list] == ["time", "latlng"]
    indoor = next(row for row in rows if row["trainer"] and not row["start_latlng"])
    assert "latlng" not in asker.streams(indoor["id"], ALL_KEYS).json
    missing = asker.streams(one(rows, manual=True)["id"])
    assert (missing.status, missing.json) == (404, {"message": "Resource Not Found", "errors": []})


def test_a_manual_entry_is_bare(asker: Asker, rows: Rows) -> None:
    row = one(rows, manual=True)
    assert (row["upload_id"], row["external_id"], row["max_speed"]) == (None, None, 0)
    detail = asker.ask(f"activities/{row['id']}").json
    assert detail["segment_efforts"] == []
    assert not {"laps", "splits_metric", "device_name", "upload_id_str"} & detail.keys()
    assert asker.ask(f"activities/{row['id']}/laps").json == []
    assert asker.ask(f"activities/{row['id']}/zones").json == []


def test_gear_is_resolved_by_id_also_when_retired(asker: Asker, rows: Rows) -> None:
    used = {row["gear_id"] for row in rows} - {None}
    athlete = asker.ask("athlete").json
    listed = {item["id"] for item in (*athlete["bikes"], *athlete["shoes"])}
    assert used - listed, "the athlete does not list retired gear"
    for gear_id in used:
        gear = asker.ask(f"gear/{gear_id}").json
        assert gear["retired"] is (gear_id not in listed)
        total = sum(row["distance"] for row in rows if row["gear_id"] == gear_id)
        assert gear["distance"] == pytest.approx(total, abs=1)
    assert asker.ask("gear/b1").status == 404


def test_stats_count_only_what_everyone_sees(asker: Asker, rows: Rows) -> None:
    stats = asker.ask(f"athletes/{asker.athlete_id}/stats").json
    runs = [row for row in rows if row["type"] == "Run"]
    public = [row for row in runs if row["visibility"] == "everyone"]
    assert stats["all_run_totals"]["count"] == len(public) < len(runs)
    assert asker.ask("athletes/1/stats").status == 404


def test_athletes_do_not_see_each_other(asker: Asker, rows: Rows) -> None:
    other = Asker(asker.sandbox, athlete=1)
    theirs = other.walk()
    assert not {row["id"] for row in theirs} & {row["id"] for row in rows}
    assert {row["athlete"]["id"] for row in theirs} == {other.athlete_id}
    for path in ("", "/streams", "/laps", "/zones"):
        assert other.ask(f"activities/{rows[0]['id']}{path}").status == 404
    assert other.ask("activities/not-a-number").status == 404


def test_no_activities_are_an_empty_list() -> None:
    with Sandbox(classes=1) as sandbox:
        asker = Asker(sandbox)
        assert asker.page() == []
        assert sandbox.strava_truth() == []
        assert asker.ask("athlete").status == 200
        assert asker.ask(f"athletes/{asker.athlete_id}/stats").json["all_run_totals"]["count"] == 0
        (uploaded,) = sandbox.upload_activities()
        assert [row["id"] for row in asker.page()] == [uploaded["id"]]


def test_the_same_seed_gives_the_same_world() -> None:
    options = {"classes": 1, "strava_activities": 30}
    with (
        Sandbox(seed=3, **options) as one_,
        Sandbox(seed=3, **options) as two,
        Sandbox(seed=4, **options) as three,
    ):
        first, second, third = (sandbox.strava_truth() for sandbox in (one_, two, three))
        assert first == second != third
        assert one_.strava_credentials == two.strava_credentials
        newest = first[-1]["id"]
        assert Asker(one_).ask(f"activities/{newest}").body == Asker(two).ask(f"activities/{newest}").body


def test_a_polyline_is_encoded_as_everybody_does() -> None:
    assert polyline([(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)]) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
    assert polyline([]) == ""
