"""The list sync over HTTP: what it stores, what it costs, and what it records."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from observing import asked, by_id, coverage, everything, listed, listed_by_month, month_of_time, quiet

from peloton_assets.listing import sync_list
from peloton_assets.scope import Scope
from peloton_assets.transform import LISTINGS
from peloton_assets.workspace import MonthReport, Workspace
from sandbox.client import Sandbox

MIDDLE = ("2020-03", "2020-04")


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


def test_every_listed_class_and_only_those_are_stored(work: Workspace, peloton: Sandbox) -> None:
    result = sync_list(work, everything(), quiet)
    stored = by_id(work.lake, LISTINGS)
    truth = {row["id"]: row for row in listed(peloton)}
    assert stored.keys() == truth.keys()
    for ride_id, row in stored.items():
        assert row["original_air_time"].timestamp() == truth[ride_id]["original_air_time"]
        assert row["air_month"] == month_of_time(truth[ride_id]["original_air_time"])
        assert row["title"] == truth[ride_id]["title"]
    assert result.counts.created == result.distinct == result.total == len(truth)


def test_each_month_is_recorded_and_reported_once(work: Workspace, peloton: Sandbox) -> None:
    reports: list[MonthReport] = []
    scope = everything()
    sync_list(work, scope, reports.append)
    assert sorted(report.month for report in reports) == list(scope.months)
    found, truth = coverage(work, "ride_list"), listed_by_month(peloton)
    assert {month: row["rows"] for month, row in found.items()} == {m: truth[m] for m in scope.months}
    assert {row["state"] for row in found.values()} == {"complete"}


def test_a_window_costs_its_pages_and_the_search(work: Workspace, peloton: Sandbox) -> None:
    result = sync_list(work, Scope(MIDDLE), quiet)
    truth = listed_by_month(peloton)
    stored = [row["air_month"] for row in by_id(work.lake, LISTINGS).values()]
    assert {month: stored.count(month) for month in MIDDLE} == {month: truth[month] for month in MIDDLE}
    assert result.counts.requests == asked(peloton)["archived"]
    assert result.counts.requests <= 1.05 * result.counts.minimum_requests + 12
    assert set(coverage(work, "ride_list")) == set(MIDDLE), "neighbours seen in passing are not proven"


def test_only_positions_that_were_seen_to_begin_are_remembered(work: Workspace, peloton: Sandbox) -> None:
    sync_list(work, Scope(MIDDLE), quiet)
    months = [month_of_time(row["original_air_time"]) for row in listed(peloton)]
    true = {month: len(months) - months.index(month) for month in MIDDLE}
    assert work.state.positions("peloton", "ride_list") == true


def test_a_second_run_changes_nothing(work: Workspace, another_run: Callable[[], Workspace]) -> None:
    sync_list(work, everything(), quiet)
    before = by_id(work.lake, LISTINGS)
    again = sync_list(another_run(), everything(), quiet).counts
    assert (again.created, again.updated, again.skipped) == (0, 0, len(before))
    same = {ride: row | {"last_listed_at": None} for ride, row in by_id(work.lake, LISTINGS).items()}
    assert same == {ride: row | {"last_listed_at": None} for ride, row in before.items()}


def test_disciplines_are_walked_one_by_one_and_kept_together(work: Workspace, peloton: Sandbox) -> None:
    """Pilates classes are listed under strength too; each class is stored once, with both categories."""
    sync_list(work, everything(disciplines=("pilates", "strength")), quiet)
    stored = by_id(work.lake, LISTINGS)
    truth = {row["id"]: row for row in listed(peloton) if {"pilates", "strength"} & {*row["categories"]}}
    assert stored.keys() == truth.keys()
    assert {ride for ride, row in stored.items() if "pilates" in row["categories"]} == {
        ride for ride, row in truth.items() if "pilates" in row["categories"]
    }
    assert coverage(work, "ride_list") == {}, "of the whole list nothing was proven"
    assert set(coverage(work, "ride_list:pilates")) == set(everything().months)
