"""The details sync over HTTP: one call per class, ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from observing import (
    MONTHS,
    SUMMER,
    asked,
    coverage,
    everything,
    failures,
    listed,
    month_of_time,
    newest,
    quiet,
    rows,
    staged,
)  # fmt: skip

from peloton_assets.details import plan_details, sync_details
from peloton_assets.listing import sync_list
from peloton_assets.scope import Scope
from peloton_assets.transform import DETAILS
from peloton_assets.workspace import MonthReport, Workspace
from sandbox.client import Sandbox

ALL = everything(classes="all")
NewRun = Callable[[], Workspace]


def test_every_wanted_class_is_asked_once_and_never_again(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun
) -> None:
    truth = [row for row in listed(peloton) if month_of_time(row["original_air_time"]) in MONTHS]
    first = sync_details(listed_work, ALL, quiet)
    assert asked(peloton)["details"] == first.counts.requests == first.counts.minimum_requests == len(truth)
    assert staged(listed_work) == {row["id"] for row in truth if row["details_status"] == 200}
    again = sync_details(another_run(), ALL, quiet)
    assert asked(peloton)["details"] == len(truth)
    assert (again.counts.fetched, again.counts.requests, again.counts.skipped) == (0, 0, len(truth))


def test_songs_are_those_of_the_truth(listed_work: Workspace, peloton: Sandbox) -> None:
    sync_details(listed_work, SUMMER, quiet)
    counts = {row["ride_id"]: len(row["songs"]) for row in rows(listed_work.lake, DETAILS)}
    assert counts == {row["id"]: row["songs"] for row in listed(peloton) if row["id"] in counts}


def test_each_month_is_recorded_and_reported_once(listed_work: Workspace, peloton: Sandbox) -> None:
    reports: list[MonthReport] = []
    sync_details(listed_work, ALL, reports.append)
    assert sorted(report.month for report in reports) == list(MONTHS)
    found = coverage(listed_work, "ride_details:all")
    served = Counter(
        month_of_time(r["original_air_time"]) for r in listed(peloton) if r["details_status"] == 200
    )
    assert {month: row["state"] for month, row in found.items()} == dict.fromkeys(MONTHS, "complete")
    assert {month: row["rows"] for month, row in found.items()} == {month: served[month] for month in MONTHS}


def test_the_rule_leaves_out_plain_cycling_warm_ups_and_cool_downs(
    listed_work: Workspace, peloton: Sandbox
) -> None:
    """Classes whose title says nothing (it is hostile) and whose class type is missing are anybody's guess."""
    asked_for = {ride.ride_id for ride in plan_details(listed_work, everything()).to_ask}
    for row in listed(peloton):
        if month_of_time(row["original_air_time"]) in MONTHS and " min " in row["title"]:
            is_plain = row["fitness_discipline"] == "cycling" and not row["is_power_zone"]
            left_out = row["is_warm_up"] or row["is_cool_down"] or is_plain
            assert (row["id"] in asked_for) != left_out, row


def test_disciplines_narrow_what_is_asked(listed_work: Workspace, peloton: Sandbox) -> None:
    sync_details(listed_work, everything(classes="all", disciplines=("yoga",)), quiet)
    yoga = {
        r["id"] for r in listed(peloton) if r["fitness_discipline"] == "yoga" and r["details_status"] == 200
    }
    assert staged(listed_work) == yoga


def test_a_limit_takes_the_newest_and_goes_on_next_time(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun
) -> None:
    order = newest(peloton)
    limited = Scope(SUMMER.months, classes="all", limit=5)
    sync_details(listed_work, limited, quiet)
    assert staged(listed_work) == set(order[:5])
    assert "incomplete" in {row["state"] for row in coverage(listed_work, "ride_details:all").values()}
    sync_details(another_run(), limited, quiet)
    assert staged(listed_work) == set(order[:10])


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


def test_a_token_that_dies_on_the_way_costs_one_refresh(listed_work: Workspace, peloton: Sandbox) -> None:
    peloton.faults({"kind": "expire_tokens", "endpoint": "details", "at_request": 17})
    listed_work.client.me_id()
    rotations = peloton.counters()["token_rotations"]
    sync_details(listed_work, SUMMER, quiet)
    assert staged(listed_work) == set(newest(peloton))
    assert peloton.counters()["token_rotations"] == rotations + 1
