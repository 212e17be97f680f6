"""What Dagster is shown of Strava: assets, jobs, months, sensors, and which tables follow what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml
from strava_in_process import StravaInProcess, keep_event, listed

from resources.settings import CHECKOUT, load_settings
from strava_assets import schedules
from strava_assets.definitions import defs
from strava_assets.partitions import FIRST_MONTH, MONTHS
from strava_assets.schedules import JOBS, background_sync, webhook_events
from strava_assets.workspace import Workspace

FETCHED = {"activity_list", "activity_items"}
WHOLE = {"athletes", "gear", "training_log"}
MONTHLY = {"activities", "activity_laps", "activity_zones", "activity_streams"}
GRAPH = defs.resolve_asset_graph()


def key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["strava", name])


def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.path[-1]: spec for spec in defs.resolve_all_asset_specs()}


def test_the_location_holds_exactly_these_assets_and_each_tells_what_it_is() -> None:
    assert {spec.key.to_user_string() for spec in specs().values()} == {
        *(f"strava/{name}" for name in FETCHED | WHOLE | MONTHLY), "operations/strava"
    }  # fmt: skip
    for name, spec in specs().items():
        assert spec.owners == ["team:paceline"], name
        assert spec.group_name in ("strava_fetched", "strava_tables", "published", "operations"), name
        assert spec.description and spec.kinds, name
    columns = {c.name: c for c in specs()["activities"].metadata["dagster/column_schema"].columns}
    assert columns["start_date"].type == "timestamp with time zone"
    assert all(column.description for column in columns.values())


def test_the_workspace_names_a_location_that_loads() -> None:
    workspace = yaml.safe_load((CHECKOUT / "workspace.yaml").read_text())
    modules = [entry["python_module"] for entry in workspace["load_from"]]
    assert {"module_name": "strava_assets.definitions", "location_name": "strava"}.items() <= {
        name: value for module in modules for name, value in module.items() if "strava" in str(value)
    }.items()
    dg.Definitions.validate_loadable(defs)


def test_months_of_the_start_and_a_backfill_of_them_is_one_run() -> None:
    for name in MONTHLY | {"activity_list"}:
        assert GRAPH.get(key(name)).partitions_def == MONTHS, name
        assert GRAPH.get(key(name)).backfill_policy == dg.BackfillPolicy.single_run(), name
    for name in WHOLE | {"activity_items"}:
        assert GRAPH.get(key(name)).partitions_def is None, name
    months = MONTHS.get_partition_keys()
    assert (months[0], months[-1]) == (f"{FIRST_MONTH}-01", f"{datetime.now(UTC):%Y-%m}-01")


def test_whatever_asks_the_provider_stands_in_one_line() -> None:
    for name in FETCHED | WHOLE | MONTHLY:
        assert ("strava_api" in GRAPH.get(key(name)).pools) == (name in FETCHED), name


def test_every_job_asks_only_for_what_it_names() -> None:
    asked = {
        job.name: FETCHED
        & {a.path[-1] for a in defs.resolve_job_def(job.name).asset_layer.executable_asset_keys}
        for job in JOBS
    }
    assert asked == {
        "strava_sync": {"activity_list"}, "strava_items": {"activity_items"}, "strava_tables": set(),
    }  # fmt: skip
    assert all(job.description for job in JOBS)


def test_items_and_tables_follow_the_list_and_the_warehouse_follows_them() -> None:
    instance = dg.DagsterInstance.ephemeral()
    ticks = [dg.evaluate_automation_conditions(defs, instance)]

    def after(*names: str, partition: str | None = None) -> set[str]:
        for name in names:
            instance.report_runless_asset_event(dg.AssetMaterialization(key(name), partition=partition))
        ticks.append(dg.evaluate_automation_conditions(defs, instance, cursor=ticks[-1].cursor))
        return {asset.path[-1] for asset in GRAPH.get_all_asset_keys() if ticks[-1].get_num_requested(asset)}

    month = MONTHS.get_last_partition_key()
    assert after("activity_list", partition=month) == {"activity_items", "athletes", "gear"}
    assert after("athletes", "gear") == {"training_log"}, "without waiting for the items"
    assert after("activity_items") == {"athletes", "gear"}
    assert after("athletes", "gear") == {"training_log"}
    assert after("training_log") == set(), "once, not for ever"


# ------------------------------------------------------------------ sensors


def tick_of(sensor: dg.SensorDefinition) -> dg.SensorExecutionData:
    with dg.build_sensor_context(definitions=defs) as context:
        return sensor.evaluate_tick(context)


def requests_of(sensor: dg.SensorDefinition) -> list[dg.RunRequest]:
    return list(tick_of(sensor).run_requests or [])


def options(request: dg.RunRequest) -> dict[str, object]:
    found: dict[str, object] = request.run_config["ops"]["strava__activity_list"]["config"]
    return found


def test_there_is_no_background_sync_without_a_connection_or_where_it_is_off(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick = tick_of(background_sync)
    assert not tick.run_requests and "no athlete is connected" in str(tick.skip_message)
    StravaInProcess(0).workspace(data_dir)
    assert len(requests_of(background_sync)) == 1
    monkeypatch.setenv("BACKGROUND_SYNC_ENABLED", "off")
    tick = tick_of(background_sync)
    assert not tick.run_requests and "BACKGROUND_SYNC_ENABLED is off" in str(tick.skip_message)


def test_a_tick_reads_three_pages_and_once_a_week_everything(
    strava: StravaInProcess, work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = requests_of(background_sync)
    assert options(first) == {"background": True, "full": True}, "never listed"
    assert first.partition_key == f"{datetime.now(UTC):%Y-%m}-01"
    listed(work, full=True)
    (usual,) = requests_of(background_sync)
    assert options(usual) == {"background": True, "full": False, "max_pages": 3}
    later = datetime.now(UTC) + timedelta(days=7)
    monkeypatch.setattr(schedules, "now", lambda: later)
    assert options(requests_of(background_sync)[0])["full"] is True
    other = strava.workspace(work.settings.data_dir, athlete=0).client.auth
    with other.lock():
        other.save(other.current().__class__(obtained_at=1.0, member_id="5"))
    assert options(requests_of(background_sync)[0])["full"] is False, "who cannot be asked makes nothing due"


def test_an_event_of_a_connected_athlete_starts_a_run_and_nobody_elses(
    strava: StravaInProcess, work: Workspace
) -> None:
    listed(work)
    assert requests_of(webhook_events) == []
    event = strava.act("event", id=next(iter(strava.truth())))
    keep_event(work, {**event, "owner_id": 5})
    assert requests_of(webhook_events) == []
    keep_event(work, event)
    (request,) = requests_of(webhook_events)
    assert options(request) == {"background": True, "max_pages": 1}
    assert [request.run_key] == [one.run_key for one in requests_of(webhook_events)], (
        "one run, however often asked"
    )
    listed(work)
    assert requests_of(webhook_events) == []


def test_the_interval_is_the_settings_one() -> None:
    assert background_sync.minimum_interval_seconds == 60 * load_settings().sync_interval_minutes
