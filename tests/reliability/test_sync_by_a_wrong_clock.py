"""A sync while the machine's clock jumps or stands still stores what any other sync does, and marks nothing as gone."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import clock as clocks
import pytest
from clock import DAY_S
from engine import build
from equal import Content, content
from observing import MONTHS, SUMMER, by_id, listed, quiet
from signing_in import new_workspace

from peloton_assets.details import sync_details
from peloton_assets.full_walk import UncleanWalk, full_walk
from peloton_assets.listing import sync_list
from peloton_assets.references import sync_references
from peloton_assets.transform import build_months, connect
from peloton_assets.workspace import Progress, Workspace
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("C1")

HOUR_S = 3_600.0
LAST_PAGE = 4


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


def whole_sync(work: Workspace) -> Content:
    with work.crawling():
        sync_list(work, SUMMER, quiet)
        sync_details(work, SUMMER, quiet)
        sync_references(work)
    build(work)
    return content(work.settings.warehouse_file)


def another(peloton: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("PACELINE_DATA_DIR", str(folder))
    return new_workspace(folder.name)


@pytest.mark.tier("N")
def test_a_sync_is_the_same_whatever_the_clock_does(
    work: Workspace,
    peloton: Sandbox,
    draw: random.Random,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    figure: Callable[[str], None],
) -> None:
    expected = whole_sync(work)
    clock = clocks.set_up(monkeypatch)
    jumps = 0

    def jumping(_: Progress) -> None:
        nonlocal jumps
        jumps += 1
        clock.ahead_s = draw.uniform(-DAY_S, DAY_S)

    restless = another(peloton, tmp_path / "jumping", monkeypatch)
    restless.on_progress = jumping
    assert whole_sync(restless) == expected

    clock.stop()
    assert whole_sync(another(peloton, tmp_path / "standing still", monkeypatch)) == expected
    figure(f"a whole sync with {jumps} jumps of up to two days, and one whose clock stood still: equal")


def removed(work: Workspace) -> set[str]:
    with connect() as connection:
        build_months(connection, work.lake, work.lake.months("staging.ride_listings"), ["peloton.rides"])
    return {ride for ride, row in by_id(work.lake, "peloton.rides").items() if row["removed_at"] is not None}


def test_a_full_walk_whose_clock_is_set_back_marks_nothing(
    work: Workspace, peloton: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The classes of the pages after it seem to have been seen before the walk began."""
    full_walk(work, MONTHS, quiet, accept_removals=False)
    clock = clocks.set_up(monkeypatch)

    def set_back(step: Progress) -> None:
        if step.done == LAST_PAGE - 1:
            clock.jump(-HOUR_S)

    again = new_workspace("again")
    again.on_progress = set_back
    with pytest.raises(UncleanWalk, match="clock"):
        full_walk(again, MONTHS, quiet, accept_removals=True)
    assert removed(work) == set()
    clock.ahead_s = 0.0
    full_walk(new_workspace("once more"), MONTHS, quiet, accept_removals=False)
    assert removed(work) == set()
    assert len(by_id(work.lake, "peloton.rides")) == len(listed(peloton))
