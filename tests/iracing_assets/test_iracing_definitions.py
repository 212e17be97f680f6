"""What Dagster is shown of iRacing: assets, jobs, months, and which tables follow what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import yaml

from iracing_assets.contracts import CONTRACTS
from iracing_assets.definitions import defs
from iracing_assets.partitions import MONTHS, MONTHS_AHEAD
from iracing_assets.schedules import JOBS, daily_refresh
from resources.settings import CHECKOUT

FETCHED = {
    "series_list", "car_class_list", "car_list", "track_list", "current_seasons", "chosen_seasons", "past_seasons",
}  # fmt: skip
WHOLE = {
    "series", "seasons", "past_weeks", "schedule_changes", "car_classes", "cars", "tracks", "race_calendar",
}  # fmt: skip
MONTHLY = {"events", "event_car_restrictions", "time_slots"}
GRAPH = defs.resolve_asset_graph()


def key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["iracing", name])


def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.path[-1]: spec for spec in defs.resolve_all_asset_specs()}


def test_the_location_holds_exactly_these_assets() -> None:
    assert {spec.key.to_user_string() for spec in specs().values()} == {
        *(f"iracing/{name}" for name in FETCHED | WHOLE | MONTHLY), "operations/iracing"
    }  # fmt: skip


def test_every_asset_tells_what_it_is() -> None:
    for name, spec in specs().items():
        assert spec.group_name in ("iracing_fetched", "iracing_tables", "published", "operations"), name
        assert spec.owners == ["team:paceline"], name
        assert spec.description and spec.kinds, name


def test_the_workspace_names_a_location_that_loads() -> None:
    workspace = yaml.safe_load((CHECKOUT / "workspace.yaml").read_text())
    modules = [entry["python_module"]["module_name"] for entry in workspace["load_from"]]
    assert "iracing_assets.definitions" in modules
    dg.Definitions.validate_loadable(defs)


def test_tables_carry_typed_and_described_columns() -> None:
    columns = {column.name: column for column in specs()["events"].metadata["dagster/column_schema"].columns}
    assert columns["week_end_time"].type == "timestamp with time zone"
    assert all(column.description for column in columns.values())


def test_race_weeks_are_months_and_a_backfill_of_them_is_one_run() -> None:
    for name in FETCHED | WHOLE:
        assert GRAPH.get(key(name)).partitions_def is None, name
    for name in MONTHLY:
        assert GRAPH.get(key(name)).partitions_def == MONTHS, name
        assert GRAPH.get(key(name)).backfill_policy == dg.BackfillPolicy.single_run(), name
    months = MONTHS.get_partition_keys()
    assert months[0] == "2008-01-01"
    assert months[-1] >= f"{datetime.now(UTC) + timedelta(days=28 * MONTHS_AHEAD):%Y-%m}-01"


def test_whatever_asks_the_provider_stands_in_one_line() -> None:
    for name in FETCHED:
        assert GRAPH.get(key(name)).pools == {"iracing_api"}, name
    for name in WHOLE | MONTHLY:
        assert "iracing_api" not in GRAPH.get(key(name)).pools, name


def test_every_job_says_what_it_does_and_asks_only_for_what_it_names() -> None:
    asked = {
        job.name: {
            asset.path[-1] for asset in defs.resolve_job_def(job.name).asset_layer.executable_asset_keys
        }
        & FETCHED
        for job in JOBS
    }
    assert asked == {
        "iracing_current": {"series_list", "car_class_list", "car_list", "track_list", "current_seasons"},
        "iracing_series": {"series_list"},
        "iracing_current_seasons": {"current_seasons"},
        "iracing_car_classes": {"car_class_list", "car_list"},
        "iracing_chosen_seasons": {"chosen_seasons"},
        "iracing_past_seasons": {"past_seasons"},
        "iracing_tables": set(),
    }
    assert all(job.description for job in JOBS)
    landed = [contract for contract in CONTRACTS if contract.edit_window.startswith("asked by every refresh")]
    assert len(landed) == 8, "as many documents as the daily job asks for"


def test_the_daily_refresh_waits_for_somebody_to_start_it() -> None:
    assert daily_refresh.default_status == dg.DefaultScheduleStatus.STOPPED
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 11, 20, 3, 7, tzinfo=UTC))
    assert len(daily_refresh.evaluate_tick(context).run_requests or []) == 1


def test_tables_follow_what_was_fetched_and_the_warehouse_follows_them() -> None:
    instance = dg.DagsterInstance.ephemeral()
    ticks = [dg.evaluate_automation_conditions(defs, instance)]

    def after(*names: str) -> set[str]:
        for name in names:
            instance.report_runless_asset_event(dg.AssetMaterialization(key(name)))
        ticks.append(dg.evaluate_automation_conditions(defs, instance, cursor=ticks[-1].cursor))
        return {asset.path[-1] for asset in GRAPH.get_all_asset_keys() if ticks[-1].get_num_requested(asset)}

    assert after("current_seasons") == {"series", "seasons", "past_weeks", "schedule_changes"}
    assert after("series", "seasons", "past_weeks", "schedule_changes") == {"race_calendar"}
    assert after("race_calendar") == set(), "once, not for ever"
    assert after("car_list") == {"cars"}
    assert after("cars") == {"race_calendar"}
