"""Each part of a running Dagster is killed in the middle of a backfill; the backfill ends well all the same.

When the webserver or the daemon dies, `paceline up` ends by itself, and a person starts it again. When the code
server dies its location is shown as failed, and a person clicks Reload; when its parent dies only a new start
helps. The run workers are killed by nobody's death but their own.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from stack import ASSETS, Stack, months

from resources.state import State
from sandbox.client import Sandbox

pytestmark = [pytest.mark.stack, pytest.mark.tier("N"), pytest.mark.promise("A5")]
OVER_IN_S = 420  # the monitor's interval of 120 s, twice, and the run itself
COMMANDS = {
    "worker": "multiprocessing.spawn import spawn_main",
    "code server": "-m dagster api grpc",
    "code server's parent": "-m dagster code-server start",
    "daemon": "-m dagster._daemon",
    "webserver": "-m dagster_webserver",
}
YEARS = (2020, 2021, 2022, 2023, 2024, 2025)
SLOW_MS = 400  # so that a part can be killed in the middle


@pytest.fixture(scope="module")
def provider() -> Iterator[Sandbox]:
    with Sandbox(classes=1200, rate=0, until="2026-11-20") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def home(provider: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        **provider.env(),
        "PACELINE_DATA_DIR": str(tmp_path_factory.mktemp("parts") / "data"),
        "PELOTON_LIBRARY_START": "2019-01",
        "PELOTON_REQUESTS_PER_SECOND": "200",
    }


@pytest.fixture(scope="module")
def up(home: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Stack]]:
    """The running stack; started again when it has ended."""
    folder = tmp_path_factory.mktemp("log")
    started: list[Stack] = []

    def running() -> Stack:
        if not started or started[-1].process.poll() is not None:
            for ended in started[-1:]:
                ended.stop()
            started.append(Stack(home, folder / f"{len(started)}.log").__enter__())
        return started[-1]

    yield running
    started[-1].stop()


def test_killed_parts_leave_no_hole_and_no_run_that_is_started_for_ever(
    up: Callable[[], Stack],
    home: dict[str, str],
    provider: Sandbox,
    draw: random.Random,
    figure: Callable[[str], None],
) -> None:
    kills = list(COMMANDS)
    draw.shuffle(kills)
    for number, part in enumerate(kills):
        window = months(YEARS[number % len(YEARS)])
        provider.reset()
        provider.settings(latency_ms=SLOW_MS)
        backfill = up().launch_backfill(ASSETS, window)
        up().until(lambda: provider.counters()["by_endpoint"]["details"] >= 5, OVER_IN_S, "details")
        for process in up().processes(COMMANDS[part]):
            os.kill(process, signal.SIGKILL)
        provider.settings(latency_ms=0)
        if part == "code server":
            up().reload_location()
        elif part == "code server's parent":
            up().stop()
        assert until_over(up, backfill) == "COMPLETED_SUCCESS", part
        complete = set(
            State(Path(home["PACELINE_DATA_DIR"]) / "state").complete_months("peloton", "ride_list")
        )
        assert complete >= {month[:7] for month in window}
    statuses = {run["status"] for run in up().runs()}
    assert statuses <= {"SUCCESS", "FAILURE"}, "a run is started for ever"
    figure(f"{len(kills)} kills ({', '.join(COMMANDS)}): every backfill completed, no run left started")


def until_over(up: Callable[[], Stack], backfill: str) -> str:
    """How the backfill ended, once none of its runs is under way any more; a stack that ended is started again."""
    deadline = time.monotonic() + OVER_IN_S
    while time.monotonic() < deadline:
        with suppress(requests.ConnectionError):
            status = up().backfill_status(backfill)
            under_way = [
                run for run in up().runs() if run["status"] not in ("SUCCESS", "FAILURE", "CANCELED")
            ]
            if status.startswith(("COMPLETED", "FAILED", "CANCELED")) and not under_way:
                return status
        time.sleep(1)
    return f"not over in {OVER_IN_S} s: {up().runs()}"
