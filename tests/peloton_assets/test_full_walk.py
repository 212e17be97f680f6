"""Removed classes: marked only after a clean walk over everything, never deleted, unmarked when listed again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from observing import MONTHS, asked, by_id, everything, listed, quiet

from peloton_assets.full_walk import UncleanWalk, WalkFindings, full_walk
from peloton_assets.listing import sync_list
from peloton_assets.transform import LISTINGS, build_months, connect, rebuild
from peloton_assets.workspace import Workspace
from resources.errors import BadAnswer, ProviderUnavailable
from sandbox.client import Sandbox


def walk(work: Workspace, accept_removals: bool = False) -> WalkFindings:
    findings = full_walk(work, MONTHS, quiet, accept_removals)
    with connect() as connection:
        build_months(connection, work.lake, work.lake.months(LISTINGS), ["peloton.rides"])
    return findings


def removed(work: Workspace) -> set[str]:
    return {ride for ride, row in by_id(work.lake, "peloton.rides").items() if row["removed_at"] is not None}


def test_a_clean_walk_marks_what_is_gone_and_keeps_it(work: Workspace, peloton: Sandbox) -> None:
    assert walk(work).newly_removed == 0
    known = set(by_id(work.lake, "peloton.rides"))
    gone = set(peloton.remove(count=7, page=2))
    findings = walk(work)
    assert findings.newly_removed == len(gone) == 7
    assert findings.total == len(listed(peloton))
    assert removed(work) == gone
    assert set(by_id(work.lake, "peloton.rides")) == known, "marked, not deleted"


def test_a_class_that_is_listed_again_loses_its_mark(work: Workspace, peloton: Sandbox) -> None:
    walk(work)
    gone = peloton.remove(count=3, page=1)
    walk(work)
    peloton.restore(*gone)
    walk(work)
    assert removed(work) == set()


def test_marks_survive_a_rebuild_from_the_landing_zone(work: Workspace, peloton: Sandbox) -> None:
    walk(work)
    gone = set(peloton.remove(count=4, page=0))
    walk(work)
    before = by_id(work.lake, "peloton.rides")
    rebuild(work.lake, work.landing)
    assert by_id(work.lake, "peloton.rides") == before
    assert removed(work) == gone


def test_a_walk_over_a_list_that_grows_meanwhile_marks_nothing(work: Workspace, peloton: Sandbox) -> None:
    walk(work)
    peloton.remove(count=2, page=3)
    peloton.faults({"kind": "shift", "after_requests": 1, "publish": 3})
    with pytest.raises(UncleanWalk, match="counts"):
        walk(work)
    assert removed(work) == set()


def test_a_walk_that_fails_half_way_marks_nothing(work: Workspace, peloton: Sandbox) -> None:
    walk(work)
    peloton.remove(count=2, page=0)
    peloton.faults({"kind": "status", "status": 503, "endpoint": "archived", "after_requests": 2, "times": 0})
    with pytest.raises(ProviderUnavailable):
        walk(work)
    peloton.faults()
    sync_list(work, everything(), quiet)
    with connect() as connection:
        build_months(connection, work.lake, work.lake.months(LISTINGS), ["peloton.rides"])
    assert removed(work) == set(), "an ordinary sync never marks"


def test_a_changed_filter_of_the_account_is_no_purge(work: Workspace, peloton: Sandbox) -> None:
    walk(work)
    peloton.settings(hide_explicit_rides=True)
    with pytest.raises(UncleanWalk, match="filter"):
        walk(work)
    assert removed(work) == set()


def test_more_removals_than_can_be_believed_are_asked_about(work: Workspace, peloton: Sandbox) -> None:
    walk(work)
    known = len(by_id(work.lake, "peloton.rides"))
    gone = set(peloton.remove(*[row["id"] for row in listed(peloton)[: known // 3]]))
    with pytest.raises(UncleanWalk, match="accept_removals"):
        walk(work)
    assert removed(work) == set()
    assert walk(work, accept_removals=True).newly_removed == len(gone)
    assert removed(work) == gone


def test_a_list_that_answers_empty_is_no_walk(work: Workspace, peloton: Sandbox) -> None:
    walk(work)
    peloton.faults({"kind": "json", "value": {"data": [], "total": 400}, "endpoint": "archived", "times": 0})
    with pytest.raises(BadAnswer):
        walk(work)
    assert removed(work) == set()


def test_a_walk_costs_one_request_a_page(
    work: Workspace, peloton: Sandbox, another_run: Callable[[], Workspace]
) -> None:
    walk(work)
    again = another_run()
    peloton.reset()
    walk(again)
    assert asked(peloton)["archived"] == -(-len(listed(peloton)) // 100)
    assert asked(peloton)["details"] == 0
