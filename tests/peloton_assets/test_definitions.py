"""What Dagster is shown: assets, automation, and the border that only the outermost ring crosses."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml
from observing import listed, month_of_time, quiet

from peloton_assets.definitions import defs
from peloton_assets.listing import sync_list
from peloton_assets.partitions import MONTHS
from peloton_assets.schedules import daily_current_month, new_classes
from peloton_assets.scope import Scope
from peloton_assets.workspace import Workspace
from resources.dagster_backfills import backfill_policy
from resources.errors import UsageProblem
from resources.settings import CHECKOUT
from sandbox.client import Sandbox

MONTHLY = {
    "ride_list", "ride_details", "rides", "playlists", "songs", "song_artists", "workout_list", "workout_classes",
    "performance_graphs", "workouts", "workout_summaries", "workout_samples",
}  # fmt: skip
SEARCH = {"tracks", "track_terms", "ride_plays"}
WHOLE = {"instructors", "class_types", "equipment", "removed_classes", *SEARCH}
DAGSTER_RING = {
    "peloton_assets/accounts.py", "peloton_assets/automation.py", "peloton_assets/checks.py",
    "peloton_assets/definitions.py", "peloton_assets/workouts.py",
    "peloton_assets/library.py", "peloton_assets/partitions.py",
    "peloton_assets/row_checks.py", "peloton_assets/runtime.py", "peloton_assets/schedules.py",
    "peloton_assets/songs.py", "paceline/dagster_home.py", "paceline/run_launcher.py",
    "paceline/celery_launcher.py", "paceline/celery_worker.py", "resources/dagster_backfills.py",
    "iracing_assets/catalogue.py", "iracing_assets/checks.py", "iracing_assets/definitions.py",
    "iracing_assets/events.py", "iracing_assets/partitions.py", "iracing_assets/schedules.py",
    "iracing_assets/seasons.py", "iracing_assets/steps.py", "iracing_assets/week_plot.py",
    "strava_assets/accounts.py", "strava_assets/activities.py", "strava_assets/checks.py",
    "strava_assets/definitions.py", "strava_assets/partitions.py", "strava_assets/schedules.py",
    "peloton_assets/operations.py", "iracing_assets/operations.py", "strava_assets/operations.py",
    "resources/dagster_operations.py",
    "resources/dagster_alerts.py", "resources/dagster_automation.py", "resources/dagster_backup.py",
    "resources/dagster_preview.py",
    "resources/dagster_resources.py",
    "resources/dagster_row_checks.py", "resources/dagster_runs.py", "resources/dagster_tables.py",
}  # fmt: skip
GRAPH = defs.resolve_asset_graph()


def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_the_location_holds_exactly_these_assets() -> None:
    operations = {"operations/peloton", "operations/machine"}
    assert set(specs()) == {f"peloton/{name}" for name in MONTHLY | WHOLE} | {"warehouse"} | operations


def test_every_asset_tells_what_it_is() -> None:
    for name, spec in specs().items():
        assert spec.group_name, name
        assert spec.owners == ["team:paceline"], name
        assert spec.description, name
        assert spec.kinds, name


def test_monthly_assets_are_backfilled_in_one_run() -> None:
    for name in MONTHLY:
        node = GRAPH.get(dg.AssetKey(["peloton", name]))
        assert node.partitions_def == MONTHS, name
        assert node.backfill_policy == dg.BackfillPolicy.single_run(), name
    for name in WHOLE:
        assert GRAPH.get(dg.AssetKey(["peloton", name])).partitions_def is None, name


def test_several_hosts_may_share_a_backfill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONTHS_PER_RUN", "3")
    assert backfill_policy() == dg.BackfillPolicy.multi_run(3)
    monkeypatch.setenv("MONTHS_PER_RUN", "many")
    with pytest.raises(UsageProblem, match="MONTHS_PER_RUN is 'many'"):
        backfill_policy()


def test_partitions_reach_from_the_first_month_to_the_current_one() -> None:
    keys = MONTHS.get_partition_keys()
    assert keys[0] == "2019-01-01"
    assert keys[-1] == f"{datetime.now(UTC):%Y-%m}-01"


def test_tables_carry_typed_and_described_columns() -> None:
    schema = specs()["peloton/rides"].metadata["dagster/column_schema"]
    columns = {column.name: column for column in schema.columns}
    assert columns["original_air_time"].type == "timestamp with time zone"
    assert all(column.description for column in schema.columns)


def test_only_the_dagster_ring_imports_dagster() -> None:
    def imports(path: Path) -> Iterator[str]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""

    found = {
        str(path.relative_to(CHECKOUT))
        for package in (
            "resources",
            "peloton_assets",
            "iracing_assets",
            "strava_assets",
            "paceline",
            "sandbox",
        )
        for path in (CHECKOUT / package).rglob("*.py")
        if any(
            name.split(".")[0] in ("dagster", "dagster_celery", "dagster_duckdb") for name in imports(path)
        )
    }
    assert found <= DAGSTER_RING


def test_the_workspace_names_a_location_that_loads() -> None:
    workspace = yaml.safe_load((CHECKOUT / "workspace.yaml").read_text())
    modules = [entry["python_module"] for entry in workspace["load_from"]]
    assert ("peloton_assets.definitions", "peloton") in [
        (module["module_name"], module["location_name"]) for module in modules
    ]
    dg.Definitions.validate_loadable(defs)


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (datetime(2024, 3, 15, 5, 17, tzinfo=UTC), ["2024-03-01"]),
        (datetime(2024, 3, 1, 5, 17, tzinfo=UTC), ["2024-02-01", "2024-03-01"]),
        (datetime(2024, 1, 3, 5, 17, tzinfo=UTC), ["2023-12-01", "2024-01-01"]),
        (datetime(2024, 3, 4, 5, 17, tzinfo=UTC), ["2024-03-01"]),
    ],
)
def test_the_daily_schedule_asks_for_the_current_month(day: datetime, months: list[str]) -> None:
    context = dg.build_schedule_context(
        scheduled_execution_time=day, repository_def=defs.get_repository_def()
    )
    tick = daily_current_month.evaluate_tick(context)
    assert [request.partition_key for request in tick.run_requests or []] == months


def test_the_sensor_sees_new_classes_with_one_request(work: Workspace, peloton: Sandbox) -> None:
    newest = month_of_time(listed(peloton)[0]["original_air_time"])
    sync_list(work, Scope((newest,)), quiet)
    work.client.me_id()  # signed in, so that only the sensor's own request is counted below

    def tick(cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
        peloton.reset()
        found = new_classes(dg.build_sensor_context(cursor=cursor))
        assert peloton.counters()["total"] == 1
        assert isinstance(found, dg.SensorResult | dg.SkipReason)
        return found

    quiet_tick = tick()
    assert isinstance(quiet_tick, dg.SkipReason), quiet_tick
    peloton.publish(2)
    loud = tick()
    assert isinstance(loud, dg.SensorResult)
    news = {month_of_time(row["original_air_time"]) for row in listed(peloton)[:2]}
    assert {request.partition_key for request in loud.run_requests or []} == {f"{month}-01" for month in news}
    assert isinstance(tick(loud.cursor), dg.SkipReason), "launched once, not at every tick"


def test_a_sensor_without_sign_in_says_what_to_do(data_dir: Path) -> None:
    found = new_classes(dg.build_sensor_context())
    assert isinstance(found, dg.SkipReason)
    assert "paceline login peloton" in str(found.skip_message)


def test_tables_follow_details_of_an_old_month() -> None:
    instance = dg.DagsterInstance.ephemeral()
    ticks = [dg.evaluate_automation_conditions(defs, instance)]

    def after(*names: str, month: str | None = None) -> dg.EvaluateAutomationConditionsResult:
        for name in names:
            event = dg.AssetMaterialization(["peloton", name], partition=month)
            instance.report_runless_asset_event(event)
        ticks.append(dg.evaluate_automation_conditions(defs, instance, cursor=ticks[-1].cursor))
        return ticks[-1]

    def requested(tick: dg.EvaluateAutomationConditionsResult) -> set[str]:
        return {key.path[-1] for key in GRAPH.get_all_asset_keys() if tick.get_num_requested(key)}

    monthly = ("rides", "songs", "playlists", "song_artists")
    tick = after("ride_list", "ride_details", month="2019-05-01")
    assert requested(tick) == {*monthly, "instructors", "class_types", "equipment"}
    for name in monthly:
        assert tick.get_requested_partitions(dg.AssetKey(["peloton", name])) == {"2019-05-01"}, name
    after("instructors", "class_types", "equipment")
    assert requested(after(*monthly, month="2019-05-01")) == SEARCH
    assert requested(after(*SEARCH)) == {"warehouse"}
    assert requested(after()) == set(), "once, not for ever"
