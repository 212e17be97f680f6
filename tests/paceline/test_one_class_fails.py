"""One class that always fails: told, retried by the next run, and no reason to stop the others. Beside it a second
sync on the same data folder, which is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from chain import CLASSES, listed_classes
from command import SENTENCE, Ended, Home, until, wait

from sandbox.client import Sandbox

pytestmark = pytest.mark.tier("N")

APRIL = ("--year", "2024", "--month", "4", "--classes", "all")  # the library holds March


@dataclass(frozen=True)
class Flawed:
    """A month in which one class fails for ever, a sync beside the first, and the run after it was mended."""

    home: Home
    broken: str
    served: int
    not_served: int
    first: Ended
    refused: Ended
    second: Ended
    asked_by_second: dict[str, int]
    failures: list[tuple[Any, ...]]
    coverage: tuple[str, str]


@pytest.fixture(scope="module")
def flawed(library: Home, tmp_path_factory: pytest.TempPathFactory) -> Flawed:
    with Sandbox(rate=0, classes=CLASSES) as sandbox:
        of_april = [row for row in listed_classes(sandbox).values() if row["month"] == "2024-04"]
        served = [row["id"] for row in of_april if row["details_status"] == 200]
        sandbox.faults({"kind": "html", "endpoint": "details", "id": served[2], "times": 0})
        home = library.copy(tmp_path_factory.mktemp("one-class") / "data", sandbox)
        running = home.start("sync", "peloton", *APRIL, "--json")
        until(running, lambda: sandbox.counters()["by_endpoint"]["details"])
        refused = home.sync(*APRIL)
        first = wait(running)
        failures = home.ask(
            "SELECT id, error_class, attempts, message FROM ops.failures WHERE error_class <> 'NotServed'"
        )
        [coverage] = home.ask(
            "SELECT state, reason FROM ops.coverage WHERE resource = 'ride_details:all' AND month = '2024-04-01'"
        )
        sandbox.faults()
        sandbox.reset()
        second = home.sync(*APRIL)
        asked = sandbox.counters()["details_by_id"]
        unserved = len(of_april) - len(served)
        return Flawed(
            home, served[2], len(served), unserved, first, refused, second, asked, failures, coverage
        )


def test_a_class_that_always_fails_is_told_and_stops_nobody(flawed: Flawed) -> None:
    facts = flawed.first.facts
    assert (flawed.first.code, facts["outcome"]) == (0, "done"), flawed.first.err
    assert (facts["details"], facts["errors"]) == (flawed.served - 1, 1 + flawed.not_served)
    [(ride, error, attempts, message)] = flawed.failures
    assert (ride, error, attempts) == (flawed.broken, "BadAnswer", 1)
    assert "text/html" in message
    assert flawed.coverage == ("incomplete", "1 failed and are tried again by the next run")


def test_the_next_run_asks_for_the_failed_class_only_and_clears_it(flawed: Flawed) -> None:
    assert (flawed.second.code, flawed.second.facts["details"]) == (0, 1), flawed.second.err
    assert flawed.asked_by_second == {flawed.broken: 1}
    assert flawed.home.ask("SELECT count(*) FROM ops.failures WHERE error_class <> 'NotServed'") == [(0,)]
    assert flawed.home.ask("SELECT DISTINCT state FROM ops.coverage WHERE month = '2024-04-01'") == [
        ("complete",)
    ]


def test_a_second_sync_at_the_same_time_is_refused_at_once(flawed: Flawed) -> None:
    assert (flawed.refused.code, flawed.refused.out) == (1, "")
    assert SENTENCE.fullmatch(flawed.refused.err)
    assert flawed.refused.err.startswith("Another sync of the Peloton library is running. Wait until")
