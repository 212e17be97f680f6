"""`paceline up`: the Dagster UI and daemon on the real configuration."""

from __future__ import annotations

import typer

from paceline.dagster_home import serve
from resources.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up")(up)


def up(
    port: int = typer.Option(3000, help="Port of the UI."),
    host: str = typer.Option("127.0.0.1", help="Address to listen on. The UI has no sign-in: keep it local."),
) -> None:
    """Start the Dagster UI and daemon; stop them with Ctrl-C.

    Example: paceline up --port 3001
    """
    raise typer.Exit(serve(load_settings(), port, host))
