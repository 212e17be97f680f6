"""The stand-in's bulk export, in each of its languages, against what the stand-in knows of its activities."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from strava_exports import read

from sandbox.client import Sandbox
from strava_assets.export_zip import ExportedActivity

SAME = (
    "id",
    "name",
    "start_date",
    "elapsed_time",
    "moving_time",
    "distance",
    "total_elevation_gain",
    "commute",
)
LANGUAGES = [("en", "words"), ("de", "words"), ("de", "numbers")]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(classes=1, strava_activities=40) as running:
        yield running


def exported(sandbox: Sandbox, folder: Path, **options: Any) -> tuple[list[ExportedActivity], list[Any]]:
    content, rows = sandbox.strava_export(**options)
    path = folder / "export.zip"
    path.write_bytes(content)
    activities, heard = read(path)
    assert [problem for problem in heard if problem[0] != "activities.csv"] == []
    return activities, rows


@pytest.mark.parametrize(("language", "dates"), LANGUAGES)
def test_every_row_and_every_file_is_read_and_rows_say_the_same_as_the_api(
    sandbox: Sandbox, tmp_path: Path, language: str, dates: str
) -> None:
    activities, rows = exported(sandbox, tmp_path, language=language, dates=dates, every=60)
    truth = {activity["id"]: activity for activity in sandbox.strava_truth()}
    assert [(one.payload["id"], one.payload.get("filename")) for one in activities] == [
        (row["id"], row["filename"]) for row in rows
    ]
    assert {one.payload.get("streams_source") for one in activities} >= {"gpx", "tcx", "fit"}
    shared = 0
    for one in activities:
        name = one.payload.get("filename")
        assert one.payload.get("streams_source") == (name.split(".")[1] if name else None)
        if there := truth.get(one.payload["id"]):
            assert {key: one.payload.get(key) for key in SAME} == pytest.approx(
                {key: there[key] for key in SAME}
            )
            shared += 1
    assert shared > 30


@pytest.mark.tier("N")
def test_series_say_the_same_as_the_api(sandbox: Sandbox, tmp_path: Path) -> None:
    activities, _ = exported(sandbox, tmp_path, every=1, last=6)
    known = {activity["id"] for activity in sandbox.strava_truth()}
    kinds = set()
    for one in activities:
        if one.payload["id"] not in known or "streams" not in one.payload:
            continue
        truth = sandbox.strava_streams_truth(one.payload["id"])
        kinds.add(one.payload["streams_source"])
        for name, values in one.payload["streams"].items():
            if name == "latlng":
                assert [*chain(*values)] == pytest.approx([*chain(*truth[name])], abs=1e-5)
            else:
                assert values == pytest.approx(truth[name], abs=0.3), (one.activity_id, name)
    assert kinds == {"gpx", "tcx", "fit"}
