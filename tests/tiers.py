"""Promises, tiers, seeds and figures: what ties tests to `docs/reliability.md`.

A test names the promise it proves with `@pytest.mark.promise("A1")`. The same test runs in three sizes: P with
every change, N at night, R before a release; `size(P=50, R=1000)` gives the size of this run, and
`@pytest.mark.tier("N")` keeps a test out of smaller runs. `draw` is a seeded source of chance, and a failure
prints how to draw the same again. What a test found goes to the page by `figure("1,000 of 1,000 equal")`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from promises import Findings

TIERS = ("P", "N", "R")
DEFAULT_SEED = 1
FIGURE = "figure"
LONGEST_FIRST = ("stack", "reliability", "paceline")  # else one process works while the others are done


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("reliability")
    group.addoption(
        "--tier", choices=TIERS, default="P", help="P with every change, N at night, R for a release"
    )
    group.addoption(
        "--report", type=Path, help="write docs/reliability.md, or another file, from what was found"
    )
    group.addoption("--seed", type=int, default=DEFAULT_SEED, help="of everything that is drawn by chance")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "promise(row, ...): rows of docs/reliability.md that this test proves")
    config.addinivalue_line(
        "markers", "tier(name): the smallest tier in which this test runs; P unless given"
    )

    if config.getoption("--report") and not hasattr(config, "workerinput"):  # only where all reports arrive
        config.pluginmanager.register(_Reporter(config), "reliability-report")


class _Reporter:
    """Writes the page at the end of the session."""

    def __init__(self, config: pytest.Config) -> None:
        self.config, self.findings, self.began = config, Findings(), time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.findings.add(report.user_properties, report.outcome)

    def pytest_sessionfinish(self) -> None:
        tier, seed = self.config.getoption("--tier"), self.config.getoption("--seed")
        page = self.findings.page(tier, seed, (time.monotonic() - self.began) / 60)
        self.config.getoption("--report").write_text(page)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of larger tiers, and let the folders with the longest tests begin."""
    chosen = TIERS.index(config.getoption("--tier"))

    def is_chosen(item: pytest.Item) -> bool:
        mark = item.get_closest_marker("tier")
        return mark is None or TIERS.index(mark.args[0]) <= chosen

    left_out = [item for item in items if not is_chosen(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if is_chosen(item)]
    order = {folder: place for place, folder in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.parent.name, len(order)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Take the promises along to whoever collects the reports of all test processes."""
    for mark in item.iter_markers("promise"):
        item.user_properties += [("promise", row) for row in mark.args]


@pytest.fixture(scope="session")
def size(request: pytest.FixtureRequest) -> Callable[..., int]:
    """`size(P=50, N=200, R=1000)`: the number of this run's tier, or of the next smaller one that is given."""
    chosen = TIERS.index(request.config.getoption("--tier"))

    def of_this_run(**sizes: int) -> int:
        return next(sizes[tier] for tier in reversed(TIERS[: chosen + 1]) if tier in sizes)

    return of_this_run


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Iterator[random.Random]:
    """Chance of this test alone: the same for the same `--seed`, whatever else runs."""
    seed, tier = request.config.getoption("--seed"), request.config.getoption("--tier")
    test = request.node.nodeid
    request.node.add_report_section(
        "setup", "seed", f"again: python -m pytest '{test}' --tier {tier} --seed {seed} -n 0"
    )
    yield random.Random(f"{seed} {test}")


@pytest.fixture
def figure(record_property: Callable[[str, Any], None]) -> Callable[[str], None]:
    """Note a figure that this test found, for docs/reliability.md."""
    return lambda text: record_property(FIGURE, text)
