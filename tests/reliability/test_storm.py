"""The storm of `make demo CHAOS=1`, ten times as dense: who runs the sync until it ends well has the same warehouse."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine
import pytest
from equal import content
from observing import MONTHS
from signing_in import fresh_refresh_token, sign_in

from peloton_assets.scope import Scope
from peloton_assets.workspace import Workspace
from resources.errors import PacelineError
from sandbox.client import Sandbox
from sandbox.scenario import read_scenario

pytestmark = pytest.mark.promise("B1", "B3", "B4", "D1")

SCOPE = Scope(MONTHS[-5:], classes="all")
MOST_RUNS = 8
OFTEN, SELDOM = {"chance": 0.03, "times": 4}, {"chance": 0.03, "times": 1}


def dense(draw: random.Random) -> list[dict[str, Any]]:
    """Each fault of the scenario at any moment, those that let everybody wait for seconds only once."""
    lines = []
    for line in read_scenario("storm").faults:
        slow = line.get("retry_after", "").startswith(("seconds", "date")) or line["kind"] in (
            "stall",
            "clock_skew",
        )
        when = SELDOM if slow else OFTEN
        lines.append({key: value for key, value in line.items() if key != "at_request"} | when)
        lines[-1]["seed"] = draw.randrange(10**6)
    draw.shuffle(lines)
    return lines


def test_the_warehouse_of_a_storm_is_the_undisturbed_one(
    data_dir: Path,
    peloton: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    sign_in(peloton, monkeypatch)
    expected = content(engine.sync(SCOPE).settings.warehouse_file)
    for storm in range(size(P=1, N=5, R=20)):
        monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / f"storm {storm}"))
        monkeypatch.setenv("PELOTON_REFRESH_TOKEN", fresh_refresh_token(peloton))
        peloton.reset()
        peloton.faults(*dense(draw))
        work, runs = None, 0
        while work is None:
            runs += 1
            assert runs <= MOST_RUNS
            work = finished_run()
        assert content(work.settings.warehouse_file) == expected
        hit = [fault for fault in peloton.fault_state() if fault["fired"]]
        figure(
            f"{sum(fault['fired'] for fault in hit)} faults of {len(hit)} kinds in"
            f" {peloton.counters()['total']} requests: equal after {runs} runs"
        )


def finished_run() -> Workspace | None:
    """One run; None when it was stopped, or something of it is to be tried again."""
    try:
        work = engine.sync(SCOPE)
    except PacelineError:
        return None
    return None if work.state.rows("SELECT 1 FROM coverage WHERE state <> 'complete'") else work
