"""`paceline rebuild`: all typed tables again from the landing zone, without a request."""

from __future__ import annotations

import time

import typer

from paceline.show import out, print_json
from peloton_assets.pending import rebuild_all
from peloton_assets.workspace import Workspace
from resources.errors import UsageProblem
from resources.settings import load_settings
from resources.warehouse import publish

SOURCES = ("peloton",)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rebuild")(rebuild)


def rebuild(
    source: str = typer.Option("peloton", help="Which provider's tables; peloton for now."),
    as_json: bool = typer.Option(False, "--json", help="Print rows per table as JSON."),
) -> None:
    """Build the lake and the warehouse again from what was landed, for example after an update of Paceline.

    Example: paceline rebuild --source peloton
    """
    if source not in SOURCES:
        raise UsageProblem(f"Unknown source {source!r}", f"Known are: {', '.join(SOURCES)}.")
    began = time.monotonic()
    rows = rebuild_tables(Workspace(load_settings()))
    seconds = time.monotonic() - began
    if as_json:
        print_json({"rows": rows, "seconds": round(seconds, 1), "requests": 0})
    else:
        for table, count in rows.items():
            out.print(f"{table}: {count} rows", markup=False)
        out.print(f"rebuilt in {seconds:.1f} s, no request made")


def rebuild_tables(work: Workspace) -> dict[str, int]:
    """Lake and warehouse from what was landed; gives rows per table. Raises AlreadyRunning during a sync."""
    with work.crawling(wait_s=0):
        rows = rebuild_all(work.lake, work.landing, work.state)
        publish(work.settings.warehouse_file, work.lake, work.state)
    return rows
