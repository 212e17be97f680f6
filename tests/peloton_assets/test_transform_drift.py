"""Values that are not what they should be: odd types, lost fields, half signs, rows of an older parser."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from landed import Zone, a_ride, invented
from observing import by_id, month_of_time, rows

from peloton_assets.transform import DETAILS, LISTINGS, REFERENCES
from sandbox.json_edit import RETYPE, edit_json


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    return Zone(tmp_path)


def test_a_class_whose_row_lost_its_time_keeps_its_month(zone: Zone) -> None:
    known, unknown = a_ride(), a_ride(id="never seen in time")
    zone.merge(zone.list_page([known]))
    timeless = {"original_air_time": None, "scheduled_start_time": "soon", "title": "New title"}
    change = zone.merge(zone.list_page([known | timeless, unknown | timeless]))
    (row,) = rows(zone.lake, LISTINGS)
    assert (row["ride_id"], row["title"], row["air_month"]) == (known["id"], "New title", "2024-05")
    assert row["last_listed_at"] > row["first_listed_at"]
    assert change.unplaced == ("never seen in time",)


def test_a_rebuild_heals_what_an_older_parser_made(zone: Zone) -> None:
    """All staged rows are read from the landing zone anew, also when the wrong ones look as new or newer."""
    listed, detailed = invented(20)
    zone.list_page(listed, instructors=[{"id": "i", "name": "Zoë"}])
    for ride, answer in zip(listed, detailed, strict=True):
        zone.details(ride, answer)
    zone.build()
    before = {path: pl.read_parquet(path) for path in zone.lake.root.rglob("*.parquet")}
    wrong = {LISTINGS: "title", DETAILS: "playlist_id", REFERENCES: "entry", "peloton.songs": "title"}
    for table, column in wrong.items():
        for path in zone.lake.files(table):
            pl.read_parquet(path).with_columns(pl.lit('"zzz"').alias(column)).write_parquet(path)
    surplus = zone.lake.path(LISTINGS, "1999-01")
    zone.lake.files(LISTINGS)[0].rename(surplus)
    zone.build()
    assert pl.read_parquet(surplus).is_empty()
    assert all(pl.read_parquet(path).equals(frame) for path, frame in before.items())


@pytest.mark.promise("F1")
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


@pytest.mark.promise("B6")
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


@pytest.mark.promise("B6")
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
