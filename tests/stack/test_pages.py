"""The pages that people look at, rendered by a real browser."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from stack import Stack

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.stack,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium"),
]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=20000",
    "--window-size=1600,1000",
]


def seen(stack: Stack, page: str, profile: Path) -> str:
    """The text of a page after its scripts ran."""
    ended = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", "--dump-dom", stack.url + page],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return html.unescape(
        re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style).*?</\1>", " ", ended.stdout, flags=re.S))
    )


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("/asset-groups", ["peloton_fetched", "iracing_tables", "strava_fetched", "published"]),
        ("/assets/peloton/rides", ["Every class of the on-demand library", "peloton_library", "paceline"]),
        pytest.param(
            "/assets/peloton/ride_list?view=partitions",
            ["2026-11-01", "Materialized ("],
            marks=pytest.mark.tier("N"),
        ),
        pytest.param("/jobs", ["peloton_library", "peloton_full_walk"], marks=pytest.mark.tier("N")),
        pytest.param(
            "/locations/peloton/jobs/peloton_library/runs", ["Success"], marks=pytest.mark.tier("N")
        ),
        ("/automation", ["daily_current_month", "weekly_full_walk", "new_classes", "follow_inputs"]),
        pytest.param("/deployment/concurrency", ["peloton_api"], marks=pytest.mark.tier("N")),
    ],
)
def test_a_page_shows_what_it_should_and_no_error(
    stack: Stack, page: str, words: list[str], tmp_path: Path
) -> None:
    text = seen(stack, page, tmp_path)
    assert [word for word in words if word not in text] == [], re.sub(r"\s+", " ", text)[:2000]
    for complaint in ("GraphQL error", "An error occurred", "Unexpected error", "failed to load"):
        assert complaint not in text
