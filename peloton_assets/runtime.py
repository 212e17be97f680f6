"""What asset bodies share: options in run config, a workspace for the run, reports month by month.

A month is reported to Dagster the moment it is stored, so a stopped backfill keeps its finished months.
Dagster reports every month of the range once more at the end of a step; it gets the same facts again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dagster as dg
from pydantic import Field

from peloton_assets.partitions import MONTHS, month_of, partition_of
from peloton_assets.scope import Scope
from peloton_assets.workspace import MonthReport, Workspace
from resources import dagster_runs
from resources.dagster_runs import failures_in_words, reporters
from resources.errors import UsageProblem
from resources.settings import load_settings
from resources.state import SyncCounts


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
    """The run's months, oldest first. Raises UsageProblem when it was launched without any."""
    if not has_months(context):
        raise without_months()
    return tuple(sorted(month_of(key) for key in context.partition_keys))


def has_months(context: dg.AssetExecutionContext) -> bool:
    """Whether the run was launched for a month, or a range of them."""
    return bool(context.has_partition_key or context.has_partition_key_range)


def without_months() -> UsageProblem:
    """What is told to a person who launched without choosing a month."""
    return UsageProblem(
        "This run was launched without a month",
        "Choose one in the field Partition of the launchpad, or launch it by Materialize, which asks for months.",
    )


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
    months = months_of(context) if has_months(context) else ()
    partition = f"{months[0]}...{months[-1]}" if months else ""
    with dagster_runs.recorded(context, work, name, partition) as counts:
        yield Sync(context, work, months, counts)


def workspace(
    context: dg.AssetExecutionContext, delay_s: float | None = None, account: str = "default"
) -> Workspace:
    """The workspace of a step, reporting progress to its log now and then and to listeners always."""
    on_progress, on_wait = reporters(context)
    return Workspace(
        load_settings(),
        run_id=context.run.run_id,
        delay_s=delay_s,
        account=account,
        on_progress=on_progress,
        on_wait=on_wait,
    )
