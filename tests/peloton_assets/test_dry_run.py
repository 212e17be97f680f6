"""A dry run tells what a sync would do, and leaves the data folder as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from observing import SUMMER, asked, everything, files_of, quiet

from peloton_assets.details import sync_details
from peloton_assets.dry_run import plan
from peloton_assets.listing import sync_list
from peloton_assets.scope import Scope
from peloton_assets.workspace import Workspace
from resources.errors import ProviderUnavailable
from sandbox.client import Sandbox


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


def test_it_predicts_a_first_sync_and_writes_nothing(
    work: Workspace, peloton: Sandbox, data_dir: Path, another_run: Callable[[], Workspace]
) -> None:
    work.client.me_id()
    before = files_of(data_dir)
    planned = plan(work, SUMMER)
    assert files_of(data_dir) == before
    assert asked(peloton)["details"] == 0
    real = another_run()
    listed_now = sync_list(real, SUMMER, quiet).counts
    assert (planned.counts.created, planned.list_rows) == (listed_now.created, listed_now.fetched)
    assert planned.counts.requests == listed_now.requests
    assert planned.counts.fetched == sync_details(real, SUMMER, quiet).counts.requests


def test_it_heeds_limit_and_refresh(listed_work: Workspace, another_run: Callable[[], Workspace]) -> None:
    sync_details(listed_work, SUMMER, quiet)
    assert plan(another_run(), SUMMER).counts.fetched == 0
    refreshed = plan(another_run(), Scope(SUMMER.months, classes="all", refresh=True, limit=3))
    assert refreshed.counts.fetched == 3


def test_a_failure_on_the_way_leaves_nothing_behind(
    listed_work: Workspace, peloton: Sandbox, data_dir: Path, another_run: Callable[[], Workspace]
) -> None:
    peloton.faults({"kind": "status", "status": 503, "endpoint": "archived", "after_requests": 1, "times": 0})
    before = files_of(data_dir)
    with pytest.raises(ProviderUnavailable):
        plan(another_run(), everything())
    assert files_of(data_dir) == before
