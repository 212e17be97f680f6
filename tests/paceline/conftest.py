"""What all files here share: a small synced library to read or to copy, and the syncs that several tests look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from chain import CLASSES, DELAY_S, LATEST_START, LIMIT, OPTIONS, REFRESHED, WINDOW, YEAR, Chain
from command import Home, together
from explore_site import add_iracing, add_peloton, add_strava, publish_folder
from filelock import FileLock

from sandbox.client import Sandbox


@pytest.fixture(scope="session")
def library_sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate=0, classes=CLASSES) as sandbox:
        yield sandbox


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A data folder that the first of the test processes makes, and all of them read."""
    beside_all = (
        factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    )
    folder = beside_all / name
    with FileLock(f"{folder}.lock"):
        if not (folder / "made").exists():
            make(folder / "data")
            (folder / "made").touch()
    return folder / "data"


@pytest.fixture(scope="session")
def library(library_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A data folder that holds March 2024. Tests only read it, or copy it."""

    def make(path: Path) -> None:
        ended = Home(path, library_sandbox).sync(*WINDOW)
        assert ended.code == 0, ended.err

    return Home(once(tmp_path_factory, "library", make), library_sandbox)


@pytest.fixture(scope="session")
def year(library: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The library with the whole of 2024, by a sync that nothing disturbed."""

    def make(path: Path) -> None:
        with Sandbox(rate=0, classes=CLASSES) as sandbox:
            ended = library.copy(path, sandbox).sync(*YEAR)
        assert ended.code == 0, ended.err

    return Home(once(tmp_path_factory, "year", make))


@pytest.fixture(scope="session")
def three_sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small warehouse of all three providers. Tests only read it, or copy it."""

    def make(folder: Path) -> None:
        for add in (add_peloton, add_iracing, add_strava, publish_folder):
            add(folder)

    return once(tmp_path_factory, "three_sources", make) / "warehouse.duckdb"


@pytest.fixture(scope="session")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Chain]]:
    """Syncs of a month, with options, and without a window; the three data folders side by side."""
    folder = tmp_path_factory.mktemp("sync")
    with ExitStack() as stack:

        def chain(name: str, classes: int, **env: str) -> Chain:
            sandbox = stack.enter_context(Sandbox(rate=0, classes=classes))
            return Chain(Home(folder / name / "data", sandbox, **env), sandbox)

        month, options = chain("month", 3_600), chain("options", CLASSES)
        whole = chain("whole", CLASSES, PELOTON_LIBRARY_START=LATEST_START)

        def of_a_month() -> None:
            month.sync("planned", *WINDOW, "--dry-run")
            month.sync("first", *WINDOW)
            month.sync("second", *WINDOW)

        def with_options() -> None:
            options.sync("limited", *OPTIONS, "--limit", str(LIMIT), "--delay", str(DELAY_S))
            options.sync("refreshed", *OPTIONS, "--limit", str(REFRESHED), "--refresh")

        def of_everything() -> None:
            whole.sync("first", "--classes", "all")
            whole.sync("second", "--classes", "all")

        together(of_a_month, with_options, of_everything)
        yield {"month": month, "options": options, "whole": whole}
