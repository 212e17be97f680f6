"""A small Strava in this process for each test that asks for it, and one sync of it to copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from strava_in_process import StravaInProcess, build, items, listed

from strava_assets.workspace import Workspace

ACTIVITIES = 30


@pytest.fixture(autouse=True)
def application(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application of nobody, and no credential of a developer."""
    del data_dir  # the folder first
    for name in ("STRAVA_REFRESH_TOKEN", "STRAVA_RETENTION_DAYS", "BACKGROUND_SYNC_ENABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STRAVA_CLIENT_ID", "1")
    monkeypatch.setenv("STRAVA_CLIENT_SECRET", "invented")


@pytest.fixture
def strava() -> StravaInProcess:
    return StravaInProcess(ACTIVITIES)


@pytest.fixture
def work(strava: StravaInProcess, data_dir: Path) -> Workspace:
    """A workspace whose client asks `strava`."""
    return strava.workspace(data_dir)


@pytest.fixture(scope="session")
def synced_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after one sync of everything. Tests take a copy: `synced`."""
    work = StravaInProcess(ACTIVITIES).workspace(tmp_path_factory.mktemp("synced") / "data")
    listed(work, full=True)
    items(work)
    build(work)
    return work.settings.data_dir


@pytest.fixture
def synced(strava: StravaInProcess, synced_folder: Path, data_dir: Path) -> Workspace:
    """A workspace in whose data folder everything is stored."""
    shutil.copytree(synced_folder, data_dir, dirs_exist_ok=True)
    return strava.workspace(data_dir, "another run")
