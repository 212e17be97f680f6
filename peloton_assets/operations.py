"""The group "operations" of this location: Peloton, and the machine itself, which is one for all providers."""

import dagster as dg

from peloton_assets.scope import library_months
from peloton_assets.stock import PELOTON
from resources.dagster_operations import (
    GROUP,
    check_result,
    check_spec,
    findings_table,
    markdown,
    operations_of,
    picture,
)
from resources.dagster_runs import failures_in_words
from resources.dagster_tables import OWNERS
from resources.operations.machine import MACHINE, machine_findings
from resources.operations.size_plot import size_plot
from resources.operations.sizes import MONTH, WEEK, full_on, growth, measure, record_sizes, remembered
from resources.operations.stock import record_findings
from resources.settings import load_settings
from resources.state import State
from resources.workspace import now

SHOWN_RUNS, SHOWN_FAILURES = 12, 12
LAST_RUNS = (
    "SELECT source, resource, partition, started, outcome, requests, fetched, errors, stop_reason FROM sync_runs"
    " ORDER BY started DESC LIMIT ?"
)
LAST_FAILURES = (
    "SELECT source, resource, account, id, attempts, message, next_try FROM failures"
    " ORDER BY last_failed_at DESC LIMIT ?"
)

PELOTON_OPERATIONS = operations_of(PELOTON, minute=4, months=library_months)


@dg.asset(
    key=[GROUP, MACHINE], group_name=GROUP, owners=OWNERS, kinds={"sqlite"}, check_specs=[check_spec([GROUP, MACHINE])],
    description="How it goes with this machine: sizes and growth, last runs and failures of all providers, what will"
    " break next. Makes no request.",
)  # fmt: skip
def machine(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    with failures_in_words(context):
        settings = load_settings()
        state, today = State(settings.state_place), now().date()
        record_sizes(state, measure(settings), now())
        known = remembered(state)
        findings = machine_findings(settings)
        record_findings(state, MACHINE, findings, now())
    full = full_on(known, today)
    return dg.MaterializeResult(
        metadata={
            "needs you": dg.MetadataValue.md(findings_table(findings)),
            "sizes by day": picture(size_plot(known), "sizes by day"),
            "sizes": dg.MetadataValue.md(
                markdown(
                    ("part", "MB", f"in {WEEK} days", f"in {MONTH} days"),
                    [
                        (
                            room,
                            _mb(by_day[today]),
                            *(_mb(growth(by_day, today, days)) for days in (WEEK, MONTH)),
                        )
                        for room, by_day in known.items()
                        if today in by_day
                    ],
                )
            ),
            "disk is full": f"on {full} at the pace of the last weeks" if full else "not foreseen",
            "last runs": dg.MetadataValue.md(_table(state.rows(LAST_RUNS, SHOWN_RUNS))),
            "last failures": dg.MetadataValue.md(_table(state.rows(LAST_FAILURES, SHOWN_FAILURES))),
        },
        check_results=[check_result(findings)],
    )


def _table(rows: list[dict[str, object]]) -> str:
    return markdown([*rows[0]], [list(row.values()) for row in rows]) if rows else "none yet"


def _mb(count: int | None) -> str:
    return "" if count is None else f"{count / 1e6:,.1f}"
