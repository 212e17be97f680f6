"""A person at the UI: one month of an asset and a backfill of three, by clicking; then what the warehouse holds."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from browser import Tab
from chromium import needs_chromium
from observing import listed, month_of_time

from sandbox.client import Sandbox

pytestmark = [
    pytest.mark.stack,
    pytest.mark.browser,
    pytest.mark.tier("N"),
    needs_chromium,
]
MONTHS = ["2020-03", "2020-04", "2020-05"]
DONE_IN_MS = 420_000
STORED = """
    SELECT ride_id FROM peloton.rides WHERE strftime(air_month, '%Y-%m') IN (SELECT unnest(?)) AND NOT is_placeholder
"""


def choose(tab: Tab, months: str, how_many: str) -> None:
    """Write the months into the partition dialog."""
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_text("Show all partitions").click()  # it offers the last ninety days
    dialog.get_by_text("Custom", exact=True).click()
    field = dialog.get_by_placeholder("ex:")
    field.fill(months)
    field.press("Enter")
    dialog.get_by_text(how_many, exact=True).wait_for()


def test_one_month_of_an_asset_is_materialized(tab: Tab) -> None:
    tab.open("/assets/peloton/ride_list", "The archived class list")
    tab.page.get_by_role("button", name="Materialize").first.click()
    choose(tab, "2023-06-01", "1 partition")
    tab.page.get_by_role("dialog").get_by_role("button", name="Launch 1 run").click()
    tab.page.get_by_role("link", name="View", exact=True).click()
    tab.page.get_by_text("Success", exact=True).filter(visible=True).first.wait_for(timeout=DONE_IN_MS)
    tab.check()


def test_three_months_are_backfilled_and_published(tab: Tab, env: dict[str, str], sandbox: Sandbox) -> None:
    tab.open("/locations/peloton/jobs/peloton_library", "Materialize all")
    tab.page.get_by_role("button", name="Materialize all").click()
    # The warehouse also follows the weekly walk, which need not have been.
    tab.page.get_by_role("button", name="Confirm").click()
    choose(tab, f"[{MONTHS[0]}-01...{MONTHS[-1]}-01]", "3 partitions")
    tab.page.get_by_role("dialog").get_by_role("button", name="Launch backfill").click()
    tab.page.get_by_role("link", name="View", exact=True).click()
    # Once as the head of a column, once as the state.
    tab.page.get_by_text("Succeeded", exact=True).nth(1).wait_for(timeout=DONE_IN_MS)
    tab.check()

    with duckdb.connect(Path(env["PACELINE_DATA_DIR"]) / "warehouse.duckdb", read_only=True) as connection:
        stored = {ride for (ride,) in connection.execute(STORED, [MONTHS]).fetchall()}
    told = {row["id"] for row in listed(sandbox) if month_of_time(row["original_air_time"]) in MONTHS}
    assert told
    assert stored == told
