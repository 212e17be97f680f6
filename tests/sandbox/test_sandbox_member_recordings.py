"""Members' data against recorded real answers: every recorded field is there in the year of the recording, in kind.

One recorded answer shows one workout; ours of the same year and machine are taken together. What a recording
does not show because it is one workout only (null where others have a value) is no difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from probe import Probe
from test_sandbox_recordings import Shape, json_type, shape, shape_values

from sandbox.client import Sandbox

Rows = list[dict[str, Any]]
COUNT = 1_200

LIST_RECORDINGS = {
    "avchrisr__1": 2019, "mickfeech__1": 2020, "jasonlutterloh__1": 2020, "weissleb__1": 2020,
    "philosowaffle__1": 2020, "philosowaffle__2": 2022, "cyrii42__1": 2023,
}  # fmt: skip
WORKOUT_RECORDINGS = (
    "philosowaffle__1", "philosowaffle__2", "philosowaffle__3", "philosowaffle__6", "philosowaffle__8",
    "philosowaffle__10", "philosowaffle__12", "cyrii42__2", "cyrii42__3",
)  # fmt: skip
GRAPH_RECORDINGS = {  # name: (year, metrics type)
    "avchrisr__1": (2019, "cycling"), "mickfeech__1": (2020, "cycling"), "philosowaffle__1": (2020, "cycling"),
    "philosowaffle__2": (2020, "running"), "philosowaffle__3": (2020, None), "philosowaffle__4": (2020, "cycling"),
    "philosowaffle__6": (2022, "caesar"), "philosowaffle__8": (2021, None), "philosowaffle__11": (2021, "cycling"),
    "philosowaffle__12": (2022, "cycling"), "cyrii42__2": (2024, "cycling"), "cyrii42__3": (2023, "cycling"),
    "cyrii42__5": (2023, "cycling"),
}  # fmt: skip
CONTENT = (
    "ride.instructor.",
    "ride.metrics.",
    "user.",
    "ride.equipment",
    "ride.captions",
    "ride.user_caption",
)
"""Parts of a class or a person, which the recordings of classes compare, or which are data."""
NOT_OURS = {
    "ride.is_skip_intro_available", "ride.excluded_platforms.[]", "ride.extra_images.[]", "ride.ride_type_id",
    "strava_id", "fitbit_id",
    "total_heart_rate_zone_durations",  # not in every recorded list
}  # fmt: skip


@pytest.fixture(scope="module")
def member() -> Iterator[Probe]:
    with Sandbox(rate=0, classes=800, workouts=COUNT) as sandbox:
        yield Probe(sandbox)


@pytest.fixture(scope="module")
def walked(member: Probe) -> dict[int, Rows]:
    """Rows by the year they were created in."""
    years: dict[int, Rows] = {}
    for row in member.walk_workouts(joins="ride,ride.instructor,user"):
        years.setdefault(datetime.fromtimestamp(row["created_at"], UTC).year, []).append(row)
    return years


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def year_of(row: dict[str, Any]) -> int:
    return datetime.fromtimestamp(row["created_at"], UTC).year


def assert_has_all(ours: Shape, theirs: Shape) -> None:
    """Each recorded path exists in ours, and in a recorded type; null may stand for anything."""
    for path, types in theirs.items():
        if path in NOT_OURS or path.startswith(CONTENT):
            continue
        assert path in ours, path
        known = ours[path] | ({"integer"} if "number" in ours[path] else set())
        known |= {"number"} if "integer" in known else set()  # 1 and 1.0 occur side by side in recordings
        assert types - {"null"} <= known | {"null"} or ours[path] == {"null"}, (path, types, ours[path])


@pytest.mark.parametrize("name", LIST_RECORDINGS)
def test_rows_of_the_list(walked: dict[int, Rows], recorded: Path, name: str) -> None:
    answer = load(recorded / f"user_workouts/{name}.json")
    theirs: Shape = {}
    for row in answer if isinstance(answer, list) else answer["data"]:
        shape(row, found=theirs)
    ours: Shape = {}
    for row in walked[LIST_RECORDINGS[name]]:
        shape(row, found=ours)
    assert_has_all(ours, theirs)
    extra = {path for path in ours if "." not in path} - set(theirs) - {"user", "ride"}
    late = {"effort_zones", "total_video_watch_time_seconds", "total_video_buffering_seconds",
            "v2_total_video_watch_time_seconds", "v2_total_video_buffering_seconds", "id", "peloton_id", "user_id",
            "total_music_audio_play_seconds", "total_music_audio_buffer_seconds"}  # fmt: skip
    assert extra <= late, "no field that nobody has seen"


def test_the_envelope(member: Probe, recorded: Path) -> None:
    theirs = load(recorded / "user_workouts/philosowaffle__2.json")
    ours = member.workouts(limit=5)
    assert set(ours) == set(theirs)
    for name, value in theirs.items():
        assert json_type(ours[name]) == json_type(value), name
    assert set(ours["next"]) == set(theirs["next"])
    assert set(ours["total_heart_rate_zone_durations"]) == set(theirs["total_heart_rate_zone_durations"])


@pytest.mark.parametrize("name", WORKOUT_RECORDINGS)
def test_the_single_workout(member: Probe, walked: dict[int, Rows], recorded: Path, name: str) -> None:
    theirs = load(recorded / f"workout/{name}.json")
    theirs.pop("peloton", None)
    alike = [row for row in walked[year_of(theirs)] if row["workout_type"] == theirs["workout_type"]]
    ours: Shape = {}
    for row in alike[:60]:
        shape(member.get(f"/api/workout/{row['id']}", joins="user").json, found=ours)
    assert_has_all(ours, shape(theirs))


@pytest.mark.parametrize("name", GRAPH_RECORDINGS)
def test_the_graph(member: Probe, walked: dict[int, Rows], recorded: Path, name: str) -> None:
    theirs = load(recorded / f"performance_graph/{name}.json")
    year, kind = GRAPH_RECORDINGS[name]
    ours: Shape = {}
    for row in [row for row in walked[year] if row["metrics_type"] == kind][:80]:
        shape(member.get(f"/api/workout/{row['id']}/performance_graph").json, found=ours)
    assert_has_all(ours, shape(theirs))


def test_the_session(member: Probe, walked: dict[int, Rows], recorded: Path) -> None:
    theirs = load(recorded / "peloton_session/pelo-tech__1.json")
    row = next(row for row in walked[2024] if row["peloton_id"])
    ours = member.get(f"/api/peloton/{row['peloton_id']}").json
    assert {name: json_type(value) for name, value in ours.items()} == {
        name: json_type(value) for name, value in theirs.items()
    }


def test_refusals_are_the_recorded_ones(member: Probe, recorded: Path) -> None:
    bodies = [entry["body"] for entry in load(recorded / "errors/tillo13__1.json")]
    assert any(body["status"] == 403 and body["error_code"] == 3030 for body in bodies)
    ours = member.get(f"/api/user/{'f' * 32}/workouts").json
    assert any((body["status"], body["error_code"]) == (404, 110) for body in bodies)
    assert (ours["status"], ours["error_code"]) == (404, 110)


def test_nothing_of_a_member_is_copied(member: Probe, walked: dict[int, Rows], recorded: Path) -> None:
    theirs: set[str] = set()
    for folder in ("user_workouts", "workout", "performance_graph", "me"):
        for file in (recorded / folder).glob("*.json"):
            theirs |= shape_values(load(file))
    ours: set[str] = set()
    for rows in walked.values():
        for row in rows[::6]:
            own = {name: value for name, value in row.items() if name != "ride"}
            ours |= shape_values(own)
            ours |= shape_values(member.get(f"/api/workout/{row['id']}/performance_graph").json)
    shared = {text for text in ours & theirs if len(text) > 16}
    words = {
        "Avg Stroke Output",
        "America/New_York",
        "America/Chicago",
        "America/Los_Angeles",
        "ftp_estimated_source",
    }
    assert {text for text in shared if not text.endswith(" Workout") and "Just Ride" not in text} <= words
