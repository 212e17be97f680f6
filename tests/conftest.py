"""A small sandbox and a data folder of its own for each test that asks for them.

The library begins in 2019-01 here, as the sandbox's does, so that there are not twelve years of empty months.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("PELOTON_LIBRARY_START", "2019-01")  # read when the partitions are imported

from peloton_assets.workspace import Workspace
from resources.peloton import PelotonClient
from resources.settings import load_settings
from sandbox.client import Sandbox

CHECKOUT = Path(__file__).resolve().parents[1]
RECORDED = CHECKOUT.parent / "shared" / "recorded" / "peloton"
REQUESTS_PER_SECOND = 900
BACKOFF_S = 0.01
CLASSES, LAST_DAY = 400, "2021-06-30"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, with no `.env` and no credential of a developer in sight."""
    monkeypatch.chdir(tmp_path)
    for name in ("LIMITER_URL", "PELOTON_ACCESS_TOKEN", "PELOTON_REFRESH_TOKEN", "PELOTON_USER_AGENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PELOTON_LIBRARY_START", "2019-01")
    monkeypatch.setenv("PELOTON_REQUESTS_PER_SECOND", str(REQUESTS_PER_SECOND))
    return tmp_path / "data"


@pytest.fixture
def peloton() -> Iterator[Sandbox]:
    """A library of 400 classes from January 2019 to June 2021, without a rate limit: four pages, thirty months."""
    with Sandbox(rate=0, classes=CLASSES, until=LAST_DAY) as sandbox:
        yield sandbox


@pytest.fixture
def work(peloton: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace signed in to the sandbox, whose client does not wait long between attempts."""
    for name, value in peloton.env().items():
        monkeypatch.setenv(name, value)
    return new_workspace("first run")


def new_workspace(run_id: str) -> Workspace:
    """As another run of the same data folder would have it."""
    work = Workspace(load_settings(), run_id=run_id)
    work.client = PelotonClient.from_settings(work.settings, backoff_s=BACKOFF_S)
    return work


@pytest.fixture
def another_run(work: Workspace) -> Callable[[], Workspace]:
    return lambda: new_workspace("another run")


@pytest.fixture
def process() -> Callable[..., subprocess.Popen[str]]:
    """Start a piece of Python in a process of its own, from the checkout."""

    def start(code: str, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded real answers, which is not part of the checkout."""
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded answers at {RECORDED}")
    return RECORDED
