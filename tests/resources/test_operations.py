"""What the doctor sees on the machine and in Dagster's own storage, and what gets into the tables of `ops`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
    SensorInstigatorData,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._daemon.types import DaemonHeartbeat

from peloton_assets.stock import PELOTON, limiter
from resources.errors import BadAnswer, NotServed
from resources.lake import Lake
from resources.operations import coverage, sizes
from resources.operations.daemon import daemon_findings, read_daemon
from resources.operations.machine import MACHINE, machine_findings, note_in_passing
from resources.operations.stock import (
    BROKEN,
    NOTE,
    SOON,
    Finding,
    Left,
    backlog_rows,
    record,
    record_findings,
    take_stock,
)
from resources.outlook import Allowance
from resources.settings import Settings, load_settings
from resources.state import Coverage, State
from resources.tokens import Tokens, TokenStore
from resources.warehouse import publish
from resources.workspace import crawl_lock, now

TODAY = date(2026, 11, 22)
A_TOKEN = "eyJ.nobody.shall-see-this"


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    del data_dir
    return load_settings()


@pytest.fixture
def state(settings: Settings) -> State:
    return State(settings.state_place)


def found(settings: Settings) -> dict[str, Finding]:
    return {one.what: one for one in machine_findings(settings)}


def only(settings: Settings) -> Finding:
    [one] = machine_findings(settings)
    return one


# the machine


def test_an_empty_folder_needs_nobody(settings: Settings) -> None:
    assert machine_findings(settings) == []


def test_an_open_dotenv_with_a_secret_is_told_with_its_cure(settings: Settings) -> None:
    dotenv = Path(".env").absolute()
    dotenv.write_text(f"PELOTON_REFRESH_TOKEN={A_TOKEN}\n")
    dotenv.chmod(0o644)
    one = only(settings)
    assert (one.severity, one.cure) == (SOON, f"`chmod 600 {dotenv}`")
    assert A_TOKEN not in str(one)
    dotenv.chmod(0o600)
    assert machine_findings(settings) == []


def test_a_warehouse_that_is_missing_older_or_damaged(settings: Settings, state: State) -> None:
    lake = Lake(settings.lake_dir)
    with duckdb.connect() as connection:
        lake.write("peloton.equipment", connection.sql("SELECT 'a' AS equipment_id, 'Mat' AS name"))
        assert "paceline rebuild" in only(settings).cure and only(settings).severity == BROKEN
        shown = settings.warehouse_file
        duckdb.connect(shown).close()
        assert machine_findings(settings) == []
        [file] = lake.files("peloton.equipment")
        later = shown.stat().st_mtime + 10
        os.utime(file, (later, later))
    older = only(settings)
    assert older.severity == SOON and "older than peloton.equipment" in older.what
    with state.locks.hold(crawl_lock("peloton")):
        assert [one.severity for one in machine_findings(settings)] == [NOTE], "a sync is at it"
    shown.write_bytes(b"no database")
    assert only(settings).severity == BROKEN and "Move it away" in only(settings).cure


def test_a_run_whose_process_is_dead_is_told_and_one_at_work_is_not(settings: Settings, state: State) -> None:
    state.start_run("a run", "strava", "activity_items", "", now())
    dead = only(settings)
    assert dead.severity == SOON and dead.what.startswith("strava activity_items of ")
    assert dead.cure.startswith("`paceline sync strava`")
    holder = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys; from pathlib import Path; from resources.locks import FileLocks\n"
            "with FileLocks(Path(sys.argv[1])).hold(sys.argv[2]): print('held', flush=True); sys.stdin.read()",
            str(settings.state_dir), crawl_lock("strava"),
        ],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True,
    )  # fmt: skip
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    assert only(settings).severity == NOTE and "is running since" in only(settings).what
    holder.kill()
    holder.wait()
    assert only(settings) == dead


def test_a_time_that_is_yet_to_come_is_a_wrong_clock(settings: Settings, state: State) -> None:
    state.record_coverage(
        "peloton", [Coverage("ride_list", "2026-01", "complete")], "r", now() + timedelta(days=2)
    )
    one = only(settings)
    assert one.area == "clock" and "ops.coverage" in one.what and "timedatectl" in one.cure


def test_a_damaged_state_file_is_a_finding_itself(settings: Settings) -> None:
    settings.state_dir.mkdir(parents=True)
    (settings.state_dir / "paceline.sqlite").write_text(
        "no database at all, but long enough to be looked at" * 9
    )
    one = only(settings)
    assert one.severity == BROKEN and "Move it away" in one.cure


# growth


def test_growth_is_told_only_where_a_measure_of_then_is_known() -> None:
    by_day = {TODAY - timedelta(days=days): 1000 - days for days in (0, 7, 9, 40)}
    assert sizes.growth(by_day, TODAY, 7) == 7
    assert sizes.growth(by_day, TODAY, 30) == 40
    assert sizes.growth({TODAY: 5}, TODAY, 7) is None


@pytest.mark.parametrize(("a_day", "days_left"), [(10, 50), (500, 1), (0, None), (-3, None)])
def test_the_day_on_which_the_disk_is_full(a_day: int, days_left: int | None) -> None:
    known = {
        "landing": {TODAY - timedelta(days=30): 10_000, TODAY: 10_000 + 30 * a_day},
        "lake": {TODAY: 70},  # a month ago nobody looked
        sizes.FREE: {TODAY: 500},
    }
    expected = None if days_left is None else TODAY + timedelta(days=days_left)
    assert sizes.full_on(known, TODAY) == expected


def test_a_measure_a_day_is_kept_and_old_ones_go(settings: Settings, state: State) -> None:
    settings.landing_dir.mkdir(parents=True)
    (settings.landing_dir / "answer").write_bytes(b"x" * 100_000)
    began = datetime(2025, 1, 1, 10, tzinfo=UTC)
    for days in (0, 0, 399, 401):
        sizes.record_sizes(state, sizes.measure(settings), began + timedelta(days=days))
    days = sizes.remembered(state)["landing"]
    assert list(days) == [date(2026, 2, 4), date(2026, 2, 6)]
    assert all(100_000 <= count < 200_000 for count in days.values())


# Dagster's own storage, written by Dagster


@contextmanager
def dagster_home(settings: Settings) -> Iterator[dg.DagsterInstance]:
    settings.dagster_home.mkdir(parents=True)
    (settings.dagster_home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        yield instance


def switched(instance: dg.DagsterInstance, name: str, kind: InstigatorType, status: InstigatorStatus) -> None:
    place = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="m"), location_name="peloton")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(place, "__repository__"), name)
    data = ScheduleInstigatorData("0 * * * *") if kind == InstigatorType.SCHEDULE else SensorInstigatorData()
    instance.add_instigator_state(InstigatorState(origin, kind, status, data))


def of_dagster(settings: Settings, connected: tuple[str, ...] = (), free: bool = True) -> dict[str, Finding]:
    daemon = read_daemon(settings, now() + timedelta(minutes=6))
    assert daemon is not None
    told = daemon_findings(daemon, settings, connected, now(), lambda _port: free)
    return {one.what: one for one in told}


def test_where_dagster_never_ran_there_is_nothing_to_tell(settings: Settings) -> None:
    assert read_daemon(settings, now()) is None


def test_what_dagsters_storage_tells(settings: Settings) -> None:
    with dagster_home(settings) as instance:
        assert of_dagster(settings) == {}, "nobody is signed in"
        never = of_dagster(settings, ("peloton",))
        assert [one.severity for one in never.values()] == [NOTE, NOTE]
        assert any("not heard ever" in what for what in never)
        off = next(one for what, one in never.items() if "daily_current_month is off" in what)
        assert f"DAGSTER_HOME={settings.dagster_home}" in off.cure
        assert "dagster schedule start -w workspace.yaml -l peloton daily_current_month" in off.cure

        heartbeat = DaemonHeartbeat((now() - timedelta(hours=3)).timestamp(), "SENSOR", "an id", [])
        instance.add_daemon_heartbeat(heartbeat)
        switched(instance, "daily_current_month", InstigatorType.SCHEDULE, InstigatorStatus.RUNNING)
        switched(instance, "unfinished_workouts", InstigatorType.SENSOR, InstigatorStatus.STOPPED)
        dead = of_dagster(settings, ("peloton",), free=False)
        assert [one.severity for one in dead.values()] == [SOON, SOON, SOON]
        assert any("was not heard since" in what for what in dead)
        assert any("Port 3000" in what for what in dead)
        assert "sensor start" in next(one.cure for what, one in dead.items() if "unfinished_workouts" in what)

        instance.add_daemon_heartbeat(DaemonHeartbeat(now().timestamp(), "SENSOR", "an id", []))
        alive = of_dagster(settings, ("peloton",), free=False)
        assert len(alive) == 1 and "was switched off" in next(iter(alive)), "the port is its own"


def test_a_dead_commands_run_is_found_in_dagsters_storage(settings: Settings) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()

    @dg.job
    def a_sync() -> None:
        """Nothing."""

    with dagster_home(settings) as instance:
        for process in (dead.pid, os.getpid()):
            tags = {"paceline/process": str(process), "paceline/host": socket.gethostname()}
            run = instance.create_run_for_job(a_sync, tags=tags)
            instance.report_dagster_event(dg.DagsterEvent("PIPELINE_START", a_sync.name), run.run_id)
        told = of_dagster(settings)
    assert [one.severity for one in told.values()] == [SOON], "the one that lives is no trouble"
    assert "of a_sync is shown as running, but its process is dead" in next(iter(told))


# a provider


def test_failures_that_repeat_and_holds_are_findings(settings: Settings, state: State) -> None:
    for _ in range(3):
        state.record_failure("peloton", "ride_details", "a", BadAnswer("It is torn", "Later."), now())
        state.record_failure("peloton", "ride_details", "b", NotServed("It is gone", "Never."), now())
    limiter(settings).hold_for(600, "Peloton answered 429")
    by_severity = {one.severity: one for one in take_stock(PELOTON, settings).findings}
    assert by_severity.keys() == {SOON, NOTE}
    assert by_severity[SOON].what.startswith("1 peloton ride_details failed 3 times")
    assert "Peloton answered 429" in by_severity[NOTE].what


def test_what_cannot_be_read_hides_nothing_else(settings: Settings) -> None:
    TokenStore(settings.state_dir).save("peloton", Tokens(access_token=A_TOKEN, access_expires_at=2e12))
    TokenStore(settings.state_dir).path("peloton").write_text("{torn")
    stock = take_stock(PELOTON, settings)
    assert stock.limits and stock.allowance
    assert [one.severity for one in stock.findings] == [BROKEN]
    assert "paceline login peloton" in stock.findings[0].cure


def test_resources_of_a_provider_are_done_one_after_the_other() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    left = [Left("a", 60), Left("b", 0, "me"), Left("c", 30, "me", in_background=True)]
    rows = backlog_rows(left, Allowance(1), Allowance(0.5), noon)
    assert [row["done_at"] for row in rows] == [
        noon + timedelta(seconds=60),
        None,
        noon + timedelta(seconds=90),
    ]
    assert [row["background_done_at"] for row in rows] == [None, None, noon + timedelta(seconds=60)]


def test_measures_are_tables_in_ops_without_a_secret(settings: Settings, state: State) -> None:
    lake = Lake(settings.lake_dir)
    publish(settings.warehouse_file, lake, state)

    def rows(table: str) -> list[tuple[object, ...]]:
        with duckdb.connect(settings.warehouse_file, read_only=True) as connection:
            return connection.execute(f"FROM ops.{table}").fetchall()

    tables = ("connections", "limits", "backlog", "findings", "sizes")
    assert [rows(table) for table in tables] == [[]] * 5, "there they are, also empty"
    tokens = Tokens(
        access_token=A_TOKEN, refresh_token=A_TOKEN[::-1], access_expires_at=2e12, obtained_at=1.7e9
    )
    TokenStore(settings.state_dir).save("peloton", tokens, "me")
    stock = take_stock(PELOTON, settings)
    record(state, stock)
    record(state, stock)  # in place of the first
    record_findings(state, MACHINE, [Finding(SOON, "disk", "It is small", "Buy a larger one")], now())
    note_in_passing(PELOTON, settings)
    publish(settings.warehouse_file, lake, state)
    [connection] = rows("connections")
    assert connection[:4] == ("peloton", "me", "ok", True)
    assert {row[1] for row in rows("limits")} == {"second", "today (UTC)", "refused today (UTC)"}
    assert {row[1] for row in rows("backlog")} == {"ride_list", "ride_details"}
    assert [row[:4] for row in rows("findings")] == [("machine", "disk", "It is small", SOON)]
    assert {row[1] for row in rows("sizes")} == {*sizes.ROOMS, sizes.USED, sizes.FREE}
    for table in tables:
        assert A_TOKEN not in str(rows(table)) and A_TOKEN[::-1] not in str(rows(table))


# months


def test_months_are_twelve_cells_a_year_and_a_picture(state: State) -> None:
    known = [
        Coverage("ride_list", "2025-12", "complete"),
        Coverage("ride_list", "2026-01", "incomplete", "why"),
    ]
    state.record_coverage("peloton", known, "r", now())
    state.record_coverage("strava", [Coverage("activities", "2026-02", "complete")], "r", now(), "<me>")
    expected = {"peloton": ["2025-11", "2025-12", "2026-01", "2026-02"]}
    of_2025, of_2026, strava = coverage.years(state, expected)
    assert of_2025.months == (None,) * 10 + ("unknown", "complete")
    assert of_2026.months == ("incomplete", "unknown", *(None,) * 10)
    assert (strava.account, strava.months.count(None), strava.count("complete")) == ("<me>", 11, 1)
    assert coverage.years(state, expected, "strava") == [strava]
    svg = coverage.heat_map([of_2025, of_2026, strava])
    assert svg.count("<rect") == 5 and "2026-01 incomplete" in svg and ">!</text>" in svg
    assert "&lt;me&gt;" in svg and "<me>" not in svg
    assert coverage.heat_map([]) == ""
