"""Dagster's home below the data folder, and runs of jobs in this very process.

The home is `$PACELINE_DATA_DIR/state/dagster` with a copy of the checkout's dagster.yaml, so that the command
line, `paceline up` and tests on other data folders never mix their runs.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING, Any

from resources.alerts import FailedRun
from resources.errors import PacelineError
from resources.files import disk_problem, replacing, storage_errors
from resources.operations.daemon import HOST_TAG, PROCESS_TAG
from resources.processes import is_alive
from resources.settings import CHECKOUT, Settings

if TYPE_CHECKING:
    import dagster as dg

REPOSITORY_TAG = ".dagster/repository"  # by which the pages of a job and the timeline find their runs


@dataclass(frozen=True)
class RunEnd:
    """How a run of a job ended; `interrupted` by Ctrl-C or SIGTERM."""

    run_id: str
    succeeded: bool
    interrupted: bool


def prepare_home(settings: Settings) -> None:
    """Create Dagster's home and point this process and its children at it."""
    home = settings.dagster_home
    with storage_errors(home):
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.mkdir(exist_ok=True)
        with replacing(home / "dagster.yaml") as temporary:  # where a link leads to is not ours to write
            shutil.copyfile(settings.dagster_yaml, temporary)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["PACELINE_DATA_DIR"] = str(settings.data_dir)


def run_job(
    settings: Settings,
    job_name: str,
    months: tuple[str, ...] = (),
    config: Mapping[str, Any] | None = None,
    location: str = "peloton",
) -> RunEnd:
    """Run a job of a code location in this process, over a range of months if any, recorded like any run of the UI."""
    prepare_home(settings)
    import dagster as dg  # slow to import, and not needed by the other commands

    defs: dg.Definitions = import_module(f"{location}_assets.definitions").defs
    tags = {
        PROCESS_TAG: str(os.getpid()),
        HOST_TAG: socket.gethostname(),
        REPOSITORY_TAG: f"__repository__@{location}",
    }
    if months:
        tags["dagster/asset_partition_range_start"] = f"{months[0]}-01"
        tags["dagster/asset_partition_range_end"] = f"{months[-1]}-01"
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with _dagster_storage(settings), dg.DagsterInstance.get() as instance, _terminate_as_interrupt():
        close_dead_runs(instance)
        result = defs.resolve_job_def(job_name).execute_in_process(
            run_config={**quiet, **(config or {})}, instance=instance, tags=tags, raise_on_error=False
        )
    ends = [event.job_failure_data for event in result.all_events if event.is_job_failure]
    interrupted = any(
        end.failure_reason is not None and end.failure_reason.name == "UNEXPECTED_TERMINATION" for end in ends
    )
    return RunEnd(result.run_id, result.success, interrupted)


def failed_runs(settings: Settings, location: str) -> list[FailedRun]:
    """The last run of each job of a code location, where it failed; none where Dagster never ran."""
    if not (settings.dagster_home / "dagster.yaml").exists():
        return []
    import dagster as dg

    from resources.dagster_alerts import failed_runs as failed_runs_of

    with _dagster_storage(settings), dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        return failed_runs_of(instance, location)


def close_dead_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs of commands that were killed as failed; no monitor of Dagster watches them."""
    import dagster as dg

    running = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED], tags={HOST_TAG: socket.gethostname()})
    for run in instance.get_runs(running):
        if not is_alive(int(run.tags[PROCESS_TAG])):
            instance.report_run_failed(run, "The command was killed. Run it again: it goes on where it was.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def serve(settings: Settings, port: int, host: str) -> int:
    """Run the Dagster UI and daemon until they are stopped; give the exit code."""
    prepare_home(settings)
    # Without it a backfill fails for good when its code location is away for a moment, as at every restart.
    os.environ.setdefault("DAGSTER_BACKFILL_RETRY_DEFINITION_CHANGED_ERROR", "1")
    arguments = ["dev", "-w", str(CHECKOUT / "workspace.yaml"), "-h", host, "-p", str(port)]
    os.execv(sys.executable, [sys.executable, "-m", "dagster", *arguments])


@contextmanager
def _dagster_storage(settings: Settings) -> Iterator[None]:
    """A disk that fails under Dagster's own storage is told like one that fails under ours."""
    try:
        yield
    except PacelineError:
        raise
    except Exception as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, sqlite3.Error | OSError):
            cause = cause.__cause__ or cause.__context__
        problem = disk_problem(cause, settings.dagster_home)
        if problem is None:
            raise
        raise problem from error


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """SIGTERM ends a sync as Ctrl-C does: what is under way is landed, then it leaves."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
