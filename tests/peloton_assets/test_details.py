"""The details sync over HTTP: one call per class, ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from observing import (
    MONTHS,
    SUMMER,
    asked,
    coverage,
    everything,
    listed,
    month_of_time,
    newest,
    quiet,
    rows,
    staged,
)  # fmt: skip

from peloton_assets.details import plan_details, sync_details
from peloton_assets.scope import Scope
from peloton_assets.transform import DETAILS
from peloton_assets.workspace import MonthReport, Workspace
from sandbox.client import Sandbox

ALL = everything(classes="all")
NewRun = Callable[[], Workspace]


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


def test_every_wanted_class_is_asked_once_and_never_again(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun
) -> None:
    truth = [row for row in listed(peloton) if month_of_time(row["original_air_time"]) in MONTHS]
    served = Counter(month_of_time(r["original_air_time"]) for r in truth if r["details_status"] == 200)
    reports: list[MonthReport] = []
    first = sync_details(listed_work, ALL, reports.append)
    assert asked(peloton)["details"] == first.counts.requests == first.counts.minimum_requests == len(truth)
    assert staged(listed_work) == {row["id"] for row in truth if row["details_status"] == 200}
    assert sorted(report.month for report in reports) == list(MONTHS)
    found = coverage(listed_work, "ride_details:all")
    assert {row["state"] for row in found.values()} == {"complete"}
    assert {month: row["rows"] for month, row in found.items()} == {month: served[month] for month in MONTHS}
    again = sync_details(another_run(), ALL, quiet)
    assert asked(peloton)["details"] == len(truth)
    assert (again.counts.fetched, again.counts.requests, again.counts.skipped) == (0, 0, len(truth))


def test_songs_are_those_of_the_truth(listed_work: Workspace, peloton: Sandbox) -> None:
    sync_details(listed_work, SUMMER, quiet)
    counts = {row["ride_id"]: len(row["songs"]) for row in rows(listed_work.lake, DETAILS)}
    assert counts == {row["id"]: row["songs"] for row in listed(peloton) if row["id"] in counts}


def test_the_rule_leaves_out_plain_cycling_warm_ups_and_cool_downs(
    listed_work: Workspace, peloton: Sandbox
) -> None:
    """Classes whose title says nothing (it is hostile) and whose class type is missing are anybody's guess."""
    asked_for = {ride.item for ride in plan_details(listed_work, everything()).to_ask}
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
