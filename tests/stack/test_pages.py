"""The pages that people look at, rendered by a real browser."""

from __future__ import annotations

import pytest
from browser import Tab
from chromium import needs_chromium

pytestmark = [
    pytest.mark.stack,
    pytest.mark.browser,
    needs_chromium,
]
PAGES = {
    "/asset-groups": ["peloton_fetched", "iracing_tables", "strava_fetched", "published"],
    "/assets/peloton/rides": ["Every class of the on-demand library", "peloton_library", "paceline"],
    "/assets/peloton/ride_list?view=partitions": ["2026-11-01", "Materialized ("],
    "/jobs": ["peloton_library", "peloton_full_walk"],
    "/locations/peloton/jobs/peloton_library/runs": ["Success"],
    "/automation": ["daily_current_month", "weekly_full_walk", "new_classes", "follow_inputs"],
    "/deployment/concurrency": ["peloton_api"],
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_it_should_and_no_error(tab: Tab, page: str) -> None:
    tab.open(page, *PAGES[page])


def test_a_page_that_is_not_there_is_an_error(tab: Tab) -> None:
    """What the other tests rely on: a complaint of the UI fails them."""
    with pytest.raises(AssertionError, match="Could not find"):
        tab.open("/locations/peloton/jobs/nothing", "not found")
