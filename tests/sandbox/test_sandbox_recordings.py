"""The sandbox against recorded real answers: the same keys, the same JSON types, none of the content.

An answer is flattened to paths such as `data.[].availability.reason`; each path has the set of JSON
types seen there. Keys must be the recorded ones exactly; types must have been seen at that path, or
be an oddity that the facts tell of.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from probe import Probe

Rows = list[dict[str, Any]]
Shape = dict[str, set[str]]

MAPS = ("segments.segment_category_distribution", "segments.segment_body_focus_distribution")
"""Objects whose keys are data."""

KNOWN_FROM_THE_FACTS: dict[str, set[str]] = {
    "data.[].instructor_id": {"null"},
    "data.[].dynamic_video_recorded_speed_in_mph": {"null"},
    "data.[].ride_type_id": {"null"},
    "data.[].availability.reason": {"string"},
    "ride.ride_type_id": {"null"},
    "ride.availability.reason": {"string"},
    "ride.vod_stream_url": {"null"},
    "ride.dynamic_video_recorded_speed_in_mph": {"null", "number"},
}
"""Types that no recording shows but the collected facts or the thin rows do."""


def json_type(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "list", dict: "object"}
    return names.get(type(value), "null")


def shape(value: Any, path: str = "", found: Shape | None = None) -> Shape:
    found = {} if found is None else found
    found.setdefault(path, set()).add(json_type(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            name = "*" if path in MAPS else key
            shape(inner, f"{path}.{name}" if path else name, found)
    elif isinstance(value, list):
        for inner in value:
            shape(inner, f"{path}.[]", found)
    return found


def keys_at(found: Shape, path: str) -> set[str]:
    prefix = f"{path}." if path else ""
    return {
        p.removeprefix(prefix) for p in found if p.startswith(prefix) and "." not in p.removeprefix(prefix)
    } - {""}


def assert_types_known(ours: Shape, theirs: Shape) -> None:
    for path, types in ours.items():
        if path in theirs:
            allowed = theirs[path] | KNOWN_FROM_THE_FACTS.get(path, set())
            if "number" in allowed:
                allowed = allowed | {"integer"}  # 4.0 is written as 4 now and then
            assert types <= allowed, path


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def newest(probe: Probe, count: int = 300) -> list[dict[str, Any]]:
    return [row for page in range(count // 100) for row in probe.archived(limit=100, page=page)["data"]]


def oldest(probe: Probe, count: int = 300) -> list[dict[str, Any]]:
    return [
        row
        for page in range(count // 100)
        for row in probe.archived(limit=100, page=page, desc="false")["data"]
    ]


def full_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without those that are thin on purpose."""
    longest = max(len(row) for row in rows)
    return [row for row in rows if len(row) == longest]


def test_list_rows_of_three_ages_have_the_recorded_keys(probe: Probe, rows: Rows, recorded: Path) -> None:
    row_2025 = load(recorded / "ride_archived/tascott__1.json")["data"][0]
    row_2023 = load(recorded / "ride_archived/mvielkind__1.json")["data"][0]
    row_2021 = load(recorded / "ride_archived/lc512k__1.json")["data"][0]
    ours_2022 = [row for row in rows if 1_640_995_200 < row["scheduled_start_time"] < 1_672_531_200]
    for ours, theirs in ((newest(probe), row_2025), (ours_2022, row_2023), (oldest(probe), row_2021)):
        full = full_rows(ours)
        assert len(full) > 0.9 * len(ours)
        assert all(set(row) == set(theirs) for row in full)
        assert all(set(row) <= set(theirs) for row in ours), "thin rows lack keys and have no others"


def test_the_list_envelope_and_types_are_the_recorded_ones(probe: Probe, recorded: Path) -> None:
    theirs: Shape = {}
    for name in ("mvielkind__1", "lc512k__1", "tascott__1"):
        shape(load(recorded / f"ride_archived/{name}.json"), found=theirs)
    envelope_2023 = load(recorded / "ride_archived/mvielkind__1.json")
    ours: Shape = {}
    for page in range(0, 36, 5):
        answer = probe.archived(limit=100, page=page)
        answer["data"] = full_rows(answer["data"])
        shape(answer, found=ours)
    assert keys_at(ours, "") == set(envelope_2023)
    for table in ("instructors", "class_types", "ride_types", "browse_categories", "fitness_disciplines"):
        assert keys_at(ours, f"{table}.[]") == keys_at(shape(envelope_2023), f"{table}.[]"), table
    assert_types_known(ours, theirs | {"data.[].distance": {"null", "number"}} | scenic_types())


def scenic_types() -> Shape:
    """Fields that are null in every recorded row because none of them is a scenic class."""
    names = ("distance_unit", "distance_display_value", "thumbnail_title", "thumbnail_location")
    return {f"data.[].{name}": {"null", "string"} for name in names}


@pytest.mark.parametrize(("recording", "pick"), [("tascott__1", newest), ("weissleb__1", oldest)])
def test_details_have_the_recorded_keys_and_types(
    probe: Probe, recorded: Path, recording: str, pick: Any
) -> None:
    theirs = shape(load(recorded / f"ride_details/{recording}.json"))
    ours: Shape = {}
    for row in pick(probe, 100):
        reply = probe.get(f"/api/ride/{row['id']}/details")
        if reply.status != 200 or reply.json["ride"]["instructor"] is None:
            continue  # not served, or a scenic class that nobody teaches
        shape(reply.json, found=ours)
    ours_keys = keys_at(ours, "") | {"playlist"}
    assert ours_keys == keys_at(theirs, "")
    for path in (
        "ride", "playlist", "playlist.songs.[]", "playlist.songs.[].album", "playlist.songs.[].artists.[]",
        "playlist.top_artists.[]", "averages", "segments", "segments.segment_list.[]", "instructor_cues.[]",
        "instructor_cues.[].offsets", "target_class_metrics", "target_class_metrics.target_graph_metrics.[]",
        "target_metrics_data", "target_metrics_data.target_metrics.[]", "default_album_images", "class_types.[]",
        "segments.segment_list.[].subsegments_v2.[]", "segments.segment_list.[].subsegments_v2.[].movements.[]",
        "disabled_leaderboard_filters", "events",
    ):  # fmt: skip
        assert keys_at(ours, path) == keys_at(theirs, path), path
    extra = {"playlist": {"object", "null"}, "ride.difficulty_level": {"null", "string"}}
    if recording == "weissleb__1":
        instructor_keys = keys_at(theirs, "ride.instructor")
        assert instructor_keys < keys_at(ours, "ride.instructor"), "instructors gained fields since"
        extra["ride.instructor_id"] = {"string", "null"}
    else:
        assert keys_at(ours, "ride.instructor") == keys_at(theirs, "ride.instructor")
    assert_types_known(ours, {**theirs, **extra})


def test_instructors_mappings_categories_and_me(probe: Probe, recorded: Path) -> None:
    for path, name, lists in (
        ("/api/instructor?limit=100", "instructor/mickfeech__1.json", ["data.[]"]),
        (
            "/api/ride/metadata_mappings",
            "ride_metadata_mappings/markbyrne__1.json",
            ["class_types.[]", "content_formats.[]", "device_type_display_names.[]", "difficulty_levels.[]",
             "equipment.[]", "fitness_disciplines.[]", "locales.[]"],
        ),
        ("/api/browse_categories?library_type=on_demand", "browse_categories/pelo-tech__1.json", []),
        ("/api/me", "me/mickfeech__1.json", ["workout_counts.[]", "quick_hits"]),
    ):  # fmt: skip
        ours, theirs = shape(probe.get(path).json), shape(load(recorded / name))
        assert keys_at(ours, "") - keys_at(theirs, "") <= {"instructors"}, "left out of the recording"
        assert keys_at(theirs, "") <= keys_at(ours, "")
        for inner in lists:
            assert keys_at(theirs, inner) <= keys_at(ours, inner), (path, inner)
        assert_types_known(ours, theirs | {"total_workouts": {"integer"}})


def test_the_error_envelope_is_the_recorded_one(probe: Probe, recorded: Path) -> None:
    theirs = load(recorded / "errors/philosowaffle__2.json")[0]["body"]
    ours = probe.get("/api/ride/nobody/details").json
    assert {key: json_type(value) for key, value in ours.items()} == {
        k: json_type(v) for k, v in theirs.items()
    }
    bodies = [entry["body"] for entry in load(recorded / "errors/tillo13__1.json")]
    assert any(body["error_code"] == 2120 and "Platform" in body["message"] for body in bodies)


def test_nothing_is_copied_from_the_recordings(probe: Probe, rows: Rows, recorded: Path) -> None:
    """No name, title, sentence, id or address of a recording is served, the service's own words apart."""
    own_words = shape_values(probe.get("/api/ride/metadata_mappings").json["class_types"])
    own_words |= shape_values(probe.archived(limit=1)["class_types"])
    own_words |= {"0f63c48726fa4533a928cae5358d94d7"}  # the series of Power Zone Endurance
    theirs: set[str] = set()
    for folder in ("ride_archived", "ride_details", "instructor", "user_workouts", "workout", "ride_live"):
        for file in (recorded / folder).glob("*.json"):
            theirs |= shape_values(load(file))
    ours = shape_values(probe.get("/api/instructor?limit=100").json)
    for row in rows:
        ours |= shape_values(row)
    for row in rows[::20]:
        ours |= shape_values(probe.get(f"/api/ride/{row['id']}/details").json)
    shared = {text for text in ours & theirs - own_words if len(text) > 12 or " " in text}
    service_words = {
        "bike_bootcamp", "caesar_bootcamp", "psny-studio-1", "psny-studio-2", "digital_and_above", "peloton_coach",
        "intermediate", "medium_weights", "heavy_weights", "light_weights", "resistance_band", "Light Weights",
        "Medium Weights", "Heavy Weights", "Resistance Band", "Workout Mat", "Yoga Mat", "Yoga Block",
        "Tread Bootcamp", "Bike Bootcamp", "Row Bootcamp", "Cool Down", "psl-studio-1",
    }  # fmt: skip
    shared = {text for text in shared if not re.fullmatch(r"\d+(\.\d+)?", text)}
    assert shared - service_words == set()


def shape_values(value: Any) -> set[str]:
    """Every string in a payload."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        value = list(value.values())
    return {text for inner in value for text in shape_values(inner)} if isinstance(value, list) else set()
