"""One `paceline up` for all tests of this folder: it costs ten seconds and half a gigabyte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Tab, opened
from stack import Stack

from sandbox.client import Sandbox

CHECKOUT = Path(__file__).resolve().parents[2]
FIRST_WINDOW = ("--year", "2023", "--month", "6")


@pytest.fixture(scope="package")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(classes=1200, workouts=60, rate=0, until="2026-11-20") as provider:
        yield provider


@pytest.fixture(scope="package")
def env(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of a data folder in which one month was synced by the command line before."""
    settings = {
        **sandbox.env(),
        "PACELINE_DATA_DIR": str(tmp_path_factory.mktemp("stack") / "data"),
        "PELOTON_LIBRARY_START": "2019-01",
        "PELOTON_REQUESTS_PER_SECOND": "200",
    }
    subprocess.run(
        [sys.executable, "-m", "paceline", "sync", "peloton", *FIRST_WINDOW],
        env={**os.environ, **settings}, cwd=CHECKOUT, check=True,
    )  # fmt: skip
    return settings


@pytest.fixture(scope="package")
def stack(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(env, tmp_path_factory.mktemp("log") / "stack.log") as running:
        yield running


@pytest.fixture(scope="module")
def tab(stack: Stack) -> Iterator[Tab]:
    """One browser for all pages of a module, and no longer: other tests start event loops of their own."""
    with opened(stack.url) as looking:
        yield looking
