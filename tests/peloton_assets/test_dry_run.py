"""A dry run tells what a sync would do, and leaves the data folder as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from observing import asked, by_id, everything, listed, quiet

from peloton_assets.details import sync_details
from peloton_assets.dry_run import plan
from peloton_assets.listing import sync_list
from peloton_assets.scope import Scope
from peloton_assets.transform import LISTINGS
from peloton_assets.workspace import Workspace
from resources.errors import ProviderUnavailable
from sandbox.client import Sandbox

SUMMER = Scope(("2020-06", "2020-07", "2020-08"), classes="all")


def contents(data_dir: Path) -> dict[str, str]:
    """Every file but those of the limiter and the tokens, which a dry run uses for real."""
    return {
        str(path.relative_to(data_dir)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(data_dir.rglob("*"))
        if path.is_file() and not path.name.startswith(("limits.", "tokens."))
    }


@pytest.fixture
def synced(work: Workspace) -> Workspace:
    sync_list(work, SUMMER, quiet)
    sync_details(work, SUMMER, quiet)
    return work


def test_it_predicts_a_first_sync_and_writes_nothing(
    work: Workspace, peloton: Sandbox, data_dir: Path, another_run: Callable[[], Workspace]
) -> None:
    work.client.me_id()
    before = contents(data_dir)
    planned = plan(work, SUMMER)
    assert contents(data_dir) == before
    assert asked(peloton)["details"] == 0
    real = another_run()
    listed_now = sync_list(real, SUMMER, quiet).counts
    assert (planned.counts.created, planned.list_rows) == (listed_now.created, listed_now.fetched)
    assert planned.counts.requests == listed_now.requests
    assert planned.counts.fetched == sync_details(real, SUMMER, quiet).counts.requests


def test_it_predicts_the_next_sync_and_changes_nothing(
    synced: Workspace, peloton: Sandbox, data_dir: Path, another_run: Callable[[], Workspace]
) -> None:
    known = by_id(synced.lake, LISTINGS)
    times = [row["original_air_time"] for row in listed(peloton) if row["id"] in known]
    new = peloton.publish(2, at=sorted(times)[len(times) // 2])
    peloton.edit(next(iter(known)), {"title": "New"})
    before = contents(data_dir)
    planned = plan(another_run(), SUMMER)
    assert contents(data_dir) == before
    assert (planned.counts.created, planned.counts.updated, planned.counts.fetched) == (2, 1, len(new))
    assert "2 would be created, 1 updated, 2 details fetched" in planned.text()


def test_it_heeds_limit_and_refresh(synced: Workspace, another_run: Callable[[], Workspace]) -> None:
    assert plan(another_run(), SUMMER).counts.fetched == 0
    refreshed = plan(another_run(), Scope(SUMMER.months, classes="all", refresh=True, limit=3))
    assert refreshed.counts.fetched == 3


def test_a_failure_on_the_way_leaves_nothing_behind(
    synced: Workspace, peloton: Sandbox, data_dir: Path, another_run: Callable[[], Workspace]
) -> None:
    peloton.faults({"kind": "status", "status": 503, "endpoint": "archived", "after_requests": 1, "times": 0})
    before = contents(data_dir)
    with pytest.raises(ProviderUnavailable):
        plan(another_run(), everything())
    assert contents(data_dir) == before
