"""Details of one class, its songs, its targets; and the reference endpoints."""

from __future__ import annotations

from statistics import mean, median
from typing import Any

from probe import Probe

Rows = list[dict[str, Any]]

BIGGEST_PAYLOAD_BYTES = 60_000


def served(truth: Rows, **wanted: Any) -> list[dict[str, Any]]:
    """Listed classes whose details are served and whose truth has these values."""
    return [
        row
        for row in truth
        if row["listed"] and row["details_status"] == 200 and all(row[k] == v for k, v in wanted.items())
    ]


def test_songs_are_the_truth_in_the_order_of_their_offsets(probe: Probe, truth: Rows) -> None:
    for row in served(truth)[::97]:
        playlist = (probe.details(row["id"]).get("playlist") or {}).get("songs", [])
        songs = sorted(playlist, key=lambda song: song["start_time_offset"])
        truth = probe.sandbox.truth(row["id"])["playlist"]
        assert [song["id"] for song in songs] == [play["song_id"] for play in truth]
        assert [song["title"] for song in songs] == [play["title"] for play in truth]
        assert [[a["artist_name"] for a in song["artists"]] for song in songs] == [
            [a["name"] for a in play["artists"]] for play in truth
        ]
        assert len(songs) == row["songs"]


def test_the_first_song_starts_where_the_class_does(probe: Probe, truth: Rows) -> None:
    for row in served(truth, fitness_discipline="cycling")[::53]:
        details = probe.details(row["id"])
        songs = (details.get("playlist") or {}).get("songs")
        if songs:
            assert (
                min(song["start_time_offset"] for song in songs) == details["ride"]["pedaling_start_offset"]
            )


def test_nine_or_ten_songs_in_half_an_hour_and_two_in_five_minutes(truth: Rows) -> None:
    half_hours = [row["songs"] for row in served(truth, duration=1800) if row["songs"]]
    assert set(half_hours) == {9, 10}
    assert {row["songs"] for row in served(truth, duration=300) if row["songs"]} == {2}


def test_a_few_tracks_make_up_most_of_the_plays(probe: Probe, truth: Rows) -> None:
    plays: dict[str, int] = {}
    for row in served(truth)[::20]:
        for play in probe.sandbox.truth(row["id"])["playlist"]:
            plays[play["song_id"]] = plays.get(play["song_id"], 0) + 1
    counts = sorted(plays.values(), reverse=True)
    assert 400 < len(counts) <= 2_500
    assert sum(counts[:100]) > 0.25 * sum(counts)


def test_payloads_have_a_realistic_size(probe: Probe, truth: Rows) -> None:
    sizes = [len(probe.get(f"/api/ride/{row['id']}/details").body) for row in served(truth)[::37]]
    assert 10_000 < median(sizes) < 20_000
    assert 10_000 < mean(sizes) < 20_000
    assert max(sizes) < BIGGEST_PAYLOAD_BYTES


def test_the_instructor_is_an_object_here_and_only_here(probe: Probe) -> None:
    row = probe.archived()["data"][0]
    assert "instructor" not in row
    assert probe.details(row["id"])["ride"]["instructor"]["id"] == row["instructor_id"]
    assert probe.get(f"/api/ride/{row['id']}").json["id"] == row["id"]


def test_power_zone_kinds_share_a_class_type_and_differ_by_series_or_title(probe: Probe, truth: Rows) -> None:
    series = {
        "power_zone": "9fde039566054ea499130bed1c289eb3",
        "endurance": "0f63c48726fa4533a928cae5358d94d7",
        "max": "5e02288cccac46bbbba2eb1acb41f059",
    }
    for kind, series_id in series.items():
        classes = served(truth, power_zone_kind=kind)
        rides = [probe.details(row["id"])["ride"] for row in classes]
        assert series_id in {ride["series_id"] for ride in rides}
        assert len({ride["series_id"] for ride in rides}) > 1, "themed series of their own"
        typed = [ride for ride in rides if ride["class_type_ids"]]
        assert {tuple(ride["class_type_ids"]) for ride in typed} == {("665395ff3abf4081bf315686227d1a51",)}


def test_power_zone_targets_cover_the_class_second_by_second(probe: Probe, truth: Rows) -> None:
    newest = max(served(truth, power_zone_kind="endurance"), key=lambda row: row["scheduled_start_time"])
    details = probe.details(newest["id"])
    targets = details["target_metrics_data"]["target_metrics"]
    assert {target["segment_type"] for target in targets} == {"power_zone"}
    seconds = [t["offsets"]["end"] - t["offsets"]["start"] + 1 for t in targets]
    assert sum(seconds) == newest["duration"], "the end of a target is its last second"
    assert targets[0]["offsets"]["start"] == details["ride"]["pedaling_start_offset"]
    assert details["is_power_zone_class"] is True


def test_an_ftp_test_says_so_and_has_no_targets(probe: Probe, truth: Rows) -> None:
    newest = max(served(truth, is_ftp_test=True), key=lambda row: row["scheduled_start_time"])
    details = probe.details(newest["id"])
    assert details["is_ftp_test"] is True
    assert details["target_metrics_data"]["target_metrics"] == []


def test_old_cool_downs_sit_under_the_warm_up_type(probe: Probe, truth: Rows) -> None:
    cool_downs = sorted(
        served(truth, is_cool_down=True, fitness_discipline="cycling"),
        key=lambda row: row["original_air_time"],
    )
    oldest, newest = (
        probe.details(row["id"])["ride"]["class_type_ids"] for row in (cool_downs[0], cool_downs[-1])
    )
    assert oldest == ["57dbf6f9a4904a9f80e302380855bdb7"]
    assert newest == ["a1fa617f3ba14c0a8c25468d5c88b3ea"]


def test_unknown_ids_and_routes(probe: Probe) -> None:
    missing = probe.get("/api/ride/0123/details")
    assert (missing.status, missing.json["message"]) == (404, "Ride not found")
    nowhere = probe.get("/api/no/such/thing")
    assert nowhere.status == 404
    assert nowhere.headers["content-type"].startswith("text/html")
    assert nowhere.body.startswith(b"<html>")


def test_instructors_come_in_pages_and_the_retired_are_missing(probe: Probe, rows: Rows) -> None:
    first = probe.get("/api/instructor", limit=30, page=0).json
    second = probe.get("/api/instructor", limit=30, page=1).json
    ids = [row["id"] for row in first["data"] + second["data"]]
    assert len(ids) == len(set(ids)) == first["total"]
    assert (first["page_count"], first["show_next"], second["show_next"]) == (2, True, False)
    assert probe.get(f"/api/instructor/{ids[0]}").json == first["data"][0]

    teaching = {ride["instructor_id"] for ride in rows if ride.get("instructor_id")}
    assert teaching - set(ids), "some who teach in old classes are not in the list any more"
    retired = next(iter(teaching - set(ids)))
    assert probe.get(f"/api/instructor/{retired}").json["is_visible"] is False


def test_groups_name_those_who_teach_together(probe: Probe, rows: Rows) -> None:
    people = probe.get("/api/instructor", limit=100).json["data"]
    groups = {row["id"]: row["individual_instructor_ids"] for row in people if row["is_instructor_group"]}
    assert len(groups) == 3
    assert all(len(members) == 2 for members in groups.values())
    recent = [row for row in rows if row.get("individual_instructor_ids")]
    by_group = [row for row in recent if row["instructor_id"] in groups]
    assert by_group
    assert all(row["individual_instructor_ids"] == groups[row["instructor_id"]] for row in by_group)
    assert len(by_group) < len(recent), "others are co-taught without a group"


def test_reference_endpoints(probe: Probe) -> None:
    assert probe.get("/api/browse_categories").json["error_code"] == 2120
    categories = probe.get("/api/browse_categories", library_type="on_demand").json["browse_categories"]
    assert {"cycling", "pilates", "outdoor"} <= {row["slug"] for row in categories}
    types = probe.get("/api/ride/metadata_mappings").json["class_types"]
    assert types == [{k: row[k] for k in types[0]} for row in probe.archived()["class_types"]]
    assert probe.get("/api/me").json["username"] == "sandbox_member"
