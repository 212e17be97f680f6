"""The landing zone alone gives the same tables, whatever was synced in whatever order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from observing import MONTHS, asked, everything, quiet, rows
from signing_in import FAST_PER_SECOND, new_workspace, sign_in

from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.references import sync_references
from peloton_assets.scope import Scope
from peloton_assets.transform import MONTHLY_TABLES, WHOLE_TABLES, build_months, build_whole, connect, rebuild
from peloton_assets.workspace import Workspace
from sandbox.client import Sandbox

WHEN_WE_LOOKED = {"first_listed_at", "last_listed_at", "details_fetched_at"}


def build(work: Workspace) -> None:
    with connect() as connection:
        build_months(connection, work.lake, work.lake.months("staging.ride_listings"), MONTHLY_TABLES)
        build_whole(connection, work.lake)


def tables(work: Workspace, but: set[str] = frozenset()) -> dict[str, list[dict[str, Any]]]:  # type: ignore[assignment]
    """All typed tables, sorted, without the columns that tell when we looked."""
    return {
        table: sorted(
            (
                {name: value for name, value in row.items() if name not in but}
                for row in rows(work.lake, table)
            ),
            key=repr,
        )
        for table in (*MONTHLY_TABLES, *WHOLE_TABLES)
    }


def sync(work: Workspace, scope: Scope) -> None:
    with work.crawling():
        sync_list(work, scope, quiet)
        sync_details(work, scope, quiet)


@pytest.fixture(scope="module")
def whole(one_peloton: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A data folder after one undisturbed sync of everything."""
    with pytest.MonkeyPatch.context() as patch:
        sign_in(one_peloton, patch)
        patch.setenv("PACELINE_DATA_DIR", str(tmp_path_factory.mktemp("whole")))
        patch.setenv("PELOTON_REQUESTS_PER_SECOND", str(FAST_PER_SECOND))
        work = new_workspace("whole")
        sync(work, everything(classes="all"))
        sync_references(work)
        build(work)
        yield work


def test_rebuild_gives_the_same_tables_without_a_request(whole: Workspace, shared_peloton: Sandbox) -> None:
    before = tables(whole)
    assert len(before["peloton.songs"]) > 1000
    for path in sorted(whole.settings.lake_dir.rglob("*.parquet")):
        path.unlink()
    rebuild(whole.lake, whole.landing)
    assert tables(whole) == before
    assert sum(asked(shared_peloton).values()) == 0


@pytest.mark.parametrize("seed", range(2))
def test_months_in_any_order_and_twice_give_one_full_sync(
    seed: int,
    whole: Workspace,
    shared_peloton: Sandbox,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign_in(shared_peloton, monkeypatch)
    piecemeal = new_workspace(f"seed {seed}")
    dice = random.Random(seed)
    windows = [MONTHS[start : start + 6] for start in range(0, len(MONTHS), 5)]  # overlapping by a month
    windows += dice.sample(windows, 2)
    dice.shuffle(windows)
    for window in windows:
        sync(piecemeal, Scope(window, classes="all"))
    sync_references(piecemeal)
    build(piecemeal)
    assert tables(piecemeal, WHEN_WE_LOOKED) == tables(whole, WHEN_WE_LOOKED)
