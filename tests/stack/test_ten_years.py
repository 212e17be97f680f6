"""A hundred and twenty months through the real daemon, in eight backfills at once with four runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import engine
import pytest
from equal import content
from signing_in import fresh_refresh_token
from stack import ASSETS, Stack

from peloton_assets.scope import Scope
from sandbox.client import Sandbox

pytestmark = [pytest.mark.stack, pytest.mark.tier("N"), pytest.mark.promise("E3")]
FIRST_YEAR, YEARS, BACKFILLS = 2016, 10, 8
OVER_IN_S = 900


def the_months() -> list[str]:
    """December 2016 to November 2026."""
    every = [
        f"{year}-{month:02}" for year in range(FIRST_YEAR, FIRST_YEAR + YEARS + 1) for month in range(1, 13)
    ]
    return every[11:-1]


@pytest.fixture(scope="module")
def provider() -> Iterator[Sandbox]:
    with Sandbox(classes=600, rate=0, until="2026-11-20") as sandbox:
        yield sandbox


def test_eight_backfills_at_once_have_no_lock_failure(
    provider: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    months = the_months()
    settings = {
        **provider.env(),
        "PACELINE_DATA_DIR": str(tmp_path / "data"),
        "PELOTON_LIBRARY_START": months[0],
        "PELOTON_REQUESTS_PER_SECOND": "200",
    }
    each = len(months) // BACKFILLS
    with Stack(settings, tmp_path / "stack.log") as stack:
        backfills = [
            stack.launch_backfill(ASSETS, [f"{month}-01" for month in months[start : start + each]])
            for start in range(0, len(months), each)
        ]
        stack.until(
            lambda: all(stack.backfill_status(one).startswith(("COMPLETED", "FAILED")) for one in backfills),
            OVER_IN_S,
            "all backfills",
        )
        assert [stack.backfill_status(one) for one in backfills] == ["COMPLETED_SUCCESS"] * BACKFILLS
        statuses = [run["status"] for run in stack.runs()]
    assert set(statuses) == {"SUCCESS"}

    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / "again"))
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", fresh_refresh_token(provider))
    engine.sync(Scope(tuple(months)))
    assert content(tmp_path / "data" / "warehouse.duckdb") == content(tmp_path / "again" / "warehouse.duckdb")
    figure(f"{len(months)} months in {BACKFILLS} backfills at once: {len(statuses)} runs, 0 failed, equal")
