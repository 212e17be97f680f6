"""`paceline sync iracing`: the jobs of the Dagster UI, run here with progress and a summary."""

from __future__ import annotations

import time
from typing import Any

import typer

from iracing_assets.past_seasons import PAST_LIMIT
from iracing_assets.staging import SOURCE
from iracing_assets.workspace import Workspace
from paceline.dagster_home import RunEnd, run_job
from paceline.progress import reporting
from paceline.show import out, print_json
from paceline.sync import conclude, runs_of, sources, summarise
from resources.errors import UsageProblem
from resources.settings import Settings, load_settings
from resources.warehouse import require_warehouse


@sources.command("iracing")
def iracing(
    season_id: list[int] = typer.Option([], help="Only the schedule of this season; may be repeated."),
    series_id: list[int] = typer.Option(
        [], help="With --past: only seasons of this series; may be repeated."
    ),
    past: bool = typer.Option(False, "--past", help="Past seasons and their schedules, newest first."),
    limit: int = typer.Option(PAST_LIMIT, help="With --past: at most so many answers; 0 for no bound."),
    refresh: bool = typer.Option(
        False, "--refresh", help="With --past: ask again which seasons a series had."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """iRacing's catalogue and all active seasons with their schedules: nine requests.

    With --season-id only these seasons, with --past those of long ago, as many as --limit allows. It can be stopped at
    any moment and goes on where it was. Without an account: paceline import iracing FOLDER.

    Example: paceline sync iracing
    """
    settings = load_settings()
    if season_id and (past or series_id):
        raise UsageProblem("--season-id names seasons by themselves", "Leave --past and --series-id out.")
    if series_id and not past:
        raise UsageProblem("--series-id chooses among past seasons", "Add --past, or leave it out.")
    if limit < 0 or any(one < 1 for one in (*season_id, *series_id)):
        raise UsageProblem("A number below zero is no id and no limit", "Give positive numbers.")
    if settings.warehouse_file.exists():
        require_warehouse(settings.warehouse_file)
    with Workspace(settings).crawling(wait_s=0):
        pass  # a second sync says so at once instead of waiting in line
    began = time.monotonic()
    with reporting():
        ended, rows = run_chosen(settings, season_id, series_id, past, limit, refresh)
    summary = summarise(rows, ended, "", time.monotonic() - began)
    summary["run_id"] = ended.run_id
    print_json(summary) if as_json else _print(summary)
    conclude(rows, ended)


def run_chosen(
    settings: Settings, season_ids: list[int], series_ids: list[int], past: bool, limit: int, refresh: bool
) -> tuple[RunEnd, list[dict[str, Any]]]:
    """Run the job that the options mean; after a stop still the tables of what arrived before it."""
    job, step = "iracing_current", ""
    options: dict[str, Any] = {}
    if season_ids:
        job, step, options = "iracing_chosen_seasons", "chosen_seasons", {"season_ids": season_ids}
    elif past:
        job, step = "iracing_past_seasons", "past_seasons"
        options = {"series_ids": series_ids, "limit": limit, "refresh": refresh}
    config = {"ops": {f"iracing__{step}": {"config": options}}} if step else {}
    ended = run_job(settings, job, config=config, location=SOURCE)
    rows = runs_of(settings, ended.run_id, SOURCE)
    if not ended.succeeded and any(row["fetched"] for row in rows):
        run_job(settings, "iracing_tables", location=SOURCE)
    return ended, rows


def _print(summary: dict[str, Any]) -> None:
    out.print(
        f"{summary['outcome']}: {summary['fetched']} answers, {summary['created']} things new, {summary['updated']}"
        f" changed, {summary['skipped']} as they were, {summary['errors']} errors, {summary['requests']} requests made"
        f" in {summary['seconds']} s",
        markup=False,
        soft_wrap=True,
    )
