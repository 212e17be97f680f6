"""The jobs as Dagster runs them: what a step stores, reports, and says when it fails."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from in_process import InProcess
from observing import by_id, listed, quiet

from peloton_assets.definitions import defs
from peloton_assets.members import member_of
from peloton_assets.partitions import partition_of
from peloton_assets.schedules import unfinished_workouts
from peloton_assets.workout_items import GRAPHS, ask_for, plan_graphs
from peloton_assets.workout_list import sync_workouts
from peloton_assets.workspace import Workspace
from resources.lake import Lake
from resources.warehouse import open_warehouse
from sandbox.client import Sandbox

SUMMER = ("2020-06", "2020-07", "2020-08")
CRAWLS = ("peloton__ride_list", "peloton__ride_details")


@pytest.fixture
def instance(work: Workspace) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def run(
    instance: dg.DagsterInstance, job: str, months: tuple[str, ...] = (), **options: Any
) -> dg.ExecuteInProcessResult:
    tags = {}
    if months:
        tags["dagster/asset_partition_range_start"] = partition_of(months[0])
        tags["dagster/asset_partition_range_end"] = partition_of(months[-1])
    config: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if options:
        config["ops"] = {step: {"config": options} for step in CRAWLS}
    return defs.resolve_job_def(job).execute_in_process(
        run_config=config, instance=instance, tags=tags, raise_on_error=False
    )


def sync_runs(work: Workspace) -> dict[str, dict[str, Any]]:
    return {row["resource"]: row for row in work.state.rows("SELECT * FROM sync_runs ORDER BY started")}


def test_a_range_of_months_is_one_run_that_reports_each_month(
    instance: dg.DagsterInstance, work: Workspace, peloton: Sandbox
) -> None:
    result = run(instance, "peloton_library", SUMMER, classes="all")
    assert result.success
    for name in ("ride_list", "ride_details", "rides", "playlists", "songs", "song_artists"):
        found = instance.get_materialized_partitions(dg.AssetKey(["peloton", name]))
        assert found >= {partition_of(month) for month in SUMMER}, name
    assert {name: row["outcome"] for name, row in sync_runs(work).items()} == {
        "ride_list": "done", "ride_details": "done", "references": "done",
    }  # fmt: skip
    counted = sum(row["requests"] for row in sync_runs(work).values())
    assert (
        counted
        == sum(peloton.counters()["by_endpoint"].values()) - peloton.counters()["by_endpoint"]["token"]
    )
    checks = result.get_asset_check_evaluations()
    assert {check.check_name for check in checks if not check.passed} <= {"list_is_fresh"}
    with open_warehouse(work.settings.warehouse_file) as connection:
        (songs,) = connection.execute("SELECT count(*) FROM peloton.songs").fetchall()[0]
    truth = [row for row in listed(peloton) if row["id"] in by_id(work.lake, "staging.ride_details")]
    assert songs == sum(row["songs"] for row in truth)


def test_a_dry_run_stores_nothing(instance: dg.DagsterInstance, work: Workspace, data_dir: Path) -> None:
    assert run(instance, "peloton_library", SUMMER, dry_run=True).success
    assert not list((data_dir / "landing").rglob("*.zst"))
    assert Lake(data_dir / "lake").months("staging.ride_listings") == []


def test_a_step_that_fails_says_why_in_one_sentence(
    instance: dg.DagsterInstance, work: Workspace, peloton: Sandbox
) -> None:
    peloton.faults({"kind": "status", "status": 404, "endpoint": "archived", "times": 0})
    result = run(instance, "peloton_library", SUMMER)
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    reason = failed.step_failure_data.user_failure_data.description
    assert "status 404" in reason and "run" in reason
    row = sync_runs(work)["ride_list"]
    assert (row["outcome"], row["exit_code"], row["stop_reason"]) == ("failed", 1, reason)
    assert row["requests"] >= 1


def test_the_full_walk_marks_and_unmarks_by_itself(
    instance: dg.DagsterInstance, work: Workspace, peloton: Sandbox
) -> None:
    """Without waiting for the next sync of those months."""

    def marked() -> set[str]:
        assert run(instance, "peloton_full_walk").success
        return {
            ride for ride, row in by_id(work.lake, "peloton.rides").items() if row["removed_at"] is not None
        }

    assert marked() == set()
    gone = peloton.remove(count=5, page=1)
    assert marked() == set(gone)
    peloton.restore(*gone[:3])
    assert marked() == set(gone[3:])


def test_what_a_time_limit_left_is_launched_only_while_it_can_be_asked(
    work: Workspace, peloton: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account that cannot sign in any more must not be launched for every minute, for ever."""
    peloton_with = InProcess(60, date(2021, 6, 30), workouts=12).workspace(work.settings.data_dir)
    with peloton_with.crawling():
        member = member_of(peloton_with)
        sync_workouts(peloton_with, member, quiet)
        ask_for(GRAPHS, peloton_with, member, plan_graphs(peloton_with, member), quiet, ends_at=0.0)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance)
        found = unfinished_workouts(context)
        assert isinstance(found, dg.RunRequest)
        assert found.run_config["ops"]["peloton__performance_graphs"] == {"config": {"all_months": True}}
        monkeypatch.delenv("PELOTON_REFRESH_TOKEN", raising=False)
        monkeypatch.delenv("PELOTON_ACCESS_TOKEN", raising=False)
        shutil.rmtree(work.settings.state_dir / "tokens", ignore_errors=True)
        assert isinstance(unfinished_workouts(context), dg.SkipReason)
