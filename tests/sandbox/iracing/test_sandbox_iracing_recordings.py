"""The stand-in against recorded real answers: the same keys and JSON types, none of the content.

An answer is flattened to paths such as `schedules.[].track.track_id`; each has the set of types seen there.
Ours must not have a path that no recording has, and must have all that recordings always have.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from racer import Racer

Types = dict[str, set[str]]

FROM_THE_FACTS: dict[str, set[str]] = {
    # widened over time, or filled in where only empty lists were recorded
    "weather_summary.precip_chance": {"number"},
    "current_week_sched.precip_chance": {"number"},
    "max_pct_fuel_fill": {"number"},
    "weight_penalty_kg": {"number"},
    "power_adjust_pct": {"number"},
}
ADDED_BY_THE_FACTS = ("race_week_cars.[]", "rookie_season")

DOCUMENTS = [
    ("series/seasons", {}, ["series.seasons/AllyMurray__1.json"]),
    ("series/season_list", {}, ["series.season_list/AllyMurray__1.json"]),
    ("series/get", {}, ["series.get/jasondilworth56__1.json", "series.get/AllyMurray__1.json"]),
    ("series/assets", {}, ["series.assets/jasondilworth56__1.json"]),
    ("series/stats_series", {}, ["series.stats_series/jasondilworth56__1.json"]),
    ("series/past_seasons", {"series_id": 30}, ["series.past_seasons/jasondilworth56__1.json"]),
    ("season/list", {"season_year": 2013, "season_quarter": 1}, ["season.list/AllyMurray__1.json"]),
    ("season/race_guide", {"from": "2026-11-20T12:00:00Z"}, ["season.race_guide/AllyMurray__1.json"]),
    ("carclass/get", {}, ["carclass.get/AllyMurray__1.json"]),
    ("car/get", {}, ["car.get/jasondilworth56__1.json"]),
    ("car/assets", {}, ["car.assets/AllyMurray__1.json"]),
    ("track/get", {}, ["track.get/AllyMurray__1.json"]),
    ("track/assets", {}, ["track.assets/jasondilworth56__1.json"]),
    ("lookup/current_season", {}, ["lookup.current_season/AdrianJSClark__1.json"]),
]  # fmt: skip


def json_type(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "list", dict: "object"}
    return names.get(type(value), "null")


def flatten(value: Any, path: str, types: Types, always: dict[str, tuple[int, set[str]]]) -> None:
    """Collect the types at each path, and for each kind of object the keys that every one of them has."""
    types.setdefault(path, set()).add(json_type(value))
    if isinstance(value, dict):
        keyed_by_id = bool(value) and all(key.isdigit() for key in value)
        keys = {"*"} if keyed_by_id else set(value)
        count, common = always.get(path, (0, keys))
        always[path] = (count + 1, common & keys)
        for key, inner in value.items():
            flatten(inner, f"{path}.{'*' if keyed_by_id else key}".strip("."), types, always)
    elif isinstance(value, list):
        for inner in value:
            flatten(inner, f"{path}.[]".strip("."), types, always)


def shape(values: list[Any]) -> tuple[Types, dict[str, set[str]]]:
    types: Types = {}
    always: dict[str, tuple[int, set[str]]] = {}
    for value in values:
        flatten(value, "", types, always)
    return types, {path: common for path, (_, common) in always.items()}


def allowed_at(path: str, theirs: Types) -> set[str]:
    wide = {kind for tail, kinds in FROM_THE_FACTS.items() if path.endswith(tail) for kind in kinds}
    found = theirs.get(path, set()) | wide
    return found | ({"integer"} if "number" in found else set())


@pytest.mark.parametrize(("path", "query", "files"), DOCUMENTS, ids=[row[0] for row in DOCUMENTS])
def test_a_document_has_the_recorded_shape(
    racer: Racer, recorded: Path, path: str, query: dict[str, Any], files: list[str]
) -> None:
    ours, our_keys = shape([racer.document(path, **query)])
    theirs, their_keys = shape([json.loads((recorded / name).read_text()) for name in files])
    for place, types in ours.items():
        if not any(added in place for added in ADDED_BY_THE_FACTS):
            assert place in theirs, f"{place} was never recorded"
            assert types <= allowed_at(place, theirs), place
    missing = {
        place: keys - our_keys[place]
        for place, keys in their_keys.items()
        if place in our_keys and keys - our_keys[place]
    }
    assert not missing


def test_a_season_schedule_has_the_recorded_shape(racer: Racer, recorded: Path) -> None:
    truth = racer.sandbox.iracing_truth()["seasons"]
    season = next(season["season_id"] for season in truth if season["kind"] == "two_hourly")
    ours, _ = shape([racer.document("series/season_schedule", season_id=season)])
    theirs, _ = shape(
        [json.loads((recorded / "series.season_schedule" / "jasondilworth56__1.json").read_text())]
    )
    optional = ("config_name", "rubber", "_setup_id", "[].session_times", "race_week_cars")
    assert {p for p in theirs.keys() ^ ours.keys() if not any(word in p for word in optional)} == set()


def test_constants_are_the_recorded_ones(racer: Racer, recorded: Path) -> None:
    for name in ("categories", "divisions", "event_types"):
        real = json.loads((recorded / f"constants.{name}" / "jasondilworth56__1.json").read_text())
        assert racer.ask(f"constants/{name}").json == real
