"""`make demo`: a warehouse from the sandbox, without an account, in a few minutes.

Starts the stand-in for the providers as a process of its own, syncs from it over HTTP with the same
command a person uses, and shows what can be asked afterwards. Everything goes into `demo/` of the checkout.
With `--chaos` the provider has a bad day meanwhile, and the same warehouse must result.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import typer

from paceline import demo_storm
from paceline.dagster_home import serve
from paceline.show import out, table
from resources.settings import CHECKOUT, Settings, load_settings
from resources.warehouse import open_warehouse
from resources.workspace import now
from sandbox.client import Sandbox

FOLDER = CHECKOUT / "demo"
CLASSES, WORKOUTS, ACTIVITIES = 3600, 400, 300
FIRST_MONTH = "2018-12"  # where the sandbox's library begins
REQUESTS_PER_SECOND = 150  # the sandbox is no provider to be polite to
SQL = Path(__file__).with_name("sql")


def main(
    ui: bool = typer.Option(False, "--ui", help="Keep the Dagster UI up afterwards."),
    port: int = typer.Option(3000, help="Port of the UI."),
    chaos: bool = typer.Option(False, "--chaos", help="Let the provider fail in every way meanwhile."),
) -> None:
    """Build the demo warehouse and show it."""
    began = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    faults = demo_storm.SCENARIO if chaos else None
    today = f"{now():%Y-%m-%d}"  # so that there are races tonight
    with Sandbox(
        classes=CLASSES, workouts=WORKOUTS, rate=0, faults=faults, iracing_today=today,
        strava_today=today, strava_activities=ACTIVITIES,
    ) as sandbox:  # fmt: skip
        os.environ.update(sandbox.env())
        os.environ.update(
            PACELINE_DATA_DIR=str(FOLDER),
            PELOTON_LIBRARY_START=FIRST_MONTH,
            PELOTON_REQUESTS_PER_SECOND=str(REQUESTS_PER_SECOND),
            IRACING_REQUESTS_PER_MINUTE=str(60 * REQUESTS_PER_SECOND),
            LIMITER_URL="",
        )
        settings = load_settings()
        out.print(
            f"The sandbox plays Peloton at {sandbox.api_url}, iRacing and Strava; all are synced from it."
        )
        _paceline("sync", "peloton", "--classes", "all")
        if chaos:
            demo_storm.show_faults(sandbox)
            if not demo_storm.compare(sandbox, settings.warehouse_file):
                raise typer.Exit(1)
            sandbox.faults()
        _paceline("sync", "workouts")
        _paceline("sync", "iracing")
        _paceline("sync", "strava", "--limit", "40")
        _show(settings)
        out.print(
            f"Done in {time.monotonic() - began:.0f} s. The warehouse is {_from_here(settings.warehouse_file)}."
        )
        if ui:
            out.print(f"Dagster UI: http://127.0.0.1:{port} (stop with Ctrl-C)")
            serve(settings, port, "127.0.0.1")
        out.print(f"To see its assets and runs: make demo UI=1, then open http://127.0.0.1:{port}")


def _show(settings: Settings) -> None:
    with open_warehouse(settings.warehouse_file) as warehouse:
        for title, name in (
            ("What was built", "demo_tables"),
            ("Who plays the most music", "demo_instructors"),
            ("What was playing when output peaked", "demo_peaks"),
            ("Kilometres by sport", "demo_sports"),
        ):
            found = warehouse.execute((SQL / f"{name}.sql").read_text())
            columns = [column[0] for column in found.description or []]
            table(columns, found.fetchall(), title=title)
        favourite = warehouse.execute((SQL / "demo_favourite.sql").read_text()).fetchone()
    if favourite:
        _paceline("songs", misspell(favourite[0]), "--limit", "5")
    _paceline("races", "--limit", "5")


def misspell(title: str) -> str:
    """The title as a hurried hand types it: two letters swapped and one left out."""
    middle = len(title) // 2
    swapped = title[: middle - 1] + title[middle] + title[middle - 1] + title[middle + 1 :]
    return swapped[:-2] + swapped[-1]


def _paceline(*arguments: str) -> None:
    """Run a command as a person would, and stop the demo with its exit code when it fails."""
    shown = " ".join(f'"{word}"' if " " in word else word for word in arguments)
    out.print(f"\n$ paceline {shown}", markup=False, soft_wrap=True)
    ended = subprocess.run([sys.executable, "-m", "paceline", *arguments], check=False)
    if ended.returncode:
        raise typer.Exit(ended.returncode)


def _from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    typer.run(main)
