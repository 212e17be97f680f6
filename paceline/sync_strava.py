"""`paceline sync strava`: the jobs of the Dagster UI, run here with progress and a summary."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from paceline.dagster_home import RunEnd, run_job
from paceline.progress import reporting
from paceline.show import out, print_json
from paceline.sync import conclude, runs_of, sources, summarise
from peloton_assets.scope import months_between, window_months
from resources.errors import UsageProblem
from resources.settings import Settings, load_settings
from resources.strava import limiter_of
from resources.warehouse import require_warehouse
from resources.workspace import now
from strava_assets.athletes import chosen_accounts
from strava_assets.syncing import Facts, facts_listeners
from strava_assets.transform import SOURCE
from strava_assets.workspace import Workspace

FIRST_YEAR = 2009


@sources.command("strava")
def strava(
    athlete: str = typer.Option(
        "", help="Only this account or athlete id; all that are signed in otherwise."
    ),
    full: bool = typer.Option(False, "--full", help="List everything: late uploads, edits, deletions."),
    year: int | None = typer.Option(None, help="Only activities of this year."),
    month: int | None = typer.Option(None, help="Only this month of the year, 1 to 12."),
    max_pages: int | None = typer.Option(None, help="At most so many pages of 200 activities."),
    limit: int | None = typer.Option(None, help="At most so many details, series and zones; 0 for none."),
    accept_removals: bool = typer.Option(
        False, "--accept-removals", help="Believe that a large part of the activities was deleted."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """Strava activities: what is new, then details, series, zones and gear, as far as the limits reach.

    It looks back two weeks for edits; --full compares everything and finds late uploads and deletions. It can be
    stopped at any moment and goes on where it was. Without an application: paceline import strava EXPORT.zip.

    Example: paceline sync strava --full
    """
    settings = load_settings()
    every = months_between(now().replace(year=FIRST_YEAR, month=1), now())
    months = window_months(year, month, every, now().date()) if (year or month) else ()
    if full and months:
        raise UsageProblem("--full lists everything", "Leave --year and --month out.")
    for name, value in (("max-pages", max_pages), ("limit", limit)):
        if value is not None and not (1 if name == "max-pages" else 0) <= value <= 1_000_000:
            raise UsageProblem(f"--{name} {value} is not possible", "Give a number above zero.")
    if settings.warehouse_file.exists():
        require_warehouse(settings.warehouse_file)
    chosen_accounts(settings, athlete)
    with Workspace(settings).crawling(wait_s=0):
        pass  # a second sync says so at once instead of waiting in line
    options = {
        "athlete": athlete, "full": full, "of_months": bool(months), "accept_removals": accept_removals,
        **({"max_pages": max_pages} if max_pages else {}),
    }  # fmt: skip
    began, told = time.monotonic(), list[Facts]()
    with reporting(), _listening(told):
        ended, rows = run_both(settings, months or every[-1:], options, limit)
    summary = summarise(rows, ended, "activity_list", time.monotonic() - began)
    summary |= facts_of(rows, told)
    summary["limits"] = limiter_of(settings).status()
    summary["run_id"] = ended.run_id
    print_json(summary) if as_json else _print(summary)
    conclude(rows, ended)


def run_both(
    settings: Settings, months: tuple[str, ...] | list[str], options: dict[str, Any], limit: int | None
) -> tuple[RunEnd, list[dict[str, Any]]]:
    """The list, then what follows from it; after a stop still the tables of what arrived before it."""
    config = {"ops": {"strava__activity_list": {"config": options}}}
    ended = run_job(settings, "strava_sync", tuple(months), config, location=SOURCE)
    rows = runs_of(settings, ended.run_id, SOURCE)
    if ended.succeeded and limit != 0:
        items = {"athlete": options["athlete"], "minutes": 0.0, "background": False, "limit": limit}
        config = {"ops": {"strava__activity_items": {"config": items}}}
        ended = run_job(settings, "strava_items", config=config, location=SOURCE)
        rows += runs_of(settings, ended.run_id, SOURCE)
    if not ended.succeeded and any(row["fetched"] for row in rows):
        run_job(settings, "strava_tables", location=SOURCE)
    return ended, rows


@contextmanager
def _listening(told: list[Facts]) -> Iterator[None]:
    """What the list of each athlete tells goes to `told`."""
    facts_listeners.append(told.append)
    try:
        yield
    finally:
        facts_listeners.remove(told.append)


def facts_of(rows: list[dict[str, Any]], told: list[Facts]) -> dict[str, Any]:
    """What the manual sync tells, in its own words."""
    items = [row for row in rows if row["resource"].split(":")[0] == "activity_items"]
    return {
        "synced": sum(facts.synced for facts in told),
        "new": sum(facts.new for facts in told),
        "pages_fetched": sum(facts.pages_fetched for facts in told),
        "removed": sum(facts.removed for facts in told),
        "items": sum(row["fetched"] for row in items),
    }


def _print(summary: dict[str, Any]) -> None:
    limits = "; ".join(
        f"{each['remaining']} of {each['allowed']} reads left in this {name.replace('_', ' ')},"
        f" anew in {each['resets_in_s']} s"
        for name, each in summary["limits"].items()
    )
    out.print(
        f"{summary['outcome']}: {summary['synced']} activities listed ({summary['new']} new, {summary['updated']}"
        f" changed), {summary['items']} details, series, zones and gear fetched, {summary['errors']} errors,"
        f" {summary['requests']} requests made in {summary['seconds']} s. {limits}",
        markup=False,
        soft_wrap=True,
    )
