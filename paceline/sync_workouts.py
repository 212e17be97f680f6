"""`paceline sync workouts`: members' workouts at once from their lists, then classes and performance graphs.

Two jobs of the Dagster UI, one after the other, so that the workouts can be asked for while the slow part runs.
"""

from __future__ import annotations

import time
from typing import Any

import typer

from paceline.dagster_home import RunEnd, run_job
from paceline.progress import reporting
from paceline.show import err, out, print_json
from paceline.sync import conclude, first_stopped, runs_of, sources, summarise
from peloton_assets.members import chosen_accounts, connections
from peloton_assets.scope import library_months, window_months
from peloton_assets.transform import WORKOUT_TABLES, stale_months
from peloton_assets.workout_items import is_anything_to_ask
from peloton_assets.workspace import Workspace, now
from resources.errors import UsageProblem
from resources.settings import Settings, load_settings
from resources.warehouse import require_warehouse


@sources.command("workouts")
def workouts(
    username: str = typer.Option("", help="Only this account; all that are signed in otherwise."),
    year: int | None = typer.Option(None, help="Only workouts of this year."),
    month: int | None = typer.Option(None, help="Only this month of the year, 1 to 12."),
    limit: int | None = typer.Option(None, help="At most so many classes and graphs, newest first."),
    delay: float | None = typer.Option(None, help="Seconds between requests; a rate, not a sleep."),
    refresh: bool = typer.Option(False, "--refresh", help="Ask again for what is already landed."),
    accept_removals: bool = typer.Option(
        False, "--accept-removals", help="Believe that a large part of the workouts was deleted."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """Members' Peloton workouts: the list, the classes that the library lacks, performance graphs.

    The workouts are in the warehouse after one request for a hundred of them; the rest follows, newest first. It can
    be stopped at any moment and goes on where it was.

    Example: paceline sync workouts --year 2024
    """
    settings = load_settings()
    today = now().date()
    every_month = year is None and month is None
    months = window_months(year, month, library_months(settings), today)
    for name, value in (("limit", limit), ("delay", delay)):
        if value is not None and not 0 < value <= 1_000_000:
            raise UsageProblem(f"A {name} of {value} is not possible", "Give a number above zero.")
    if settings.warehouse_file.exists():
        require_warehouse(settings.warehouse_file)
    accounts = chosen_accounts(settings, username)
    if not username:
        tell_of_others(settings, accounts)
    with Workspace(settings).crawling(wait_s=0):
        pass  # a second sync says so at once instead of waiting in line
    options = {
        "username": username, "all_months": every_month, "refresh": refresh, "accept_removals": accept_removals,
        "share": 1.0, "minutes": 0.0,
        **({"limit": limit} if limit else {}), **({"delay": delay} if delay else {}),
    }  # fmt: skip
    window = months[-1:] if every_month else months
    began = time.monotonic()
    with reporting():
        ended, rows = run_both(settings, accounts, window, options)
    summary = summarise(rows, ended, "workout_list", time.monotonic() - began)
    for name in ("classes", "graphs"):
        resource = {"classes": "workout_classes", "graphs": "performance_graphs"}[name]
        summary[name] = sum(row["fetched"] for row in rows if row["resource"].split(":")[0] == resource)
    summary["run_id"] = ended.run_id
    print_json(summary) if as_json else _print(summary)
    conclude(rows, ended)


def run_both(
    settings: Settings, accounts: list[str], months: tuple[str, ...], options: dict[str, Any]
) -> tuple[RunEnd, list[dict[str, Any]]]:
    """The list, then what follows from it; give the end of the last run and the rows of both in ops.sync_runs."""
    ended = run_job(settings, "peloton_workout_list", months, config_of(options, "workout_list"))
    rows = runs_of(settings, ended.run_id)
    if not ended.succeeded:
        return with_tables(settings, months, ended, rows)
    stored = sum(row["fetched"] for row in rows)
    window = None if options["all_months"] else months
    left = is_anything_to_ask(settings, accounts, window, options["refresh"])
    if not left and not stale_months(Workspace(settings).lake, *WORKOUT_TABLES):
        return ended, rows
    err.print(f"{stored} workouts listed and in the warehouse; classes and graphs follow.", soft_wrap=True)
    config = config_of(options, "workout_classes", "performance_graphs")
    config["ops"]["references"] = {"config": {"ask": False}}
    ended = run_job(settings, "peloton_workout_items", months, config)
    rows += runs_of(settings, ended.run_id)
    return (ended, rows) if ended.succeeded else with_tables(settings, months, ended, rows)


def with_tables(
    settings: Settings, months: tuple[str, ...], ended: RunEnd, rows: list[dict[str, Any]]
) -> tuple[RunEnd, list[dict[str, Any]]]:
    """A stop must not hide what arrived before it."""
    if any(row["fetched"] for row in rows) and first_stopped(rows):
        run_job(settings, "peloton_tables", months)
    return ended, rows


def config_of(options: dict[str, Any], *steps: str) -> dict[str, Any]:
    """The options as Dagster run config of some steps."""
    return {"ops": {f"peloton__{step}": {"config": options} for step in steps}}


def tell_of_others(settings: Settings, accounts: list[str]) -> None:
    """Accounts that are left out because they cannot sign in."""
    for each in connections(settings):
        if each.account not in accounts:
            err.print(f"{each.account} is left out: {each.note}", markup=False, soft_wrap=True)


def _print(summary: dict[str, Any]) -> None:
    out.print(
        f"{summary['outcome']}: {summary['fetched']} workouts listed ({summary['created']} created,"
        f" {summary['updated']} updated, {summary['skipped']} unchanged), {summary['classes']} classes and"
        f" {summary['graphs']} performance graphs fetched, {summary['errors']} errors,"
        f" {summary['requests']} requests made in {summary['seconds']} s",
        markup=False,
        soft_wrap=True,
    )
