"""A library that changes: classes published, moved, edited, removed, tokens dying, also while it is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from observing import (
    SUMMER,
    asked,
    by_id,
    coverage,
    everything,
    failures,
    files_of,
    listed,
    month_of_time,
    newest,
    quiet,
    rows,
    staged,
)  # fmt: skip

from peloton_assets.details import sync_details
from peloton_assets.dry_run import plan
from peloton_assets.listing import sync_list
from peloton_assets.scope import Scope
from peloton_assets.transform import DETAILS, LISTINGS
from peloton_assets.workspace import Workspace
from resources.errors import BadAnswer
from sandbox.client import Sandbox

NewRun = Callable[[], Workspace]
MIDDLE = ("2020-03", "2020-04")


def test_what_is_new_and_what_changed_is_counted(
    work: Workspace, peloton: Sandbox, another_run: Callable[[], Workspace]
) -> None:
    sync_list(work, everything(), quiet)
    peloton.publish(3)
    peloton.edit(listed(peloton)[5]["id"], {"title": "Renamed"})
    counts = sync_list(another_run(), everything(), quiet).counts
    assert (counts.created, counts.updated) == (3, 1)
    assert "Renamed" in {row["title"] for row in by_id(work.lake, LISTINGS).values()}


def test_a_month_without_classes_is_complete_too(work: Workspace, peloton: Sandbox) -> None:
    peloton.remove(
        *(row["id"] for row in listed(peloton) if month_of_time(row["original_air_time"]) in MIDDLE)
    )
    sync_list(work, Scope(MIDDLE), quiet)
    assert {month: row["rows"] for month, row in coverage(work, "ride_list").items()} == dict.fromkeys(
        MIDDLE, 0
    )


@pytest.mark.promise("B5")
def test_only_the_list_of_a_discipline_may_be_empty(work: Workspace, peloton: Sandbox) -> None:
    """Else one odd answer would make every month complete, and none would be asked for again."""
    peloton.remove(*(row["id"] for row in listed(peloton)))
    assert sync_list(work, Scope(MIDDLE, ("cycling",)), quiet).total == 0
    assert {row["state"] for row in coverage(work, "ride_list:cycling").values()} == {"complete"}
    with pytest.raises(BadAnswer, match="no class at all"):
        sync_list(work, Scope(MIDDLE), quiet)
    assert {row["state"] for row in coverage(work, "ride_list").values()} == {"incomplete"}


@pytest.mark.promise("B5")
def test_classes_published_and_removed_while_paging_hide_no_other(work: Workspace, peloton: Sandbox) -> None:
    before = {row["id"] for row in listed(peloton)}
    peloton.faults(
        {"kind": "shift", "publish": 4, "at_request": [2]},
        {"kind": "shift", "remove": 7, "page": 0, "at_request": [3, 5]},
        {"kind": "shift", "publish": 5, "remove": 5, "page": 1, "at_request": [4]},
    )
    result = sync_list(work, everything(), quiet)
    still_there = before & {row["id"] for row in listed(peloton)}
    assert still_there <= by_id(work.lake, LISTINGS).keys()
    assert result.total == len(listed(peloton))


@pytest.mark.promise("B3")
def test_a_hiccup_is_survived(work: Workspace, peloton: Sandbox) -> None:
    peloton.faults(
        {"kind": "status", "status": 502, "at_request": 2},
        {"kind": "reset", "at_request": 4},
        {"kind": "expire_tokens", "at_request": 6},
    )
    sync_list(work, everything(), quiet)
    assert by_id(work.lake, LISTINGS).keys() == {row["id"] for row in listed(peloton)}


def test_refresh_asks_again_and_the_newest_answer_wins(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun
) -> None:
    sync_details(listed_work, SUMMER, quiet)
    edited = newest(peloton)[0]
    peloton.edit(edited, {"details.playlist": {"id": "new", "songs": []}})
    sync_details(another_run(), Scope(SUMMER.months, classes="all", refresh=True), quiet)
    found = {row["ride_id"]: row for row in rows(listed_work.lake, DETAILS)}
    assert found.keys() == set(newest(peloton))
    assert (found[edited]["playlist_id"], found[edited]["songs"]) == ("new", [])


def test_a_class_that_moved_to_another_month_keeps_its_songs(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun
) -> None:
    """Its details lie under the month in which it was asked for; it is asked once more, and only it."""
    sync_details(listed_work, SUMMER, quiet)
    moved = next(
        r for r in listed(peloton) if r["id"] in newest(peloton) and r["original_air_time"] > 1_598_000_000
    )
    earlier = moved["original_air_time"] - 40 * 86_400
    peloton.edit(moved["id"], {"original_air_time": earlier, "scheduled_start_time": earlier})
    peloton.reset()
    work = another_run()
    sync_list(work, SUMMER, quiet)
    sync_details(work, SUMMER, quiet)
    assert asked(peloton)["details"] == 1
    assert (moved["id"], month_of_time(earlier)) in {
        (r["ride_id"], r["air_month"]) for r in rows(work.lake, DETAILS)
    }


@pytest.mark.promise("B6")
def test_an_unknown_field_is_news_once(listed_work: Workspace, peloton: Sandbox, another_run: NewRun) -> None:
    one, two, three = newest(peloton)[:3]
    peloton.edit(one, {"details.brand_new": {"a": 1}})
    peloton.edit(two, {"details.brand_new": {"b": 2}, "duration": "1800"})
    assert sync_details(listed_work, SUMMER, quiet).new_drift == 2
    peloton.edit(three, {"details.brand_new": {"c": 3}})
    again = Scope(SUMMER.months, classes="all", refresh=True)
    assert sync_details(another_run(), again, quiet).new_drift == 0
    assert {(r["path"], r["kind"], r["detail"]) for r in listed_work.state.rows("SELECT * FROM drift")} == {
        ("brand_new", "unknown", "object"), ("ride.duration", "retyped", "string"),
    }  # fmt: skip
    assert set(newest(peloton)) == staged(listed_work)


def test_a_class_that_is_not_served_is_not_asked_again(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun
) -> None:
    gone = newest(peloton)[2]
    peloton.settings(removed_details_status=404)
    peloton.remove(gone)
    sync_details(listed_work, SUMMER, quiet)
    assert failures(listed_work)[gone]["error_class"] == "NotServed"
    assert coverage(listed_work, "ride_details:all")["2020-08"]["state"] == "complete"
    peloton.reset()
    sync_details(another_run(), SUMMER, quiet)
    assert asked(peloton)["details"] == 0


@pytest.mark.promise("D1")
def test_a_token_that_dies_on_the_way_costs_one_refresh(listed_work: Workspace, peloton: Sandbox) -> None:
    peloton.faults({"kind": "expire_tokens", "endpoint": "details", "at_request": 17})
    listed_work.client.me_id()
    rotations = peloton.counters()["token_rotations"]
    sync_details(listed_work, SUMMER, quiet)
    assert staged(listed_work) == set(newest(peloton))
    assert peloton.counters()["token_rotations"] == rotations + 1


def test_a_dry_run_predicts_the_next_sync(
    listed_work: Workspace, peloton: Sandbox, data_dir: Path, another_run: NewRun
) -> None:
    sync_details(listed_work, SUMMER, quiet)
    july = int(datetime(2020, 7, 4, tzinfo=UTC).timestamp())
    new = peloton.publish(2, at=july)
    peloton.edit(newest(peloton)[0], {"title": "New"})
    before = files_of(data_dir)
    planned = plan(another_run(), SUMMER)
    assert files_of(data_dir) == before
    assert (planned.counts.created, planned.counts.updated, planned.counts.fetched) == (2, 1, len(new))
    assert "2 would be created, 1 updated, 2 details fetched" in planned.text()
