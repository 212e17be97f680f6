"""`paceline worker`: takes runs of Dagster from the queue that several hosts share (docs/hosts.md)."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import typer

from paceline.dagster_home import prepare_home
from resources.errors import UsageProblem
from resources.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("worker")(worker)


def worker(
    name: str = typer.Option("runs", help="A name of its own for each worker of a host."),
    builder: bool = typer.Option(
        False, "--builder", help="Take what publishes the warehouse; one worker does."
    ),
    runs: int = typer.Option(1, help="How many runs at once."),
) -> None:
    """Take runs from the queue of CELERY_BROKER_URL until it is stopped.

    Example: paceline worker --name first
    """
    settings = load_settings()
    if find_spec("dagster_celery") is None:
        raise UsageProblem(
            "A worker needs dagster-celery", "Install the extra: pip install 'paceline[hosts]'."
        )
    if not os.environ.get("CELERY_BROKER_URL"):
        raise UsageProblem(
            "CELERY_BROKER_URL is not set", "Set it to the Redis of the deployment; see docs/hosts.md."
        )
    prepare_home(settings)
    from paceline.celery_worker import BUILDER_QUEUE, RUNS_QUEUE

    queue = BUILDER_QUEUE if builder else RUNS_QUEUE
    arguments = ["-A", "paceline.celery_worker", "worker", "-n", f"{name}@%h", "-Q", queue, "-c", str(runs)]
    quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    os.execv(sys.executable, [sys.executable, "-m", "celery", *arguments, *quiet])
