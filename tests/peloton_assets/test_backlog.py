"""What is left to ask of Peloton is, to the request, what the next sync asks."""

from __future__ import annotations

import pytest
from observing import everything, quiet

from peloton_assets.backlog import backlog, in_background
from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.workspace import Workspace
from resources.outlook import Allowance
from sandbox.client import Sandbox


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


def left(work: Workspace) -> dict[str, int]:
    return {one.resource: one.requests for one in backlog(work.settings)}


def test_the_details_that_are_left_are_asked_and_no_others(listed_work: Workspace, peloton: Sandbox) -> None:
    told = left(listed_work)["ride_details"]
    assert told > 100
    first = sync_details(listed_work, everything(limit=40), quiet)
    assert (first.counts.requests, left(listed_work)["ride_details"]) == (40, told - 40)
    peloton.reset()
    rest = sync_details(listed_work, everything(), quiet)
    asked = peloton.counters()["by_endpoint"]["details"]
    assert asked == rest.counts.requests == told - 40
    assert left(listed_work)["ride_details"] == 0, (
        "also what the provider does not serve is not asked again soon"
    )


@pytest.mark.tier("N")
def test_the_widest_rule_that_was_asked_for_counts(listed_work: Workspace, peloton: Sandbox) -> None:
    narrow = left(listed_work)["ride_details"]
    sync_details(listed_work, everything(classes="all", limit=1), quiet)
    peloton.reset()
    told = left(listed_work)["ride_details"]
    assert told > narrow
    sync_details(listed_work, everything(classes="all"), quiet)
    assert peloton.counters()["by_endpoint"]["details"] == told


def test_months_that_nobody_listed_are_counted_and_their_pages_are_a_guess(work: Workspace) -> None:
    nothing_known = backlog(work.settings)[0]
    assert (nothing_known.resource, nothing_known.at_least) == ("ride_list", True)
    assert nothing_known.months == nothing_known.requests > 24, "a page a month while nothing is known"
    sync_list(work, everything(), quiet)
    listed, details, *_ = backlog(work.settings)
    known = len(work.state.complete_months("peloton", "ride_list"))
    assert known >= 30 and listed.months == nothing_known.months - known
    assert listed.requests < nothing_known.requests
    assert details.at_least, "their classes will want details"


def test_who_never_signed_in_has_nothing_left(data_dir: object, monkeypatch: pytest.MonkeyPatch) -> None:
    del data_dir
    monkeypatch.delenv("PELOTON_ACCESS_TOKEN", raising=False)
    from resources.settings import load_settings

    assert backlog(load_settings()) == []


def test_the_background_takes_half_of_the_pace(work: Workspace) -> None:
    assert in_background(work.settings, Allowance(4)).per_second == 2
