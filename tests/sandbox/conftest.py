"""One untouched sandbox for the whole run, and small private ones for tests that change things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from probe import Probe

from sandbox.client import Sandbox

Rows = list[dict[str, Any]]

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "peloton"


@pytest.fixture(scope="session")
def probe() -> Iterator[Probe]:
    """The default library. Tests only read it."""
    with Sandbox(rate=0) as sandbox:
        yield Probe(sandbox)


@pytest.fixture(scope="session")
def truth(probe: Probe) -> Rows:
    """What is true about every class of the default library."""
    return probe.sandbox.classes()


@pytest.fixture(scope="session")
def rows(probe: Probe) -> Rows:
    """The default library as its list shows it."""
    return probe.walk()


@pytest.fixture(scope="module")
def shared() -> Iterator[Probe]:
    """A small library for a whole file, whose tests leave it as usable as they found it."""
    with Sandbox(rate=0, classes=260) as sandbox:
        yield Probe(sandbox)


@pytest.fixture
def private() -> Iterator[Probe]:
    """A small library that the test may change."""
    with Sandbox(rate=0, classes=260) as sandbox:
        yield Probe(sandbox)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded real answers, which is not part of the checkout."""
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded answers at {RECORDED}")
    return RECORDED
