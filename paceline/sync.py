"""`paceline sync peloton`: the library job of the Dagster UI, run here with progress and a summary."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import typer

from paceline.dagster_home import RunEnd, run_job
from paceline.progress import reporting
from paceline.show import err, inert, out, print_json
from peloton_assets.dry_run import plan
from peloton_assets.incremental import unsettled_months
from peloton_assets.scope import Scope, library_months, window_months
from peloton_assets.workspace import SOURCE, Workspace, now
from resources.errors import INTERRUPTED, INTERRUPTED_EXIT_CODE, UsageProblem
from resources.settings import Settings, load_settings
from resources.state import State
from resources.warehouse import require_warehouse

COUNTS = ("fetched", "created", "updated", "skipped", "errors", "requests")
sources = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(sources, name="sync")


@sources.callback()
def choose_a_source() -> None:
    """Fetch what is new from a provider.

    Example: paceline sync peloton --year 2024 --month 3
    """


@sources.command("peloton")
def peloton(
    disciplines: str = typer.Option("", help="Category slugs, separated by commas, such as cycling,running."),
    year: int | None = typer.Option(None, help="Only classes of this year."),
    month: int | None = typer.Option(None, help="Only this month of the year, 1 to 12."),
    limit: int | None = typer.Option(None, help="At most so many class details, newest first."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be done, write nothing."),
    username: str = typer.Option("default", help="Whose sign-in is used."),
    delay: float | None = typer.Option(None, help="Seconds between requests; a rate, not a sleep."),
    refresh: bool = typer.Option(False, "--refresh", help="Ask again for what is already landed."),
    classes: str = typer.Option("power-zone", help="Whose details are fetched: power-zone or all."),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """The Peloton class library: list, details, songs, instructors, search tables.

    Without --year it covers the whole library and leaves months alone that are complete for good. It can be
    stopped at any moment and goes on where it was.

    Example: paceline sync peloton --year 2024 --month 3 --classes all
    """
    settings = load_settings()
    months = window_months(year, month, library_months(settings), now().date())
    names = tuple(name.strip().lower() for name in disciplines.split(",") if name.strip())
    scope = Scope(months, names, classes, limit, refresh)
    if delay is not None and not 0 < delay <= 3600:
        raise UsageProblem(f"A delay of {delay} s is not possible", "Give seconds above zero, such as 0.5.")
    if settings.warehouse_file.exists():
        require_warehouse(settings.warehouse_file)
    work = Workspace(settings, delay_s=delay, account=username)
    with work.crawling(wait_s=0):
        pass  # a second sync says so at once instead of waiting in line
    if year is None and not refresh:
        scope = replace(scope, months=unsettled_months(work.state, scope))
    began = time.monotonic()
    if dry_run:
        planned = plan(work, scope)
        summary = _summary(vars(planned.counts), time.monotonic() - began, "dry run")
        print_json(summary) if as_json else out.print(planned.text(), markup=False, soft_wrap=True)
        return
    with reporting():
        ended = run_job(settings, "peloton_library", scope.months, run_config(scope, delay, username))
        rows = runs_of(settings, ended.run_id)
        if not ended.succeeded and any(row["fetched"] for row in rows):
            # A stop must not hide what arrived before it.
            run_job(settings, "peloton_tables", scope.months)
    summary = summarise(rows, ended, "ride_list", time.monotonic() - began)
    summary["details"] = sum(row["fetched"] for row in rows if row["resource"] == "ride_details")
    summary["run_id"] = ended.run_id
    print_json(summary) if as_json else _print(summary)
    conclude(rows, ended)


def summarise(rows: list[dict[str, Any]], ended: RunEnd, listing: str, seconds: float) -> dict[str, Any]:
    """The summary of a sync from its rows in ops.sync_runs; things are counted by their `listing`, or all if ""."""
    counts = {name: sum(row[name] for row in rows) for name in COUNTS}
    listed = [row for row in rows if listing in ("", row["resource"].split(":")[0])]
    for name in ("fetched", "created", "updated", "skipped"):
        counts[name] = sum(row[name] for row in listed)
    stopped = first_stopped(rows)
    otherwise = "done" if ended.succeeded else "stopped" if ended.interrupted else "failed"
    return _summary(
        counts,
        seconds,
        stopped["outcome"] if stopped else otherwise,
        stopped["resume_at"] if stopped else None,
    )


def first_stopped(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The first step that did not come to its end."""
    return next((row for row in rows if row["outcome"] not in ("done", "waiting", "running")), None)


def conclude(rows: list[dict[str, Any]], ended: RunEnd) -> None:
    """Say why a sync did not come to its end, and leave with the exit code that says so too."""
    stops = [row["stop_reason"] for row in rows if row["outcome"] not in ("done", "waiting", "running")]
    for reason in dict.fromkeys(stops):
        err.print(inert(reason), markup=False, soft_wrap=True)
    if stopped := first_stopped(rows):
        raise typer.Exit(stopped["exit_code"] or 1)
    if ended.interrupted:
        err.print(INTERRUPTED, soft_wrap=True)
        raise typer.Exit(INTERRUPTED_EXIT_CODE)
    if not ended.succeeded:
        err.print(
            f"A step of run {ended.run_id} failed. `paceline up` shows it; what was stored stays whole.",
            markup=False,
            soft_wrap=True,
        )
        raise typer.Exit(1)


def run_config(scope: Scope, delay: float | None, username: str) -> dict[str, Any]:
    """The options as Dagster run config of the two crawl steps."""
    options = {
        "disciplines": list(scope.disciplines),
        "classes": scope.classes,
        "refresh": scope.refresh,
        "username": username,
        **({"limit": scope.limit} if scope.limit else {}),
        **({"delay": delay} if delay else {}),
    }
    return {"ops": {"peloton__ride_list": {"config": options}, "peloton__ride_details": {"config": options}}}


def runs_of(settings: Settings, run_id: str, source: str = SOURCE) -> list[dict[str, Any]]:
    """What ops.sync_runs says of one Dagster run."""
    state = State(settings.state_place)
    return state.rows(
        "SELECT * FROM sync_runs WHERE run_id = ? AND source = ? ORDER BY started", run_id, source
    )


def _summary(
    counts: dict[str, Any], seconds: float, outcome: str, resume_at: str | None = None
) -> dict[str, Any]:
    chosen = {name: counts[name] for name in COUNTS}
    return {**chosen, "seconds": round(seconds, 1), "outcome": outcome, "resume_at": resume_at}


def _print(summary: dict[str, Any]) -> None:
    out.print(
        f"{summary['outcome']}: {summary['fetched']} classes listed ({summary['created']} created,"
        f" {summary['updated']} updated, {summary['skipped']} unchanged), {summary['details']} details fetched,"
        f" {summary['errors']} errors, {summary['requests']} requests made in {summary['seconds']} s",
        markup=False,
        soft_wrap=True,
    )
