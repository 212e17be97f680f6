"""The jobs as Dagster runs them, against a real sandbox: what they store, report, and say when they fail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from command_line import paceline
from racing_in_process import rows

from iracing_assets.definitions import defs
from iracing_assets.partitions import partition_of
from iracing_assets.schedules import JOBS
from iracing_assets.workspace import Workspace
from resources import iracing
from resources.settings import load_settings
from resources.warehouse import open_warehouse
from sandbox.client import Sandbox

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
MONTHLY = ("events", "event_car_restrictions", "time_slots")


@pytest.fixture
def instance(live: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setattr(iracing, "DOWNLOADS_PER_SECOND", 900.0)
    live.reset()
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def run(
    instance: dg.DagsterInstance, job: str, tags: dict[str, str] | None = None, **config: Any
) -> dg.ExecuteInProcessResult:
    ops = {"ops": {f"iracing__{step}": {"config": options} for step, options in config.items()}}
    return defs.resolve_job_def(job).execute_in_process(
        run_config=QUIET | (ops if config else {}), instance=instance, tags=tags or {}, raise_on_error=False
    )


def work() -> Workspace:
    return Workspace(load_settings())


def counted(live: Sandbox) -> int:
    """Requests for data; downloads and the sign-in are not counted by the provider."""
    asked: dict[str, int] = live.counters()["by_endpoint"]
    return sum(n for name, n in asked.items() if name not in ("iracing_storage", "iracing_token"))


def sync_runs() -> dict[str, dict[str, Any]]:
    return {row["resource"]: row for row in work().state.rows("SELECT * FROM sync_runs ORDER BY started")}


def test_the_daily_job_stores_reports_and_publishes(instance: dg.DagsterInstance, live: Sandbox) -> None:
    result = run(instance, "iracing_current")
    assert result.success
    assert counted(live) == sum(row["requests"] for row in sync_runs().values()) == 8
    assert {row["outcome"] for row in sync_runs().values()} == {"done"}
    checks = result.get_asset_check_evaluations()
    assert len(checks) > 15 and {check.check_name for check in checks if not check.passed} == set()
    months = Counter(
        week["start_date"][:7] for season in live.iracing_truth()["seasons"] for week in season["schedules"]
    )
    found = instance.get_materialized_partitions(dg.AssetKey(["iracing", "events"]))
    assert found == {partition_of(month) for month in months}, "written with the seasons"
    with open_warehouse(work().settings.warehouse_file) as connection:
        (events,) = connection.execute("SELECT count(*) FROM iracing.events").fetchall()[0]
    assert events == months.total()
    calendar = result.asset_materializations_for_node("iracing__race_calendar")[0]
    assert "race week" in calendar.metadata and calendar.metadata["dagster/row_count"].value > events

    live.reset()
    again = run(instance, "iracing_current")
    assert again.success and counted(live) == 8
    written = [
        event.metadata["files written"].value
        for name in ("schedules", "equipment")
        for event in again.asset_materializations_for_node(name)
    ]
    assert len(written) == 7 and set(written) == {0}


@pytest.mark.parametrize("job", [job.name for job in JOBS if job.name != "iracing_current"])
def test_every_job_runs_as_its_launchpad_shows_it(
    job: str, instance: dg.DagsterInstance, live: Sandbox
) -> None:
    result = run(instance, job)
    assert result.success, [event.message for event in result.all_events if event.is_step_failure]
    assert counted(live) == {"iracing_series": 2, "iracing_current_seasons": 1, "iracing_car_classes": 3}.get(
        job, 0
    )
    assert work().settings.warehouse_file.exists(), "empty tables are tables"


def test_past_seasons_say_what_is_left(instance: dg.DagsterInstance, live: Sandbox) -> None:
    series_id = live.iracing_truth()["seasons"][0]["series_id"]
    options = {"series_ids": [series_id], "limit": 3, "refresh": False}
    result = run(instance, "iracing_past_seasons", past_seasons=options)
    (event,) = result.asset_materializations_for_node("iracing__past_seasons")
    assert event.metadata["fetched"].value == 3 == counted(live)
    assert event.metadata["left for the next launch"].value > 0


def test_months_of_race_weeks_are_built_again_in_one_run(instance: dg.DagsterInstance, live: Sandbox) -> None:
    run(instance, "iracing_current_seasons")
    before, asked = rows(work().lake, "iracing.events"), counted(live)
    for path in work().lake.files("iracing.events"):
        path.unlink()
    (asset,) = [
        each for each in defs.assets or [] if getattr(each, "op", None) and each.op.name == "race_weeks"
    ]  # type: ignore[union-attr]
    result = dg.materialize(
        [asset], instance=instance, run_config=QUIET,
        tags={
            "dagster/asset_partition_range_start": "2026-01-01",
            "dagster/asset_partition_range_end": "2027-03-01",
        },
    )  # fmt: skip
    assert result.success
    assert rows(work().lake, "iracing.events") == before != []
    for name in MONTHLY:
        assert len(instance.get_materialized_partitions(dg.AssetKey(["iracing", name]))) == 15
    assert counted(live) == asked


@pytest.mark.promise("B3")
def test_a_step_that_fails_says_why_in_one_sentence(instance: dg.DagsterInstance, live: Sandbox) -> None:
    live.settings(maintenance=True)
    result = run(instance, "iracing_current_seasons")
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    reason = failed.step_failure_data.user_failure_data.description
    assert "maintenance" in reason and "run the same command again after" in reason
    row = sync_runs()["current_seasons"]
    assert (row["outcome"], row["exit_code"], row["requests"], row["stop_reason"]) == (
        "stopped",
        3,
        1,
        reason,
    )
    assert row["resume_at"]


@pytest.mark.tier("N")
def test_the_command_is_the_job(instance: dg.DagsterInstance, live: Sandbox) -> None:
    """`paceline sync iracing`: summary, exit codes, and tables of what arrived before a stop."""
    del instance
    first = paceline("sync", "iracing", "--json")
    facts = json.loads(first.out)
    assert (first.code, facts["outcome"], facts["requests"]) == (0, "done", 8), first.err
    assert facts["created"] > 100 and facts["updated"] == facts["errors"] == 0
    season_id = live.iracing_truth()["all_season_ids"][-1]
    one = json.loads(paceline("sync", "iracing", "--season-id", str(season_id), "--json").out)
    assert (one["requests"], one["fetched"]) == (1, 1)
    live.settings(maintenance=True)
    stopped = paceline("sync", "iracing", "--json")
    assert stopped.code == 3 and json.loads(stopped.out)["resume_at"]


@pytest.mark.parametrize(
    "options",
    [("--season-id", "1", "--past"), ("--series-id", "3"), ("--past", "--limit", "-1"), ("--season-id", "0")],
)
def test_options_that_contradict_each_other_are_refused(options: tuple[str, ...], live: Sandbox) -> None:
    live.reset()
    ended = paceline("sync", "iracing", *options)
    assert ended.code == 2 and ended.err.count("\n") <= 2
    assert counted(live) == 0
