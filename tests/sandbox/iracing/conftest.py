"""One untouched sandbox for tests that read, and private ones for tests that change things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from racer import Racer

from sandbox.client import Sandbox

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "recorded" / "iracing"


@pytest.fixture(scope="session")
def racer() -> Iterator[Racer]:
    """The default series. Tests only read them."""
    with Sandbox(classes=1) as sandbox:
        sandbox.settings(iracing_per_minute=0, iracing_access_token_seconds=86_400)
        yield Racer(sandbox)


@pytest.fixture
def own() -> Iterator[Racer]:
    """A sandbox with one season of each kind that the test may change."""
    with Sandbox(classes=1, iracing_series=12) as sandbox:
        yield Racer(sandbox)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded real answers, which is not part of the checkout."""
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded answers at {RECORDED}")
    return RECORDED
