"""How many requests a sync costs beside the fewest possible, counted by the sandbox.

.venv/bin/python -m bench.requests [--classes 12000]
"""

from __future__ import annotations

import argparse
import os
import tempfile

from peloton_assets.details import plan_details, sync_details
from peloton_assets.listing import sync_list
from peloton_assets.scope import Scope, library_months
from peloton_assets.workspace import MonthReport, Workspace
from resources.settings import load_settings
from sandbox.client import Sandbox

MIDDLE, OTHER = ("2023-01",), ("2021-06",)


def ignore(_: MonthReport) -> None:
    """A bench has nobody to report to."""


def window(work: Workspace, sandbox: Sandbox, scope: Scope) -> tuple[int, int, int, int]:
    """Sync a window; (list requests, positioning requests before its first page, details, fewest possible)."""
    sandbox.reset()
    listed = sync_list(work, scope, ignore)
    wanted = len(plan_details(work, scope).to_ask)
    sync_details(work, scope, ignore)
    counted = sandbox.counters()["by_endpoint"]
    fewest = listed.counts.minimum_requests + wanted
    return counted["archived"], listed.positioning_requests, counted["details"], fewest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, default=12_000)
    with (
        Sandbox(classes=parser.parse_args().classes, rate=0) as sandbox,
        tempfile.TemporaryDirectory() as data,
    ):
        os.environ.update(sandbox.env())
        os.environ.update(
            PACELINE_DATA_DIR=data, PELOTON_LIBRARY_START="2019-01", PELOTON_REQUESTS_PER_SECOND="500"
        )
        work = Workspace(load_settings())
        everything = tuple(library_months(work.settings))
        cases = (
            ("a month in the middle, first load", Scope(MIDDLE, classes="all")),
            ("the same month again", Scope(MIDDLE, classes="all")),
            ("another month, positions known nearby", Scope(OTHER, classes="all")),
            ("all months, rest of the library", Scope(everything, classes="all")),
            ("all months again", Scope(everything, classes="all")),
        )
        print(f"{'window':40} {'list':>6} {'position':>9} {'details':>8} {'fewest':>7} {'ratio':>7}")
        for name, scope in cases:
            listed, position, details, fewest = window(work, sandbox, scope)
            ratio = (listed + details) / fewest
            print(f"{name:40} {listed:6} {position:9} {details:8} {fewest:7} {ratio:7.3f}")
    print("goal: list + details at most 1.05 x fewest + 12; second runs 0 details; position at most 9")


if __name__ == "__main__":
    main()
