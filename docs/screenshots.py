"""Pictures of the Dagster UI for the documentation: `make screenshots`.

Syncs a small demo from the sandbox into a folder of its own, starts the UI on it, opens each page in headless
Chromium and writes `docs/images/*.png`. A page, or its console, that tells of an error ends this with that error.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from paceline.show import out
from resources.settings import CHECKOUT
from resources.workspace import now
from sandbox.client import Sandbox

# The browser and the stack are those of the tests.
sys.path += [str(CHECKOUT / "tests"), str(CHECKOUT / "tests" / "stack")]
from browser import Tab, opened
from stack import Stack

IMAGES = CHECKOUT / "docs" / "images"
MOST_BYTES = 200_000
SETTLES_IN_MS = 4000  # pictures, dots of states and graphs come after the words
SYNCS = (
    ("sync", "peloton", "--classes", "all"),
    ("sync", "workouts"),
    ("sync", "iracing"),
    ("sync", "strava", "--limit", "40"),
)


@dataclass(frozen=True)
class Shot:
    """A page, words that must be on it before the picture is taken, and what is clicked then, if anything."""

    name: str
    path: str
    words: tuple[str, ...]
    clicks: tuple[str, ...] = ()


SHOTS = (
    Shot("asset-graph", "/asset-groups", ("peloton_fetched", "strava_tables", "published")),
    Shot("table", "/assets/peloton/rides", ("Every class of the on-demand library", "original_air_time")),
    Shot("months", "/assets/peloton/ride_list?view=partitions", ("Materialized (",)),
    Shot("backfill", "/assets/peloton/ride_list", ("The archived class list",), ("Materialize…", "Custom")),
    Shot("checks", "/assets/peloton/rides?view=checks", ("key_of_rides",)),
    Shot(
        "launchpad", "/locations/iracing/jobs/iracing_past_seasons/playground", ("Launch Run", "series_ids")
    ),
    Shot("automation", "/automation", ("daily_current_month", "follow_strava")),
)


def main() -> None:
    """Take all pictures, or those whose names are given."""
    chosen = [shot for shot in SHOTS if shot.name in sys.argv[1:] or not sys.argv[1:]]
    today = f"{now():%Y-%m-%d}"
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(
            classes=1200, workouts=200, rate=0, iracing_today=today, strava_today=today, strava_activities=200
        ) as sandbox,
    ):
        env = {
            **sandbox.env(),
            "PACELINE_DATA_DIR": str(Path(folder) / "data"),
            "PELOTON_LIBRARY_START": "2018-12",
            "PELOTON_REQUESTS_PER_SECOND": "150",
            "IRACING_REQUESTS_PER_MINUTE": "9000",
            "LIMITER_URL": "",
        }
        for words in SYNCS:
            subprocess.run(
                [sys.executable, "-m", "paceline", *words],
                env={**os.environ, **env},
                cwd=CHECKOUT,
                check=True,
            )
        with Stack(env, Path(folder) / "stack.log") as stack, opened(stack.url) as tab:
            for shot in chosen:
                take(tab, shot)


def take(tab: Tab, shot: Shot) -> None:
    """Open a page and write its picture."""
    tab.open(shot.path, *shot.words)
    for label in shot.clicks:
        tab.page.get_by_text(label, exact=True).filter(visible=True).last.click()
    tab.page.wait_for_timeout(SETTLES_IN_MS)
    tab.check()
    target = IMAGES / f"{shot.name}.png"
    tab.page.screenshot(path=target, animations="disabled")
    size = target.stat().st_size
    out.print(f"{target.relative_to(CHECKOUT)}: {size // 1000} kB")
    if size > MOST_BYTES:
        sys.exit(f"{target} has {size:,} bytes, more than {MOST_BYTES:,}: choose a page with less on it")


if __name__ == "__main__":
    main()
