"""`paceline rebuild`: all typed tables again from the landing zone, without a request."""

from __future__ import annotations

import time

import typer

from iracing_assets.rebuild import rebuild_all as rebuild_iracing
from iracing_assets.workspace import Workspace as IracingWorkspace
from paceline.show import out, print_json
from peloton_assets.pending import rebuild_all as rebuild_peloton
from peloton_assets.workspace import Workspace as PelotonWorkspace
from resources.data_folder import open_lake
from resources.errors import UsageProblem
from resources.landing import require_landing_zone
from resources.settings import Settings, load_settings
from resources.state import State
from resources.warehouse import publish
from strava_assets.rebuild import rebuild_all as rebuild_strava
from strava_assets.workspace import Workspace as StravaWorkspace

SOURCES = {
    "peloton": (PelotonWorkspace, rebuild_peloton),
    "iracing": (IracingWorkspace, rebuild_iracing),
    "strava": (StravaWorkspace, rebuild_strava),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rebuild")(rebuild)


def rebuild(
    source: str = typer.Option("all", help=f"Which provider's tables: all, or {' or '.join(SOURCES)}."),
    as_json: bool = typer.Option(False, "--json", help="Print rows per table as JSON."),
) -> None:
    """Build the lake and the warehouse again from what was landed, for example after an update of Paceline.

    Example: paceline rebuild --source peloton
    """
    if source not in ("all", *SOURCES):
        raise UsageProblem(f"Unknown source {source!r}", f"Known are: all, {', '.join(SOURCES)}.")
    began = time.monotonic()
    rows = rebuild_tables(load_settings(), source)
    seconds = time.monotonic() - began
    if as_json:
        print_json({"rows": rows, "seconds": round(seconds, 1), "requests": 0})
    else:
        for table, count in rows.items():
            out.print(f"{table}: {count} rows", markup=False)
        out.print(f"rebuilt in {seconds:.1f} s, no request made")


def rebuild_tables(settings: Settings, source: str = "all") -> dict[str, int]:
    """Lake and warehouse from what was landed; gives rows per table. Raises AlreadyRunning during a sync."""
    require_landing_zone(settings.data_dir)
    rows: dict[str, int] = {}
    for name, (workspace, rebuild_all) in SOURCES.items():
        work = workspace(settings)
        # Of a provider that nobody uses there is nothing to build, unless it is asked for by name.
        if source == name or (source == "all" and (work.landing.root / name).exists()):
            with work.crawling(wait_s=0):
                rows |= rebuild_all(work.lake, work.landing, work.state)
    publish(settings.warehouse_file, open_lake(settings), State(settings.state_place))
    return rows
