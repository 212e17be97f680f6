"""A small sandbox and a data folder of its own for each test that asks for them.

The library begins in 2019-01 here, as the sandbox's does, so that there are not twelve years of empty months.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

os.environ.setdefault("PELOTON_LIBRARY_START", "2019-01")  # read when the partitions are imported

from observing import everything, quiet
from publishing import build_lake
from servers import (  # noqa: F401 (fixtures for every test)
    database_url,
    empty_redis_url,
    new_database,
    postgres_server,
    postgres_url,
    redis_server,
    redis_url,
)
from signing_in import FAST_PER_SECOND, new_workspace, sign_in, stay_signed_in
from tiers import (  # noqa: F401 (hooks and fixtures for every test)
    draw,
    figure,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_runtest_setup,
    size,
)

from peloton_assets.listing import sync_list
from peloton_assets.workspace import Workspace
from sandbox.client import Sandbox

# No test is about time: a busy machine must not fail one.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

CHECKOUT = Path(__file__).resolve().parents[1]
RECORDED = CHECKOUT.parent / "shared" / "recorded" / "peloton"
CLASSES, LAST_DAY = 400, "2021-06-30"
KEPT = ("landing", "lake", "state/paceline.sqlite")  # tokens are of one sandbox only


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, with no `.env` and no credential of a developer in sight."""
    monkeypatch.chdir(tmp_path)
    for name in ("LIMITER_URL", "PELOTON_ACCESS_TOKEN", "PELOTON_REFRESH_TOKEN", "PELOTON_USER_AGENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PELOTON_LIBRARY_START", "2019-01")
    monkeypatch.setenv("PELOTON_REQUESTS_PER_SECOND", str(FAST_PER_SECOND))
    return tmp_path / "data"


@pytest.fixture
def peloton() -> Iterator[Sandbox]:
    """A library of 400 classes from January 2019 to June 2021, without a rate limit: four pages, thirty months."""
    with Sandbox(rate=0, classes=CLASSES, until=LAST_DAY) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def one_peloton() -> Iterator[Sandbox]:
    """The same library, started once and signed in once, for tests that leave its classes and tokens alone."""
    with Sandbox(rate=0, classes=CLASSES, until=LAST_DAY) as sandbox:
        stay_signed_in(sandbox)
        yield sandbox


@pytest.fixture
def shared_peloton(one_peloton: Sandbox) -> Iterator[Sandbox]:
    """`one_peloton` with nothing wrong and nothing counted. A file whose tests change nothing calls it `peloton`."""
    one_peloton.reset()
    yield one_peloton
    one_peloton.faults()


@pytest.fixture
def work(peloton: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace signed in to the sandbox, whose client does not wait long between attempts."""
    sign_in(peloton, monkeypatch)
    return new_workspace("first run")


@pytest.fixture(scope="session")
def listed_folder(one_peloton: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the list is stored; the same for every sandbox, since they are deterministic."""
    folder = tmp_path_factory.mktemp("listed")
    with pytest.MonkeyPatch.context() as patch:
        sign_in(one_peloton, patch)
        patch.setenv("PACELINE_DATA_DIR", str(folder))
        patch.setenv("PELOTON_REQUESTS_PER_SECOND", str(FAST_PER_SECOND))
        sync_list(new_workspace("listing"), everything(), quiet)
    return folder


@pytest.fixture
def listed_work(listed_folder: Path, data_dir: Path, work: Workspace) -> Workspace:
    """A workspace in whose data folder the list is stored."""
    for name in KEPT:
        source, target = listed_folder / name, data_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return work


@pytest.fixture
def another_run(work: Workspace) -> Callable[[], Workspace]:
    return lambda: new_workspace("another run")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a lake of invented classes. Tests take a copy: `folder`."""
    folder = tmp_path_factory.mktemp("built")
    build_lake(folder)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "data")


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
