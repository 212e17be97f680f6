"""Everything is killed at once in the middle of a long backfill, as when a battery is empty, and started again.

The backfill goes on by itself: it asks for nothing twice, and tells before and after how many requests are left and
when it is done.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import pytest
from stack import ASSETS, Stack, months

from resources.state import State
from sandbox.client import Sandbox

pytestmark = [pytest.mark.stack, pytest.mark.tier("N"), pytest.mark.promise("A5")]
OVER_IN_S = 900
WINDOW = [month for month in months(2024, 2025, 2026) if month < "2026-12"]
UNDER_WAY = 16  # calls that no answer of was stored


@pytest.fixture
def provider() -> Iterator[Sandbox]:
    with Sandbox(classes=1200, rate=0, until="2026-11-20") as sandbox:
        yield sandbox


@pytest.fixture
def home(provider: Sandbox, tmp_path: Path) -> dict[str, str]:
    return {
        **provider.env(),
        "PACELINE_DATA_DIR": str(tmp_path / "data"),
        "PELOTON_LIBRARY_START": "2024-01",
        "PELOTON_REQUESTS_PER_SECOND": "2",  # slow enough to be stopped in the middle
    }


def kill_everything(stack: Stack) -> None:
    """kill -9 of each process that works on this data folder, at the same moment."""
    processes = stack.processes("python")
    for process in (stack.process.pid, *processes):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    stack.stop()
    assert len(processes) >= 5, "webserver, daemon, code servers, a run"


def backlog(home: dict[str, str]) -> dict[str, tuple[int, datetime | None]]:
    """What the last measure told to be left, and until when."""
    with closing(sqlite3.connect(Path(home["PACELINE_DATA_DIR"]) / "state" / "paceline.sqlite")) as state:
        rows = state.execute("SELECT resource, requests_left, done_at FROM backlog WHERE source = 'peloton'")
        return {name: (left, datetime.fromisoformat(done) if done else None) for name, left, done in rows}


def measured(stack: Stack, home: dict[str, str]) -> dict[str, tuple[int, datetime | None]]:
    """The operations asset, materialized as the button of its page does."""
    before = {run["id"] for run in stack.runs()}
    launched = stack.graphql(
        """
        mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) {
          __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }""",
        params={
            "selector": {
                "repositoryLocationName": "peloton",
                "repositoryName": "__repository__",
                "jobName": "peloton_operations",
            },
            "runConfigData": {},
        },
    )["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]
    assert run_id not in before

    def status() -> str:
        [found] = [run["status"] for run in stack.runs() if run["id"] == run_id]
        return found if found in ("SUCCESS", "FAILURE") else ""

    assert stack.until(status, OVER_IN_S, "the operations asset") == "SUCCESS"
    return backlog(home)


def test_a_backfill_survives_the_death_of_everything_and_tells_its_end_before_and_after(
    home: dict[str, str], provider: Sandbox, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    with Stack(home, tmp_path / "first.log") as first:
        backfill = first.launch_backfill(ASSETS, WINDOW)
        first.until(lambda: provider.counters()["by_endpoint"].get("details", 0) >= 20, OVER_IN_S, "details")
        left_before, end_before = measured(first, home)["ride_details"]
        asked_before = provider.counters()["by_endpoint"]["details"]
        kill_everything(first)
    assert left_before > 0 and end_before is not None
    with Stack(home, tmp_path / "second.log") as second:
        left_after, end_after = measured(second, home)["ride_details"]
        assert left_after <= left_before, "what had arrived is not left any more"
        assert (end_after is None) == (left_after == 0)

        def over() -> str:
            status = second.backfill_status(backfill)
            return status if status.startswith(("COMPLETED", "FAILED", "CANCELED")) else ""

        assert second.until(over, OVER_IN_S, "the backfill") == "COMPLETED_SUCCESS"
        assert measured(second, home)["ride_details"][0] == 0
        statuses = {run["status"] for run in second.runs() if "backfill" in str(run["tags"])}
    assert statuses <= {"SUCCESS", "FAILURE"}, "a run is started for ever"
    asked = provider.counters()["details_by_id"]
    twice = sum(times - 1 for times in asked.values())
    assert twice <= UNDER_WAY, "only calls under way at the kill"
    complete = State(Path(home["PACELINE_DATA_DIR"]) / "state").complete_months(
        "peloton", "ride_details:power-zone"
    )
    assert set(complete) >= {month[:7] for month in WINDOW}
    figure(
        f"everything killed after {asked_before} of {len(asked)} details: the backfill of {len(WINDOW)} months"
        f" completed by itself, {twice} asked twice, {left_before} told left before, {left_after} after"
    )
