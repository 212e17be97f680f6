"""From landed answers to typed rows: meaning, order of merging, and values that are not what they should be."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landed import JUNE_2024, MAY_2024, Zone, a_ride, a_song, invented
from observing import by_id, month_of_time, rows

from peloton_assets.transform import LISTINGS, connect
from sandbox.json_edit import RETYPE, edit_json


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


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(range(4)), groups=st.integers(1, 4))
def test_the_order_of_merging_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], groups: int
) -> None:
    """Pages of four crawls in which classes are renamed and move between months, merged in any grouping."""
    found = []
    for arrangement in (list(range(4)), order):
        zone = Zone(tmp_path_factory.mktemp("zone"))
        pages = []
        for crawl in range(4):
            draw = random.Random(crawl)
            times = [draw.choice((MAY_2024, JUNE_2024, MAY_2024 - 40 * 86_400)) for _ in range(6)]
            rides = [a_ride(id=f"ride {n}", title=f"title {crawl}", original_air_time=t)
                     for n, t in enumerate(times) if draw.random() < 0.7]  # fmt: skip
            pages.append(zone.list_page(rides, draw.choice(("all", "cycling", "cycling_time_scenic"))))
        size = groups if arrangement == order else 1
        for start in range(0, 4, size):
            zone.merge(*(pages[n] for n in arrangement[start : start + size]))
        found.append(sorted(rows(zone.lake, LISTINGS), key=lambda row: row["ride_id"]))
    assert found[0] == found[1]
    assert len({row["ride_id"] for row in found[0]}) == len(found[0])


def test_a_class_that_moves_leaves_its_old_month(zone: Zone) -> None:
    zone.merge(zone.list_page([a_ride(original_air_time=MAY_2024)]))
    zone.merge(zone.list_page([a_ride(original_air_time=JUNE_2024)]))
    assert [row["air_month"] for row in rows(zone.lake, LISTINGS)] == ["2024-06"]
    assert zone.lake.months(LISTINGS) == ["2024-05", "2024-06"]
    zone.build()
    assert [str(row["air_month"]) for row in rows(zone.lake, "peloton.rides")] == ["2024-06-01"]


def test_a_class_whose_row_lost_its_time_keeps_its_month(zone: Zone) -> None:
    known, unknown = a_ride(), a_ride(id="never seen in time")
    zone.merge(zone.list_page([known]))
    timeless = {"original_air_time": None, "scheduled_start_time": "soon", "title": "New title"}
    change = zone.merge(zone.list_page([known | timeless, unknown | timeless]))
    (row,) = rows(zone.lake, LISTINGS)
    assert (row["ride_id"], row["title"], row["air_month"]) == (known["id"], "New title", "2024-05")
    assert row["last_listed_at"] > row["first_listed_at"]
    assert change.unplaced == ("never seen in time",)


HOSTILE = [
    "'; DROP TABLE rides; --", "$1 {x} %s \\n", "nul \x00 here", "line\r\nbreak\u2028\u2029\x85", "\x1b[31m red",
    "\u202ertl\u200b\ufeff", "e\u0301 é", "🚴🏽‍♀️", "=1+1", "<script>", "x" * 1_000_000, "\\ud800 spelt", '"quoted"',
]  # fmt: skip


def test_hostile_texts_are_kept_byte_for_byte(zone: Zone) -> None:
    texts = HOSTILE
    zone.list_page([a_ride(id=f"ride {n}", title=text, description=text) for n, text in enumerate(texts)])
    for n, text in enumerate(texts):
        playlist = {"songs": [a_song(title=text, artists=[{"artist_name": text}], album={"name": text})]}
        zone.details(a_ride(id=f"ride {n}"), {"ride": {}, "playlist": playlist})
    zone.build()
    rides, songs = by_id(zone.lake, "peloton.rides"), by_id(zone.lake, "peloton.songs")
    for n, text in enumerate(texts):
        ride, song = rides[f"ride {n}"], songs[f"ride {n}"]
        assert (ride["title"], ride["description"]) == (text, text)
        assert (song["title"], song["artist_names"], song["album_name"]) == (text, [text], text)


def test_a_lone_surrogate_becomes_one_sign_and_harms_no_neighbour(zone: Zone) -> None:
    zone.list_page([a_ride(title="half \ud83d sign"), a_ride(id="next", title="whole 😀 sign")])
    zone.build()
    assert [row["title"] for row in sorted(rows(zone.lake, LISTINGS), key=lambda row: row["ride_id"])] == [
        "half � sign", "whole 😀 sign",
    ]  # fmt: skip


VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e300,
    2**63,
    2**70,
    "",
    "text",
    "12",
    [],
    [None],
    [1],
    {},
    {"x": [1]},
]


def mutations(payload: Any, draw: random.Random, how_many: int) -> None:
    """Spoil some places of a payload, however deep."""
    for _ in range(how_many):
        node, path = payload, []
        while isinstance(node, dict | list) and node and (not path or draw.random() < 0.8):
            key = draw.choice(list(node)) if isinstance(node, dict) else draw.randrange(len(node))
            path.append(str(key))
            node = node[key]
        operation = draw.choice(("set", "set", "delete", "retype"))
        value = draw.choice(sorted(RETYPE)) if operation == "retype" else copy.deepcopy(draw.choice(VALUES))
        edit_json(payload, ".".join(path), operation, value)


@pytest.mark.parametrize("seed", range(3))
def test_spoilt_list_rows_harm_no_other_row(zone: Zone, seed: int) -> None:
    """150 classes, 60 of them with some ten odd values each, and rows that are no rows at all."""
    draw = random.Random(seed)
    listed, _ = invented(150)
    spoilt = copy.deepcopy(listed)
    chosen = set(draw.sample(range(len(listed)), 60))
    for place in chosen:
        mutations(spoilt[place], draw, 10)
    spoilt += [None, 5, "row", [], {}, [a_ride()]]
    zone.list_page(spoilt, instructors=[None, 7, {"id": []}], class_types={"not": "a list"})
    zone.build()
    stored = by_id(zone.lake, "peloton.rides")
    for row in (row for place, row in enumerate(listed) if place not in chosen):
        assert stored[row["id"]]["title"] == row["title"]
        assert str(stored[row["id"]]["air_month"])[:7] == month_of_time(row["original_air_time"])


@pytest.mark.parametrize("seed", range(3))
def test_spoilt_details_harm_no_other_class(zone: Zone, seed: int) -> None:
    draw = random.Random(seed)
    listed, detailed = invented(100)
    zone.list_page(listed)
    chosen = set(draw.sample(range(len(detailed)), 50))
    by_month: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for place, (row, answer) in enumerate(zip(listed, detailed, strict=True)):
        spoilt = copy.deepcopy(answer)
        if place in chosen:
            mutations(spoilt.get("playlist") or spoilt, draw, 10)
            mutations(spoilt, draw, 5)
        by_month[month_of_time(row["original_air_time"])].append((row["id"], spoilt))
    for month, answers in by_month.items():
        zone.land("ride_details", month, *answers)
    zone.build()
    songs = rows(zone.lake, "peloton.songs")
    for answer in (answer for place, answer in enumerate(detailed) if place not in chosen):
        titles = [song["title"] for song in (answer.get("playlist") or {}).get("songs") or []]
        found = [song["title"] for song in songs if song["ride_id"] == answer["ride"]["id"]]
        assert sorted(found) == sorted(titles)
    assert len(by_id(zone.lake, "peloton.playlists")) == len(detailed)


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
