"""A small iRacing in this process for each test that asks for it, and one sync of it to copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from racing_in_process import RacingInProcess, build, crawl

from iracing_assets.workspace import Workspace
from sandbox.client import Sandbox


@pytest.fixture
def racing() -> RacingInProcess:
    """Twelve series, one of every kind of schedule."""
    return RacingInProcess()


@pytest.fixture
def work(racing: RacingInProcess, data_dir: Path) -> Workspace:
    """A workspace whose client asks `racing`."""
    return racing.workspace(data_dir)


@pytest.fixture(scope="session")
def synced_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after one sync of everything current. Tests take a copy: `synced`."""
    work = RacingInProcess().workspace(tmp_path_factory.mktemp("synced") / "data")
    crawl(work)
    build(work)
    return work.settings.data_dir


@pytest.fixture
def synced(racing: RacingInProcess, synced_folder: Path, data_dir: Path) -> Workspace:
    """A workspace in whose data folder everything current is stored."""
    shutil.copytree(synced_folder, data_dir)
    return racing.workspace(data_dir, "another run")


@pytest.fixture
def live(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A real sandbox of a few series, without a limit, at which the environment points."""
    del data_dir  # set up first
    with Sandbox(rate=0, classes=1, iracing_series=3) as sandbox:
        sandbox.settings(iracing_per_minute=0)
        for name, value in sandbox.iracing_env().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("IRACING_REQUESTS_PER_MINUTE", "9999")
        yield sandbox
