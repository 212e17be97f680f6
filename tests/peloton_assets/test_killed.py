"""One crawl at a time, and what a killed one leaves behind."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from observing import SUMMER, asked, by_id, newest, quiet, staged

from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.queue import MOST_WORKERS
from peloton_assets.transform import LISTINGS
from peloton_assets.workspace import Workspace
from resources.errors import AlreadyRunning
from resources.landing import PART
from sandbox.client import Sandbox

NewRun = Callable[[], Workspace]
Process = Callable[..., subprocess.Popen[str]]
CRAWL = """
import sys; sys.path.insert(0, "tests")
from observing import SUMMER, quiet
from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.workspace import Workspace
from resources.settings import load_settings
work = Workspace(load_settings(), on_progress=lambda progress: print(progress.stage, progress.done, flush=True))
with work.crawling():
    print("begun", flush=True)
    sync_list(work, SUMMER, quiet)
    sync_details(work, SUMMER, quiet)
    sys.stdin.read()
"""


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


def crawl_until(process: Process, line: str) -> subprocess.Popen[str]:
    """A crawl in a process of its own that has just said `line`."""
    crawl = process(CRAWL)
    assert crawl.stdout and crawl.stderr
    for said in crawl.stdout:
        if said.strip() == line:
            return crawl
    raise AssertionError(crawl.stderr.read())


@pytest.mark.parametrize(
    "moment", ["begun", "class list 1", "class list 3", "class details 1", "class details 9"]
)
@pytest.mark.promise("A1")
def test_a_killed_crawl_costs_nothing_that_was_landed(
    work: Workspace, peloton: Sandbox, process: Process, moment: str
) -> None:
    crawl = crawl_until(process, moment)
    crawl.kill()
    crawl.wait()
    with work.crawling(wait_s=0):
        assert not list(work.landing.root.rglob(f"*{PART}"))
        pages = work.landing.sealed("peloton", "ride_archived")
        assert bool(by_id(work.lake, LISTINGS)) == bool(pages), "what the dead run landed is merged"
        sync_list(work, SUMMER, quiet)
        sync_details(work, SUMMER, quiet)
    assert staged(work) == set(newest(peloton))
    wanted = sync_details(work, SUMMER, quiet).counts.skipped
    assert asked(peloton)["details"] <= wanted + 2 * MOST_WORKERS, (
        "only calls under way at the kill are repeated"
    )


@pytest.mark.promise("E2")
def test_a_second_crawl_is_refused_or_waits(work: Workspace, peloton: Sandbox, process: Process) -> None:
    crawl = crawl_until(process, "begun")
    with pytest.raises(AlreadyRunning, match="paceline status"), work.crawling(wait_s=0):
        pass
    assert crawl.stdin
    crawl.stdin.close()
    with work.crawling():
        assert staged(work) == set(newest(peloton)), "it waited until the other one was done"
    assert crawl.wait() == 0
