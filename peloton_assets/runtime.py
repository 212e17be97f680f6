"""What asset bodies share: options in run config, a workspace for the run, reports month by month.

A month is reported to Dagster the moment it is stored, so a stopped backfill keeps its finished months.
Dagster reports every month of the range once more at the end of a step; it gets the same facts again.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import dagster as dg
from pydantic import Field

from peloton_assets.partitions import MONTHS, month_of, partition_of
from peloton_assets.scope import Scope
from peloton_assets.workspace import SOURCE, MonthReport, Progress, Workspace, now
from resources.errors import (
    INTERRUPTED_EXIT_CODE,
    BadAnswer,
    LimitReached,
    PacelineError,
    ProviderUnavailable,
    is_interrupt,
    reason_of,
)
from resources.redact import redact
from resources.settings import load_settings
from resources.state import SyncCounts

LOG_PROGRESS_EVERY_S = 10.0
# Where the command line listens while it runs the job in its own process.
progress_listeners: list[Callable[[Progress], None]] = []
wait_listeners: list[Callable[[float, str], None]] = []


class LibraryOptions(dg.Config):
    """Options of `paceline sync peloton`, as run config."""

    disciplines: list[str] = Field(default=[], description="Category slugs such as cycling; empty for all.")
    classes: str = Field(default="power-zone", description="Whose details are fetched: power-zone or all.")
    limit: int | None = Field(default=None, description="At most so many class details, newest first.")
    refresh: bool = Field(default=False, description="Ask again for what is already landed.")
    dry_run: bool = Field(default=False, description="Only say what would be fetched, created and updated.")
    delay: float | None = Field(
        default=None, description="Seconds between requests; default from the environment."
    )
    username: str = Field(default="default", description="Whose sign-in is used.")

    def scope(self, months: tuple[str, ...]) -> Scope:
        """These options for a window of months; raises UsageProblem."""
        return Scope(months, tuple(self.disciplines), self.classes, self.limit, self.refresh)


@dataclass
class Sync:
    """One asset step at work. Its months are those of the run's partitions."""

    context: dg.AssetExecutionContext
    work: Workspace
    months: tuple[str, ...]
    counts: SyncCounts = field(default_factory=SyncCounts)
    reported: list[MonthReport] = field(default_factory=list)

    def report(self, report: MonthReport) -> None:
        """A month of this step's asset is stored."""
        report_month(self.context, self.context.asset_key, report)
        self.reported.append(report)

    def keep(self, report: MonthReport) -> None:
        """A month is stored that is none of this asset's partitions."""
        self.reported.append(report)


def report_month(context: dg.AssetExecutionContext, key: dg.AssetKey, report: MonthReport) -> None:
    """Tell Dagster now that a month of an asset is stored: a step that is stopped later keeps it."""
    partition = partition_of(report.month)
    if MONTHS.has_partition_key(partition):
        context.log_event(dg.AssetMaterialization(key, partition=partition, metadata=_metadata(report)))
    describe_month(context, key, report)


def describe_month(context: dg.AssetExecutionContext, key: dg.AssetKey, report: MonthReport) -> None:
    """Give Dagster the facts of a month for the materialization that it records at the end of the step."""
    partition = partition_of(report.month)
    if partition in context.partition_keys:
        context.add_asset_metadata(_metadata(report), asset_key=key, partition_key=partition)


def _metadata(report: MonthReport) -> dict[str, int | str]:
    return {"dagster/partition_row_count": report.rows, **report.facts}


def months_of(context: dg.AssetExecutionContext) -> tuple[str, ...]:
    """The run's months, oldest first."""
    return tuple(sorted(month_of(key) for key in context.partition_keys))


@contextmanager
def syncing(
    context: dg.AssetExecutionContext, options: LibraryOptions | None = None, resource: str | None = None
) -> Iterator[Sync]:
    """A crawl step: alone with the provider, recorded in ops.sync_runs, its errors told in one sentence."""
    with failures_in_words(context):
        work = workspace(
            context, options.delay if options else None, options.username if options else "default"
        )
        with recorded(context, work, resource or context.asset_key.path[-1]) as sync:
            yield sync


@contextmanager
def recorded(context: dg.AssetExecutionContext, work: Workspace, name: str) -> Iterator[Sync]:
    """A row in ops.sync_runs for what happens inside, alone with the provider."""
    months = months_of(context) if context.has_partition_key or context.has_partition_key_range else ()
    partition = f"{months[0]}...{months[-1]}" if months else ""
    run_id, state, sync = context.run.run_id, work.state, Sync(context, work, months)
    state.start_run(run_id, SOURCE, name, partition, now(), "waiting")

    def end(
        outcome: str = "done", reason: str | None = None, code: int = 0, at: datetime | None = None
    ) -> None:
        state.end_run(run_id, SOURCE, name, partition, sync.counts, now(), outcome, reason, code, at)

    try:
        with work.crawling():
            state.close_dead_runs(SOURCE, now(), _ended(context.instance, state.waiting_runs(SOURCE)))
            state.start_run(run_id, SOURCE, name, partition, now())
            yield sync
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


def workspace(
    context: dg.AssetExecutionContext, delay_s: float | None = None, account: str = "default"
) -> Workspace:
    """The workspace of a step, reporting progress to its log now and then and to listeners always."""
    last_logged = [time.monotonic()]
    began: dict[str, float] = {}

    def on_progress(progress: Progress) -> None:
        began.setdefault(progress.stage, time.monotonic())
        for listener in progress_listeners:
            listener(progress)
        if time.monotonic() - last_logged[0] >= LOG_PROGRESS_EVERY_S:
            last_logged[0] = time.monotonic()
            finish = _finish(progress, time.monotonic() - began[progress.stage])
            context.log.info(f"{progress.stage}: {progress.done} of {progress.total or '?'}{finish}")

    def on_wait(seconds: float, reason: str) -> None:
        for listener in wait_listeners:
            listener(seconds, reason)
        context.log.info(f"waiting {seconds:.0f} s: {reason}")

    return Workspace(
        load_settings(),
        run_id=context.run.run_id,
        delay_s=delay_s,
        account=account,
        on_progress=on_progress,
        on_wait=on_wait,
    )


def _finish(progress: Progress, spent_s: float) -> str:
    """When it is done at the pace so far."""
    if not progress.total or not progress.done:
        return ""
    left_s = spent_s * (progress.total - progress.done) / progress.done
    return f", done at {now() + timedelta(seconds=left_s):%H:%M} UTC at this pace"


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
