"""One untouched athlete for tests that read, and private ones for tests that change things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from strava_asker import Asker

from sandbox.client import Sandbox

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "recorded" / "strava"
UNLIMITED = {
    f"strava_{bucket}_per_{window}": 0 for bucket in ("read", "overall") for window in ("window", "day")
}


@pytest.fixture(scope="session")
def asker() -> Iterator[Asker]:
    """Two athletes with a long history and no limit. Tests only read them."""
    with Sandbox(classes=1, strava_activities=400, strava_athletes=2) as sandbox:
        sandbox.settings(**UNLIMITED)
        yield Asker(sandbox)


@pytest.fixture
def own() -> Iterator[Asker]:
    """An athlete with sixty activities that the test may change; the limits are the usual ones."""
    with Sandbox(classes=1, strava_activities=60) as sandbox:
        yield Asker(sandbox)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded real answers, which is not part of the checkout."""
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded answers at {RECORDED}")
    return RECORDED
