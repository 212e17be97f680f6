"""`paceline race-changes`: what changed in the race weeks to come since you looked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import typer

from iracing_assets.schedule_watch import changes_since_looked, look, worded
from paceline.show import inert, out, print_json
from resources.data_folder import open_lake
from resources.settings import load_settings
from resources.state import State
from resources.workspace import now


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("race-changes")(race_changes)


def race_changes(
    since: datetime | None = typer.Option(
        None, formats=["%Y-%m-%d"], help="Changes seen since this day (UTC); otherwise since you looked."
    ),
    seen: bool = typer.Option(False, "--seen", help="Remember that you have seen them."),
    as_json: bool = typer.Option(False, "--json", help="Print the changes as JSON."),
) -> None:
    """Tracks, dates, start times, lengths, cars and weather of race weeks that are not over, where they changed.

    The check `schedule_as_you_saw_it` in the UI warns of the same changes until they are seen.

    Example: paceline race-changes --seen
    """
    settings = load_settings()
    state, asked_at = State(settings.state_place), now()
    changes = changes_since_looked(open_lake(settings), state, since.replace(tzinfo=UTC) if since else None)
    if as_json:
        print_json([asdict(change) for change in changes])
    for change in [] if as_json else changes:
        out.print(inert(worded(change)), markup=False, soft_wrap=True)
    if not changes and not as_json:
        out.print("No race week that is still to come has changed since you looked.")
    if seen:
        look(state, asked_at)
