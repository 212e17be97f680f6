"""The group "operations" of the three locations, materialized by Dagster on a data folder."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType

import dagster as dg
import pytest

from resources import dagster_operations
from resources.errors import BadAnswer
from resources.operations.daemon import KEEPS_CURRENT
from resources.state import Coverage, State
from resources.workspace import now

LOCATIONS = ("peloton", "iracing", "strava")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as temporary:
        yield temporary


def module(location: str) -> ModuleType:
    return import_module(f"{location}_assets.definitions")


def operate(location: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    result = (
        module(location).defs.resolve_job_def(f"{location}_operations").execute_in_process(instance=instance)
    )
    assert result.success
    return result


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, str]:
    key = dg.AssetKey(["operations", asset])
    [event] = [event for event in result.get_asset_materialization_events() if event.asset_key == key]
    return {name: str(value.value) for name, value in event.materialization.metadata.items()}


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_fresh_folder_needs_nobody_and_shows_so(
    location: str, data_dir: Path, instance: dg.DagsterInstance
) -> None:
    result = operate(location, instance)
    assert all(check.passed for check in result.get_asset_check_evaluations())
    told = metadata(result, location)
    assert (told["outlook"], told["needs you"], told["months"]) == (
        "nothing is left to ask",
        "nothing",
        "none yet",
    )
    state = State(data_dir / "state")
    assert state.rows("SELECT 1 FROM findings") == state.rows("SELECT 1 FROM backlog") == []


def test_what_is_wrong_is_shown_and_fails_the_check(data_dir: Path, instance: dg.DagsterInstance) -> None:
    state = State(data_dir / "state")
    state.record_coverage(
        "peloton", [Coverage("ride_list", "2019-02", "complete", provider_count=8)], "r", now()
    )
    state.start_run("a run", "strava", "activity_items", "", now())
    result = operate("peloton", instance)
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert [check.asset_key.path for check in failed] == [["operations", "machine"]]
    assert failed[0].severity == dg.AssetCheckSeverity.WARN
    assert r"strava activity\_items" in metadata(result, "machine")["needs you"]
    told = metadata(result, "peloton")
    assert re.match(r"at least \d+ requests left, [\d.]+/s allowed, done about ", told["outlook"])
    svg = base64.b64decode(told["months"].split("base64,")[1].rstrip(")")).decode()
    assert "2019-02 complete" in svg and "2019-03 unknown" in svg
    stored = {row["resource"]: row["months_left"] for row in state.rows("SELECT * FROM backlog")}
    assert stored["ride_list"] > 24
    assert {row["room"] for row in state.rows("SELECT room FROM sizes")} > {"landing", "warehouse"}


def test_a_strangers_text_is_no_markdown(data_dir: Path, instance: dg.DagsterInstance) -> None:
    hostile = "[go](http://there.invalid) ![p](http://there.invalid/p.png) <b> | `x` *loud*"
    state = State(data_dir / "state")
    state.record_failure("peloton", "ride_details", hostile, BadAnswer(hostile, "Look."), now())
    told = metadata(operate("peloton", instance), "machine")["last failures"]
    assert "there" in told
    assert not re.search(r"(?<!\\)(\]\(|[`*!<])", told.partition("---")[2])


@pytest.mark.tier("N")
def test_old_runs_of_its_own_are_deleted_and_no_others(
    data_dir: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    del data_dir
    first = operate("iracing", instance)
    second = operate("iracing", instance)
    assert {run.run_id for run in instance.get_runs()} == {first.run_id, second.run_id}, "they are of today"

    @dg.job
    def another() -> None:
        """A run that is kept."""

    kept = another.execute_in_process(instance=instance)
    monkeypatch.setattr(dagster_operations, "RUNS_KEPT", timedelta(0))
    third = operate("iracing", instance)
    assert {run.run_id for run in instance.get_runs()} == {kept.run_id, third.run_id}


@pytest.mark.parametrize("location", LOCATIONS)
def test_it_runs_every_hour_from_the_start(location: str) -> None:
    defs = module(location).defs
    schedule = defs.resolve_schedule_def(f"{location}_operations_hourly")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert re.fullmatch(r"\d+ \* \* \* \*", str(schedule.cron_schedule))
    if location in KEEPS_CURRENT:  # the doctor knows it by this name
        assert (
            defs.resolve_schedule_def(KEEPS_CURRENT[location]).default_status
            == dg.DefaultScheduleStatus.STOPPED
        )


def test_no_other_job_of_peloton_takes_them_along() -> None:
    defs = module("peloton").defs
    for name in ("peloton_library", "peloton_tables", "peloton_workout_items"):
        keys = defs.resolve_job_def(name).asset_layer.executable_asset_keys
        assert not any(key.path[0] == "operations" for key in keys), name
