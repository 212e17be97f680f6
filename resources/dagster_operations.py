"""The group "operations": one asset per provider that shows how it goes, measured every hour without a request.

Each code location has its own, so that a location that fails to load leaves the others' picture whole. The tables go
to `ops` with the next build of the warehouse. Surprising: these runs delete the old ones of their own job, since
Dagster keeps every run for ever and nobody reads yesterday's hours.
"""

import base64
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from resources.dagster_alerts import failed_runs
from resources.dagster_runs import failures_in_words
from resources.dagster_tables import OWNERS
from resources.links import markdown_table, words
from resources.operations import coverage
from resources.operations.stock import BROKEN, NOTE, Finding, Source, Stock, record, take_stock
from resources.outlook import moment_words
from resources.settings import Settings, load_settings
from resources.state import State
from resources.workspace import now

GROUP = "operations"
RUNS_KEPT = timedelta(days=3)
MOST_DELETED = 50  # of one run, so that it stays short
CHECK = "nothing_needs_you"
SHOWN = 12
LONGEST_CELL_CHARS = 1_000  # a cure is of no use without its end


@dataclass(frozen=True)
class Operations:
    """What a code location adds to its definitions."""

    asset: dg.AssetsDefinition
    job: Any
    schedule: dg.ScheduleDefinition


def operations_of(
    source: Source, minute: int, months: Callable[[Settings], Collection[str]] = lambda _: ()
) -> Operations:
    """The asset `operations/<source>`, its job and its hourly schedule. `months` must be there of public resources."""

    @dg.asset(
        key=[GROUP, source.name], group_name=GROUP, owners=OWNERS, kinds={"sqlite"},
        check_specs=[check_spec([GROUP, source.name])],
        description=f"How it goes with {source.name}: accounts, limits, what is left to ask and until when, which"
        " months are complete, what needs you. Makes no request.",
    )  # fmt: skip
    def operations(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with failures_in_words(context):
            settings = load_settings()
            state = State(settings.state_place)
            stock = take_stock(source, settings, failed_runs(context.instance, source.name))
            record(state, stock)
            years = coverage.years(state, {source.name: months(settings)}, source.name)
        told = stock.words or "nothing is left to ask"
        context.log.info(told)
        delete_old_runs(context)
        return dg.MaterializeResult(
            metadata={
                "outlook": told,
                "months": picture(coverage.heat_map(years), f"months of {source.name}"),
                "left to ask": dg.MetadataValue.md(backlog_table(stock)),
                "accounts": dg.MetadataValue.md(accounts_table(stock)),
                "limits": dg.MetadataValue.md(limits_table(stock)),
                "needs you": dg.MetadataValue.md(findings_table(stock.findings)),
            },
            check_results=[check_result(stock.findings)],
        )  # fmt: skip

    job: Any = dg.define_asset_job(
        f"{source.name}_{GROUP}",
        dg.AssetSelection.groups(GROUP),
        description="How it goes, without a request.",
    )
    schedule = dg.ScheduleDefinition(
        name=f"{source.name}_{GROUP}_hourly",
        job=job,
        cron_schedule=f"{minute} * * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Looks every hour how it goes. Needs no sign-in and makes no request.",
    )
    return Operations(operations, job, schedule)


def check_spec(asset: list[str]) -> dg.AssetCheckSpec:
    """The check of what `check_result` gives."""
    return dg.AssetCheckSpec(
        CHECK, asset=asset, description="Nothing is broken, and nothing will break soon."
    )


def check_result(findings: Sequence[Finding]) -> dg.AssetCheckResult:
    """Passed when there are only notes; an error when something is broken already."""
    serious = [one for one in findings if one.severity != NOTE]
    is_broken = any(one.severity == BROKEN for one in serious)
    return dg.AssetCheckResult(
        check_name=CHECK,
        passed=not serious,
        severity=dg.AssetCheckSeverity.ERROR if is_broken else dg.AssetCheckSeverity.WARN,
        metadata={"findings": dg.MetadataValue.md(findings_table(serious))},
    )


def delete_old_runs(context: dg.AssetExecutionContext) -> None:
    """Forget runs of this job that are over for days."""
    over = dg.RunsFilter(
        job_name=context.run.job_name,
        statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED],
        updated_before=now() - RUNS_KEPT,
    )
    for run in (
        context.instance.get_runs(over, limit=MOST_DELETED) if context.run.job_name.endswith(GROUP) else ()
    ):
        context.instance.delete_run(run.run_id)


def backlog_table(stock: Stock) -> str:
    """What is left, resource by resource, as Markdown."""
    local = stock.measured_at.astimezone()
    return markdown(
        ("resource", "account", "requests left", "months left", "done about", "in the background about"),
        [
            (
                row["resource"], row["account"],
                f"{'at least ' if row['is_at_least'] else ''}{row['requests_left']:,}", row["months_left"],
                moment_words(row["done_at"], local) if row["done_at"] else "",
                moment_words(row["background_done_at"], local) if row["background_done_at"] else "",
            )
            for row in stock.backlog
        ],
    )  # fmt: skip


def accounts_table(stock: Stock) -> str:
    """Accounts without secrets, as Markdown."""
    return markdown(
        ("account", "state", "token obtained", "access ends", "renews itself", "note"),
        [
            (
                each.account, each.state, _utc(stock.obtained_at(each)), _utc(stock.ends_at(each)),
                "yes" if each.has_refresh_token else "no", each.note,
            )
            for each in stock.connections
        ],
    )  # fmt: skip


def limits_table(stock: Stock) -> str:
    """What is spent and left of each limit, as Markdown."""
    return markdown(
        ("limit", "allowed", "used", "left", "begins anew"),
        [
            (
                each.window, _number(each.allowed), each.used, _number(each.left),
                _utc(each.resets_at),
            )
            for each in stock.limits
        ],
    )  # fmt: skip


def findings_table(findings: Sequence[Finding]) -> str:
    """What is wrong, and the cure, as Markdown."""
    return markdown(
        ("severity", "area", "what", "cure"),
        [(one.severity, one.area, one.what, one.cure) for one in findings[:SHOWN]],
        "nothing",
    )


def markdown(columns: Sequence[str], rows: Sequence[Sequence[object]], otherwise: str = "none yet") -> str:
    """A table in Markdown; a text from elsewhere stays text."""
    if not rows:
        return otherwise
    return markdown_table(columns, [[words(cell, LONGEST_CELL_CHARS) for cell in row] for row in rows])


def picture(svg: str, label: str) -> dg.MetadataValue:
    """An SVG in Markdown, if there is something to show."""
    if not svg:
        return dg.MetadataValue.md("none yet")
    return dg.MetadataValue.md(
        f"![{label}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
    )


def _utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"
