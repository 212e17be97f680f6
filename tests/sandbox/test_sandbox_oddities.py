"""The oddities of real answers, each present in the default library."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from probe import Probe

from sandbox.peloton.words import FOREIGN_TITLES, HOSTILE_TEXTS

Rows = list[dict[str, Any]]
NEW_YEAR_2021_S = int(datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC).timestamp())


@pytest.fixture(scope="module")
def details(probe: Probe, rows: Rows) -> Rows:
    """All details that are served, about one class in five."""
    replies = (probe.get(f"/api/ride/{row['id']}/details") for row in rows[::5])
    return [reply.json for reply in replies if reply.status == 200]


def test_three_field_sets(rows: Rows) -> None:
    sizes = [len(row) for row in rows]
    assert {size for size in sizes if sizes.count(size) > 100} == {58, 79, 80}


def test_thin_rows(rows: Rows) -> None:
    assert any(row.get("instructor_id", "") is None for row in rows)
    assert any("instructor_id" not in row for row in rows)
    assert any(row["class_type_ids"] == [] for row in rows)
    assert any("description" not in row for row in rows)
    assert any(row["difficulty_rating_avg"] is None for row in rows)
    assert {repr(row.get("extra_images", "-")) for row in rows} >= {"None", "[]"}
    name = "dynamic_video_recorded_speed_in_mph"
    assert {repr(row[name]) for row in rows if name in row} == {"0", "0.0", "None"}


def test_hostile_titles_travel_unchanged(probe: Probe, rows: Rows) -> None:
    titles = {row["title"] for row in rows}
    assert len(titles & set(HOSTILE_TEXTS)) == len(set(HOSTILE_TEXTS))
    assert any("\x00" in title for title in titles)
    assert any(len(title) == 5_000 for title in titles)


def test_dashed_ids_some_of_them_without_details(probe: Probe, truth: Rows) -> None:
    dashed = [row for row in truth if "-" in row["id"]]
    assert {row["details_status"] for row in dashed} == {200, 404}
    gone = next(row["id"] for row in dashed if row["details_status"] == 404)
    assert probe.get(f"/api/ride/{gone}/details").json["message"] == "Ride not found"


def test_hidden_classes_have_details_but_no_row(probe: Probe, rows: Rows, truth: Rows) -> None:
    hidden = [row for row in truth if not row["listed"]]
    assert hidden
    assert not {row["id"] for row in hidden} & {row["id"] for row in rows}
    assert probe.get(f"/api/ride/{hidden[0]['id']}/details").status == 200


def test_listed_but_not_available(rows: Rows) -> None:
    availability = [row["availability"] for row in rows if "availability" in row]
    assert {"is_available": False, "reason": "unavailable"} in availability


def test_workout_counts_are_rounded_since_2024(rows: Rows) -> None:
    def counts(year: int) -> set[int]:
        start, end = (datetime.datetime(y, 1, 1, tzinfo=datetime.UTC).timestamp() for y in (year, year + 1))
        return {row["total_workouts"] for row in rows if start <= row["scheduled_start_time"] < end}

    assert counts(2025) <= {100, 500, 1_000, 5_000, 10_000, 100_000}
    assert len(counts(2020)) > 50


def test_no_music_in_three_forms_and_hidden_playlists(details: Rows) -> None:
    assert any("playlist" not in d for d in details)
    assert any(d.get("playlist", "") is None for d in details)
    playlists = [d["playlist"] for d in details if d.get("playlist")]
    assert any(playlist["songs"] == [] for playlist in playlists)
    assert any(playlist["songs"] and not playlist["is_playlist_shown"] for playlist in playlists)


def test_songs_before_2021_have_no_index_and_no_order(details: Rows) -> None:
    old: list[Rows] = []
    new: list[Rows] = []
    for d in details:
        if songs := (d.get("playlist") or {}).get("songs"):
            (old if d["ride"]["scheduled_start_time"] < NEW_YEAR_2021_S else new).append(songs)
    assert not any("index" in song for songs in old for song in songs)
    assert all([song["index"] for song in songs] == list(range(len(songs))) for songs in new)
    shuffled = [s for s in old if s != sorted(s, key=lambda song: song["start_time_offset"])]
    assert len(shuffled) > len(old) / 2


def test_songs_twice_and_songs_of_several_artists(details: Rows) -> None:
    playlists = [songs for d in details if (songs := (d.get("playlist") or {}).get("songs"))]
    assert any(len({song["id"] for song in songs}) < len(songs) for songs in playlists)
    several = [song for songs in playlists for song in songs if len(song["artists"]) > 1]
    assert len(several) > 200
    assert any(len(song["artists"]) > 2 for song in several)
    assert any(song.get("explicit_rating") for songs in playlists for song in songs)


def test_titles_and_artists_of_every_sort(details: Rows) -> None:
    songs = [song for d in details for song in (d.get("playlist") or {}).get("songs", [])]
    titles = {song["title"] for song in songs}
    names = {artist["artist_name"] for song in songs for artist in song["artists"]}
    assert len(titles & set(FOREIGN_TITLES)) > 25
    assert len(titles & set(HOSTILE_TEXTS)) > 25
    for part in ("(feat. ", " ft. ", "Remix)", "The ", " & ", "'"):
        assert any(part in title for title in titles), part
    assert any(name.startswith("The ") for name in names)
    assert any(" & " in name for name in names)
    assert any(not name.isascii() for name in names)


def test_one_artist_under_two_ids_with_one_alias(details: Rows) -> None:
    ids: dict[str, set[str]] = {}
    for d in details:
        for song in (d.get("playlist") or {}).get("songs", []):
            for artist in song["artists"]:
                if "artist_alias_id" in artist:
                    ids.setdefault(artist["artist_alias_id"], set()).add(artist["artist_id"])
    assert any(len(different) > 1 for different in ids.values())


def test_the_same_track_under_two_song_ids(details: Rows) -> None:
    ids: dict[tuple[str, ...], set[str]] = {}
    for d in details:
        for song in (d.get("playlist") or {}).get("songs", []):
            key = (song["title"], *(artist["artist_name"] for artist in song["artists"]))
            ids.setdefault(key, set()).add(song["id"])
    assert any(len(different) > 1 for different in ids.values())


def test_class_type_names_with_junk(probe: Probe) -> None:
    types = probe.archived()["class_types"]
    names = [row["name"] for row in types]
    assert any(name.startswith("DO NOT USE") for name in names)
    assert any(name != name.strip() for name in names)
    assert any(name.count("(") != name.count(")") for name in names)
    assert any(not row["is_active"] for row in types)


def test_disciplines_with_cycling_the_largest(rows: Rows) -> None:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["fitness_discipline"]] = counts.get(row["fitness_discipline"], 0) + 1
    assert max(counts, key=lambda slug: counts[slug]) == "cycling"
    assert set(counts) >= {
        "cycling", "running", "strength", "yoga", "meditation", "stretching", "cardio", "walking", "circuit",
        "bike_bootcamp", "caesar",
    }  # fmt: skip
    assert any(row.get("is_outdoor") for row in rows)
