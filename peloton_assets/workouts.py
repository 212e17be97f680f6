"""Assets of members' workouts: at once on the list, then classes and performance graphs, and the tables of them."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from peloton_assets.accounts import RETRY, MemberOptions, for_each_account
from peloton_assets.library import OWNERS, build_run_months
from peloton_assets.members import Member
from peloton_assets.partitions import MONTHS, RUNS
from peloton_assets.preview import column_lineage, column_schema, staged_columns
from peloton_assets.runtime import Sync, without_months, workspace
from peloton_assets.transform import GRAPHS, WORKOUTS
from peloton_assets.wanted import QueuePlan
from peloton_assets.workout_items import (
    CLASSES,
    SESSIONS,
    ask_for,
    plan_classes,
    plan_graphs,
    plan_sessions,
)
from peloton_assets.workout_items import GRAPHS as GRAPHS_RESOURCE
from peloton_assets.workout_list import sync_workouts
from resources.dagster_automation import FOLLOW_INPUTS
from resources.dagster_preview import bars, description, rows_per_month, rows_preview

GROUP = "peloton_workouts"
FETCHED: dict[str, Any] = {
    "group_name": GROUP, "owners": OWNERS, "key_prefix": "peloton", "partitions_def": MONTHS,
    "backfill_policy": RUNS, "kinds": {"api", "parquet"},
}  # fmt: skip


@dg.asset(
    **FETCHED, pool="peloton_api",
    description="Every workout of the connected members, from their lists; months proven by the provider's counts.",
    metadata=staged_columns("workout_list"),
)  # fmt: skip
def workout_list(context: dg.AssetExecutionContext, config: MemberOptions) -> dg.MaterializeResult:
    def sync_list(sync: Sync, member: Member) -> None:
        sync_workouts(
            sync.work, member, sync.report, months_asked(sync, config), sync.counts, config.refresh,
            config.accept_removals,
        )  # fmt: skip

    done = for_each_account(context, config, sync_list)
    lake = workspace(context).lake
    return dg.MaterializeResult(
        metadata={
            "workouts per month": bars(rows_per_month(lake, WORKOUTS), "workouts"),
            "preview": rows_preview(lake, WORKOUTS, ["title", "fitness_discipline", "start_time"]),
            **done.metadata(),
        }
    )


@dg.asset(
    **FETCHED, pool="peloton_classes", deps=[workout_list], retry_policy=RETRY, automation_condition=FOLLOW_INPUTS,
    description="Details of the classes that members took and the library lacks: one request per class, ever.",
    metadata=staged_columns("workout_classes"),
)  # fmt: skip
def workout_classes(context: dg.AssetExecutionContext, config: MemberOptions) -> dg.MaterializeResult:
    def sync_classes(sync: Sync, member: Member) -> None:
        ends_at, months = soft_end(config), months_asked(sync, config)
        sessions = plan_sessions(sync.work, member, months, config.limit)
        ask_for(SESSIONS, sync.work, member, sessions, sync.keep, sync.counts, ends_at)
        classes = plan_classes(sync.work, member, months, config.limit)
        ask_for(CLASSES, sync.work, member, classes, sync.keep, sync.counts, ends_at)

    return dg.MaterializeResult(
        metadata=for_each_account(context, config, sync_classes, in_background=True).metadata()
    )


@dg.asset(
    **FETCHED, pool="peloton_graphs", deps=[workout_list], retry_policy=RETRY, automation_condition=FOLLOW_INPUTS,
    description="Summaries and time series of each complete workout: one request per workout, ever.",
    metadata=staged_columns("performance_graphs"),
)  # fmt: skip
def performance_graphs(context: dg.AssetExecutionContext, config: MemberOptions) -> dg.MaterializeResult:
    def sync_graphs(sync: Sync, member: Member) -> None:
        months = months_asked(sync, config)
        plan: QueuePlan = plan_graphs(sync.work, member, months, config.limit, config.refresh)
        ask_for(GRAPHS_RESOURCE, sync.work, member, plan, sync.report, sync.counts, soft_end(config))

    done = for_each_account(context, config, sync_graphs, in_background=True)
    graphs = bars(rows_per_month(workspace(context).lake, GRAPHS), "graphs")
    return dg.MaterializeResult(metadata={"graphs per month": graphs, **done.metadata()})


@dg.asset(
    group_name=GROUP, owners=OWNERS, key_prefix="peloton", partitions_def=MONTHS, backfill_policy=RUNS,
    kinds={"sql", "parquet"}, deps=[workout_list, workout_classes], automation_condition=FOLLOW_INPUTS,
    description=description("peloton.workouts"), metadata=column_schema("peloton.workouts"),
)  # fmt: skip
def workouts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    lake = build_run_months(context, {context.asset_key: "peloton.workouts"})
    return dg.MaterializeResult(
        metadata={
            "workouts per month": bars(rows_per_month(lake, "peloton.workouts"), "workouts"),
            "preview": rows_preview(lake, "peloton.workouts", ["title", "fitness_discipline", "start_time"]),
            **column_lineage("peloton.workouts"),
        }
    )


@dg.multi_asset(
    name="workout_series",
    specs=[
        dg.AssetSpec(
            ["peloton", name], group_name=GROUP, owners=OWNERS, kinds={"sql", "parquet"},
            deps=[workout_list, performance_graphs], automation_condition=FOLLOW_INPUTS,
            description=description(f"peloton.{name}"), metadata=column_schema(f"peloton.{name}"),
        )
        for name in ("workout_summaries", "workout_samples")
    ],
    partitions_def=MONTHS,
    backfill_policy=RUNS,
)  # fmt: skip
def workout_series(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    tables = {key: f"peloton.{key.path[-1]}" for key in sorted(context.selected_asset_keys)}
    lake = build_run_months(context, tables)
    for key, table in tables.items():
        picture = bars(rows_per_month(lake, table), "rows")
        yield dg.MaterializeResult(key, metadata={"rows per month": picture, **column_lineage(table)})


def months_asked(sync: Sync, config: MemberOptions) -> tuple[str, ...] | None:
    """The run's months, or None for all. Raises UsageProblem when it has none."""
    if not config.all_months and not sync.months:
        raise without_months()
    return None if config.all_months else sync.months


def soft_end(config: MemberOptions) -> float | None:
    """When to stop asking, as time.monotonic()."""
    return time.monotonic() + 60 * config.minutes if config.minutes else None
