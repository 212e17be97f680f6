"""From landed answers to typed rows: what they mean, in whatever order they were landed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landed import JUNE_2024, MAY_2024, Zone, a_ride, a_song
from observing import by_id, rows

from peloton_assets.transform import LISTINGS, connect


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    return Zone(tmp_path)


def songs_of(zone: Zone, playlist: Any) -> list[dict[str, Any]]:
    ride = a_ride()
    zone.list_page([ride])
    zone.details(ride, {"ride": ride, "playlist": playlist})
    zone.build()
    return sorted(rows(zone.lake, "peloton.songs"), key=lambda song: song["playlist_order"])


def test_songs_without_index_are_in_order_of_their_start(zone: Zone) -> None:
    offsets = [600, 60, 1200, 300, 60]
    songs = [a_song(title=f"song {place}", start_time_offset=at) for place, at in enumerate(offsets)]
    found = songs_of(zone, {"id": "p", "songs": songs})
    assert [song["title"] for song in found] == ["song 1", "song 4", "song 3", "song 0", "song 2"]
    assert [song["playlist_order"] for song in found] == [1, 2, 3, 4, 5]
    assert [song["start_offset_s"] for song in found] == sorted(offsets)


def test_a_song_without_start_is_kept_at_its_cue_or_last(zone: Zone) -> None:
    songs = [a_song(title="nowhere", start_time_offset=None, cue_time_offset=None),
             a_song(title="by cue", start_time_offset=None, cue_time_offset=100),
             a_song(title="by start", start_time_offset=90)]  # fmt: skip
    assert [song["title"] for song in songs_of(zone, {"songs": songs})] == ["by start", "by cue", "nowhere"]


@pytest.mark.parametrize("playlist", ["missing", None, {}, {"songs": None}, {"songs": []}, [], "none", 7])
def test_a_class_without_music_is_fetched_and_has_no_songs(zone: Zone, playlist: Any) -> None:
    ride = a_ride()
    zone.list_page([ride])
    zone.details(ride, {"ride": ride} | ({} if playlist == "missing" else {"playlist": playlist}))
    zone.build()
    assert rows(zone.lake, "peloton.songs") == []
    assert [(p["song_count"], p["has_music"]) for p in rows(zone.lake, "peloton.playlists")] == [(0, False)]
    assert by_id(zone.lake, "peloton.rides")[ride["id"]]["details_fetched_at"] is not None


def test_all_artists_of_a_song_are_kept_in_order(zone: Zone) -> None:
    names = ["Ørvik, Ynne & Daughters", "MC Lum", "Żalella feat. Nobody"]
    artists = [
        {"artist_id": f"a{n}", "artist_name": name, "artist_alias_id": None} for n, name in enumerate(names)
    ]
    found = songs_of(zone, {"songs": [a_song(artists=artists), a_song(artists=[]), a_song(artists=None)]})
    assert [song["artist_names"] for song in found] == [names, [], []]
    credits = rows(zone.lake, "peloton.song_artists")
    assert [(c["playlist_order"], c["artist_order"], c["artist_name"]) for c in credits] == [
        (1, 1, names[0]), (1, 2, names[1]), (1, 3, names[2]),
    ]  # fmt: skip


def test_the_same_song_twice_is_two_plays_of_one_track(zone: Zone) -> None:
    found = songs_of(zone, {"songs": [a_song(), a_song(start_time_offset=900), a_song(title="other")]})
    assert [song["title"] for song in found].count("Paper Harbor") == 2
    assert {t["title"]: t["plays"] for t in rows(zone.lake, "peloton.tracks")} == {
        "Paper Harbor": 2,
        "other": 1,
    }


POWER_ZONE, WARM_UP, COOL_DOWN = (
    "665395ff3abf4081bf315686227d1a51", "57dbf6f9a4904a9f80e302380855bdb7", "a1fa617f3ba14c0a8c25468d5c88b3ea",
)  # fmt: skip
ENDURANCE, PLAIN, MAX = (
    "0f63c48726fa4533a928cae5358d94d7", "9fde039566054ea499130bed1c289eb3", "5e02288cccac46bbbba2eb1acb41f059",
)  # fmt: skip


KINDS = [  # title, class type, series; power zone kind, warm-up, cool-down
    ("45 min Power Zone Endurance Ride", POWER_ZONE, "themed", "endurance", False, False),
    ("45 min Power Zone Ride", POWER_ZONE, PLAIN, "power zone", False, False),
    ("30 min Power Zone Max Ride", POWER_ZONE, MAX, "max", False, False),
    ("30 min Power Zone Pop Ride", POWER_ZONE, "themed", "power zone", False, False),
    ("45 min Power Zone Endurance Pop Ride", "", "themed", "endurance", False, False),
    ("45 min Power Zone Ride", POWER_ZONE, ENDURANCE, "endurance", False, False),
    ("20 min PZ Ride", "", "s", "power zone", False, False),
    ("20 min Pzazz Ride", "", "s", None, False, False),
    ("30 min Pro Ride", "4228e9e57bf64c518d58a1d0181760c4", "s", None, False, False),
    ("20 min FTP Test Ride", POWER_ZONE, "s", "ftp test", False, False),
    ("10 min FTP Warm Up Ride", WARM_UP, "s", None, True, False),
    ("5 min Warm Up Ride", WARM_UP, "s", None, True, False),
    ("5 min Cool Down Ride", WARM_UP, "s", None, False, True),
    ("5 min Cooldown Ride", COOL_DOWN, "s", None, False, True),
    ("5 min Warm-Up Run", "c0681493aaeb4029b01f64a6c9ff3e0e", "s", None, True, False),
    ("5 min Ride", WARM_UP, "s", None, True, False),
    ("5 min Ride", COOL_DOWN, "s", None, False, True),
    ("20 min Groove Ride", "", "s", None, False, False),
]  # fmt: skip


def test_kinds_of_class_are_told_apart(zone: Zone) -> None:
    """By title first, since class type ids were split and renamed over the years."""
    zone.list_page(
        a_ride(id=str(place), title=title, class_type_ids=[type_id] if type_id else [], series_id=series_id)
        for place, (title, type_id, series_id, *_) in enumerate(KINDS)
    )
    zone.build()
    stored = by_id(zone.lake, "peloton.rides")
    for place, (title, _, _, power_zone, warm_up, cool_down) in enumerate(KINDS):
        ride = stored[str(place)]
        assert (ride["is_power_zone"], ride["power_zone_kind"]) == (power_zone is not None, power_zone), title
        assert (ride["is_warm_up"], ride["is_cool_down"]) == (warm_up, cool_down), title


def merged(folder: Path, order: list[int], at_once: int) -> list[dict[str, Any]]:
    """Listings after four crawls, in which classes are renamed and move between months, merged in some order."""
    zone, pages = Zone(folder), []
    for crawl in range(4):
        draw = random.Random(crawl)
        times = [draw.choice((MAY_2024, JUNE_2024, MAY_2024 - 40 * 86_400)) for _ in range(6)]
        rides = [a_ride(id=f"ride {n}", title=f"title {crawl}", original_air_time=t)
                 for n, t in enumerate(times) if draw.random() < 0.7]  # fmt: skip
        pages.append(zone.list_page(rides, draw.choice(("all", "cycling", "cycling_time_scenic"))))
    for start in range(0, 4, at_once):
        zone.merge(*(pages[n] for n in order[start : start + at_once]))
    return sorted(rows(zone.lake, LISTINGS), key=lambda row: row["ride_id"])


@pytest.fixture(scope="module")
def merged_one_by_one(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return merged(tmp_path_factory.mktemp("zone"), [0, 1, 2, 3], 1)


@settings(max_examples=5, deadline=None)
@given(order=st.permutations(range(4)), at_once=st.integers(1, 3))
def test_the_order_of_merging_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, merged_one_by_one: list[Any], order: list[int], at_once: int
) -> None:
    assert merged(tmp_path_factory.mktemp("zone"), order, at_once) == merged_one_by_one
    assert len({row["ride_id"] for row in merged_one_by_one}) == len(merged_one_by_one)


def test_a_class_that_moves_leaves_its_old_month(zone: Zone) -> None:
    zone.merge(zone.list_page([a_ride(original_air_time=MAY_2024)]))
    zone.merge(zone.list_page([a_ride(original_air_time=JUNE_2024)]))
    assert [row["air_month"] for row in rows(zone.lake, LISTINGS)] == ["2024-06"]
    assert zone.lake.months(LISTINGS) == ["2024-05", "2024-06"]
    zone.build()
    assert [str(row["air_month"]) for row in rows(zone.lake, "peloton.rides")] == ["2024-06-01"]


def test_months_of_the_statements_are_utc(zone: Zone) -> None:
    last_second = 1_717_199_999  # 2024-05-31T23:59:59Z
    zone.list_page(
        [
            a_ride(id="may", original_air_time=last_second),
            a_ride(id="june", original_air_time=last_second + 1),
        ]
    )
    zone.build()
    assert {row["ride_id"]: str(row["air_month"]) for row in rows(zone.lake, "peloton.rides")} == {
        "may": "2024-05-01", "june": "2024-06-01",
    }  # fmt: skip
    with connect() as connection:
        assert connection.sql("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
