"""What steps of all providers share: a row in ops.sync_runs, progress in the log, failures in one sentence."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import dagster as dg

from resources.errors import (
    INTERRUPTED_EXIT_CODE,
    BadAnswer,
    LimitReached,
    PacelineError,
    ProviderUnavailable,
    is_interrupt,
    reason_of,
)
from resources.outlook import Speed
from resources.redact import redact
from resources.state import SyncCounts
from resources.workspace import OnProgress, Progress, Rooms, now

LOG_PROGRESS_EVERY_S = 10.0
OBSERVE_PROGRESS_EVERY_S = 300.0  # on the page of the asset, where Dagster keeps it for ever
# Where the command line listens while it runs the job in its own process.
progress_listeners: list[Callable[[Progress], None]] = []
wait_listeners: list[Callable[[float, str], None]] = []


@contextmanager
def recorded(
    context: dg.AssetExecutionContext, work: Rooms, name: str, partition: str = ""
) -> Iterator[SyncCounts]:
    """A row in ops.sync_runs for what happens inside, alone with the provider."""
    source, run_id, state, counts = work.source, context.run.run_id, work.state, SyncCounts()
    state.start_run(run_id, source, name, partition, now(), "waiting")

    def end(
        outcome: str = "done", reason: str | None = None, code: int = 0, at: datetime | None = None
    ) -> None:
        state.end_run(run_id, source, name, partition, counts, now(), outcome, reason, code, at)

    try:
        with work.crawling():
            state.close_dead_runs(source, now(), _ended(context.instance, state.waiting_runs(source)))
            state.start_run(run_id, source, name, partition, now())
            yield counts
    except PacelineError as error:
        resume_at = error.resume_at if isinstance(error, LimitReached) else None
        end("stopped" if resume_at else "failed", str(error), error.exit_code, resume_at)
        raise
    except BaseException as error:
        outcome, code = ("stopped", INTERRUPTED_EXIT_CODE) if is_interrupt(error) else ("failed", 1)
        end(outcome, reason_of(error), code)
        raise
    end()


def _ended(instance: dg.DagsterInstance, run_ids: list[str]) -> list[str]:
    """Those of these runs that Dagster knows to be over, or does not know any more."""
    runs = {run_id: instance.get_run_by_id(run_id) for run_id in run_ids}
    return [run_id for run_id, run in runs.items() if run is None or run.is_finished]


def reporters(context: dg.AssetExecutionContext) -> tuple[OnProgress, Callable[[float, str], None]]:
    """How a step tells its progress and its waits: to its log now and then, to listeners always."""
    last_logged, last_observed = [time.monotonic()], [time.monotonic()]
    speeds: dict[str, Speed] = {}

    def on_progress(progress: Progress) -> None:
        speed = speeds.setdefault(progress.stage, Speed(time.monotonic()))
        for listener in progress_listeners:
            listener(progress)
        if time.monotonic() - last_logged[0] >= LOG_PROGRESS_EVERY_S:
            last_logged[0] = time.monotonic()
            told = progress.words(speed)
            told_so_far = f"{progress.stage}: {progress.done} of {progress.total or '?'}"
            context.log.info(", ".join(filter(None, (told_so_far, told))))
            if told and time.monotonic() - last_observed[0] >= OBSERVE_PROGRESS_EVERY_S:
                last_observed[0] = time.monotonic()
                for key in context.selected_asset_keys:
                    context.log_event(dg.AssetObservation(key, metadata={"outlook": told}))

    def on_wait(seconds: float, reason: str) -> None:
        for listener in wait_listeners:
            listener(seconds, reason)
        for speed in speeds.values():
            speed.waited_s += seconds
        context.log.info(f"waiting {seconds:.0f} s: {reason}")

    return on_progress, on_wait


@contextmanager
def traces_without_secrets() -> Iterator[None]:
    """A bug may carry a secret in its message or in its cause, and Dagster stores and shows both."""
    try:
        yield
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        if redact(trace) == trace:
            raise
        raise dg.Failure(redact(trace)) from None


@contextmanager
def failures_in_words(context: dg.AssetExecutionContext, retry: bool = False) -> Iterator[None]:
    """Expected failures end the step with their sentence and next step, not with a stack trace.

    With `retry` the step's retry policy may try again what the provider's bad moment broke.
    """
    try:
        with traces_without_secrets():
            yield
    except PacelineError as error:
        context.log.error(str(error))
        raise dg.Failure(
            description=str(error),
            metadata={"next step": error.next_step, "kind": type(error).__name__, "process": os.getpid()},
            allow_retries=retry and isinstance(error, ProviderUnavailable | BadAnswer),
        ) from None
