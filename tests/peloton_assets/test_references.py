"""Instructors, class types and equipment: two requests a day at most, and no name is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from landed import Zone, a_ride, invented
from observing import asked, by_id

from peloton_assets.references import sync_references
from peloton_assets.staging import merge_references
from peloton_assets.transform import REFERENCES, build_whole, connect
from peloton_assets.workspace import Workspace
from resources.errors import BadAnswer
from sandbox.client import Sandbox


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


@pytest.fixture
def zone(data_dir: Any) -> Zone:
    return Zone(data_dir)


def instructors(zone: Zone) -> dict[str, dict[str, Any]]:
    zone.build()
    return by_id(zone.lake, "peloton.instructors", "instructor_id")


def test_they_are_asked_once_a_day(
    work: Workspace, peloton: Sandbox, another_run: Callable[[], Workspace]
) -> None:
    assert sync_references(work).requests == 2
    assert sync_references(another_run()).requests == 0
    assert sync_references(another_run(), refresh=True).requests == 2
    assert (asked(peloton)["instructor"], asked(peloton)["mappings"]) == (2, 2)
    with connect() as connection:
        rows = build_whole(connection, work.lake)
    assert (
        rows["peloton.instructors"] > 20
        and rows["peloton.class_types"] > 40
        and rows["peloton.equipment"] > 3
    )


def test_a_half_answer_is_not_fresh(
    work: Workspace, peloton: Sandbox, another_run: Callable[[], Workspace]
) -> None:
    peloton.faults({"kind": "json", "value": {"class_types": []}, "endpoint": "mappings", "times": 0})
    with pytest.raises(BadAnswer):
        sync_references(work)
    peloton.faults()
    assert sync_references(another_run()).requests == 2


def test_every_instructor_of_a_class_is_known_from_any_source(zone: Zone) -> None:
    listed, detailed = invented(60)
    zone.list_page(listed[:40], instructors=[{"id": "of a page", "name": "Page"}])
    for ride, answer in zip(listed, detailed, strict=True):
        zone.details(ride, answer)
    zone.land(
        "instructors", "2026-11", ("0", {"data": [{"id": "of the table", "name": "Table", "bio": "b"}]})
    )
    found = instructors(zone)
    told = {answer["ride"]["instructor"]["id"]: answer["ride"]["instructor"]["name"]
            for answer in detailed if answer["ride"]["instructor"]}  # fmt: skip
    assert {key: row["name"] for key, row in found.items()} == told | {
        "of a page": "Page",
        "of the table": "Table",
    }
    assert (found["of the table"]["bio"], found["of the table"]["source"]) == ("b", "list")
    assert {found[key]["source"] for key in told} == {"details"}


def test_the_newest_answer_names_them_and_the_retired_stay(zone: Zone) -> None:
    zone.list_page(
        [a_ride()], instructors=[{"id": "stays", "name": "Old"}, {"id": "retires", "name": "Gone"}]
    )
    zone.land("instructors", "2026-11", ("0", {"data": [{"id": "stays", "name": "New"}]}))
    assert {key: row["name"] for key, row in instructors(zone).items()} == {"stays": "New", "retires": "Gone"}


@pytest.mark.parametrize(
    "entry", [None, 5, "text", [], {}, {"id": None}, {"id": 7, "name": []}, {"id": {}, "name": 1}]
)
def test_an_odd_entry_harms_no_other(zone: Zone, entry: Any) -> None:
    page = {"data": [entry, {"id": "good", "name": "Good"}], "class_types": entry, "equipment": [entry]}
    with connect() as connection:
        merge_references(connection, zone.lake, [zone.land("instructors", "2026-11", ("0", page))], "answer")
        build_whole(
            connection, zone.lake, ["peloton.instructors", "peloton.class_types", "peloton.equipment"]
        )
    assert by_id(zone.lake, "peloton.instructors", "instructor_id")["good"]["name"] == "Good"
    assert "good" in by_id(zone.lake, REFERENCES, "id")
