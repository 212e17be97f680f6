"""A sync that is killed or stopped in the middle: the same command finishes it, asks for nothing twice that had
arrived, and the result is that of a sync which nothing disturbed.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import dagster as dg
import pytest
from chain import CLASSES, YEAR, landed_details
from command import Ended, Home, together, until, wait
from equal import Content

from sandbox.client import Sandbox

SEED = 7
LATENCY_MS, PER_SECOND = 60, "60"  # slow enough to be caught in the middle
MOST_UNDER_WAY = 16  # two for each of the eight workers, see peloton_assets/details.py
pytestmark = pytest.mark.tier("N")
HOLD_S = 100  # a wait that a run still sits out, while a stop does not


@dataclass
class Story:
    """Runs of one command on one data folder, all but the last stopped before their end."""

    home: Home
    ends: list[Ended] = field(default_factory=list)
    asked: list[Counter[str]] = field(default_factory=list)  # classes asked for, run by run
    landed: list[set[str]] = field(default_factory=list)  # classes acknowledged at the end of each run
    published: list[set[str]] = field(default_factory=list)  # classes with details in the warehouse
    content: Content = field(default_factory=dict)

    def run(self, sandbox: Sandbox, stop: signal.Signals | None, reached: Callable[[], bool]) -> None:
        sandbox.reset()
        process = self.home.start("sync", "peloton", *YEAR, "--json")
        if stop:
            until(process, reached)
            process.send_signal(stop)
        self.ends.append(wait(process))
        self.asked.append(Counter(sandbox.counters()["details_by_id"]))
        self.landed.append(landed_details(self.home))
        self.published.append({ride for (ride,) in self.home.ask("SELECT ride_id FROM peloton.playlists")})


def slow_sandbox() -> Sandbox:
    return Sandbox(rate=0, classes=CLASSES, latency_ms=LATENCY_MS)


def asked_for(sandbox: Sandbox, endpoint: str, count: int) -> bool:
    return bool(sandbox.counters()["by_endpoint"][endpoint] >= count)


def killed(library: Home, path: Path, wanted: int) -> Story:
    """kill -9 among the list pages, twice among the details, and when the last class was asked for."""
    draw = random.Random(SEED)
    first = draw.randrange(wanted // 4, wanted // 2)
    moments = [("archived", draw.randrange(1, 3)), ("details", first)]
    with slow_sandbox() as sandbox:
        story = Story(library.copy(path, sandbox, PELOTON_REQUESTS_PER_SECOND=PER_SECOND))
        for endpoint, count in moments:
            story.run(sandbox, signal.SIGKILL, partial(asked_for, sandbox, endpoint, count))
        rest = wanted - len(story.landed[-1])
        story.run(
            sandbox, signal.SIGKILL, partial(asked_for, sandbox, "details", draw.randrange(5, rest // 2))
        )
        rest = wanted - len(story.landed[-1])
        story.run(sandbox, signal.SIGKILL, partial(asked_for, sandbox, "details", rest))
        story.run(sandbox, None, lambda: True)
    story.content = story.home.content()
    return story


def terminated(library: Home, path: Path, wanted: int) -> Story:
    """SIGTERM among the details, then again while everybody waits for the provider's hold to end."""
    with slow_sandbox() as sandbox:
        story = Story(library.copy(path, sandbox, PELOTON_REQUESTS_PER_SECOND=PER_SECOND))
        story.run(sandbox, signal.SIGTERM, partial(asked_for, sandbox, "details", wanted // 2))
        hold = {"status": 429, "retry_after": f"seconds:{HOLD_S}", "after_requests": 5}
        sandbox.faults({"kind": "status", "endpoint": "details", **hold})
        story.run(sandbox, signal.SIGTERM, lambda: bool(sandbox.counters()["by_status"].get("429")))
        sandbox.faults()
        forget_hold(story.home)
        story.run(sandbox, None, lambda: True)
    story.content = story.home.content()
    return story


def forget_hold(home: Home) -> None:
    """As if its time were over."""
    (home.path / "state" / "limits.sqlite").unlink()


@pytest.fixture(scope="module")
def stories(library: Home, year: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Story]:
    folder = tmp_path_factory.mktemp("kill")
    new = len(landed_details(year)) - len(landed_details(library))
    told = together(
        partial(killed, library, folder / "killed" / "data", new),
        partial(terminated, library, folder / "terminated" / "data", new),
    )
    return dict(zip(("killed", "terminated"), told, strict=True))


@pytest.mark.promise("A1", "A4")
@pytest.mark.parametrize("name", ["killed", "terminated"])
def test_the_result_is_that_of_an_undisturbed_sync(stories: dict[str, Story], year: Home, name: str) -> None:
    story = stories[name]
    assert (story.ends[-1].code, story.ends[-1].facts["outcome"]) == (0, "done"), story.ends[-1].err
    assert story.content == year.content()


@pytest.mark.promise("A1", "A4")
@pytest.mark.parametrize("name", ["killed", "terminated"])
def test_what_had_arrived_is_never_asked_for_again(
    stories: dict[str, Story], library: Home, name: str
) -> None:
    story = stories[name]
    known = [landed_details(library), *story.landed]
    for before, after, asked in zip(known, known[1:], story.asked, strict=False):
        assert before <= after, "an acknowledged answer is gone"
        assert not before & set(asked), "an acknowledged answer was asked for again"
        assert set(asked.values()) <= {1}
        assert len(set(asked) - after) <= MOST_UNDER_WAY


@pytest.mark.promise("A4")
def test_a_stop_lands_and_publishes_all_that_was_answered_and_says_how_to_go_on(
    stories: dict[str, Story], library: Home
) -> None:
    story = stories["terminated"]
    for number, ended in enumerate(story.ends[:-1]):
        assert ended.code == 130, ended.err
        assert (ended.facts["outcome"], ended.facts["resume_at"]) == ("stopped", None)
        last_line = ended.err.splitlines()[-1]
        assert last_line == "Stopped. What arrived is kept; run the same command again to go on."
        assert story.published[number] == story.landed[number], "what was landed is in the warehouse"
        assert ended.facts["requests"] >= story.asked[number].total() > 0
    first, second = story.asked[:2]
    assert set(first) == story.landed[0] - landed_details(library), "no answer was dropped"
    assert not first & second
    # The hold was still on: calls that waited for its end were given up, and only the refused one was not answered.
    assert len(set(second) - story.landed[1]) == 1


def test_a_kill_leaves_the_published_warehouse_as_it_was(stories: dict[str, Story], library: Home) -> None:
    story = stories["killed"]
    assert [ended.code for ended in story.ends] == [-signal.SIGKILL] * 4 + [0]
    assert story.published[:-1] == [landed_details(library)] * 4
    assert len(story.landed[1]) < len(story.landed[2]) < len(story.landed[3]), "each run came further"


@pytest.mark.promise("A1", "A4")
@pytest.mark.parametrize("name", ["killed", "terminated"])
def test_no_run_is_running_for_ever(
    stories: dict[str, Story], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    story = stories[name]
    [(open_runs,)] = story.home.ask(
        "SELECT count(*) FROM ops.sync_runs WHERE outcome NOT IN ('done', 'stopped', 'failed')"
    )
    assert open_runs == 0
    monkeypatch.setenv("DAGSTER_HOME", str(story.home.path / "state" / "dagster"))
    with dg.DagsterInstance.get() as instance:
        runs = [run for run in instance.get_runs() if run.job_name == "peloton_library"]
    failed = [dg.DagsterRunStatus.FAILURE] * (len(story.ends) - 1)
    assert [run.status for run in runs] == [dg.DagsterRunStatus.SUCCESS, *failed, dg.DagsterRunStatus.SUCCESS]
