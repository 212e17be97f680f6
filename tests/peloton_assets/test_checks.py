"""Each asset check passes on clean data and finds every fault that is planted into the lake or the state.

A table without a check of its key, and a check without a planted fault, fail a test here.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from in_process import InProcess, crawl_workouts
from landed import Zone, invented
from planted_faults import FAULTS, TYPED_TABLES
from publishing import published, replant
from test_recorded import list_rows, load

from iracing_assets import checks as iracing_checks
from peloton_assets import checks
from peloton_assets.definitions import defs
from peloton_assets.rebuild import rebuild
from peloton_assets.references import sync_references
from peloton_assets.row_checks import row_checks, show_tables
from peloton_assets.transform import LISTINGS, connect
from resources.dagster_operations import CHECK as OPERATIONS
from resources.lake import Lake
from resources.state import TABLES as STATE_TABLES
from resources.state import Coverage, State, SyncCounts
from resources.table_docs import table_docs
from strava_assets import checks as strava_checks

pytestmark = pytest.mark.promise("G5")

ROW_CHECKS = row_checks()
EVERY_LOCATION = {**ROW_CHECKS, **iracing_checks.row_checks(), **strava_checks.row_checks()}
# Checks of state and files: those that are tried below, and the files that try the others.
TRIED_BELOW = {"coverage_complete", "list_is_fresh", "no_drift", "tables_are_current", "every_account_synced"}
TRIED_ELSEWHERE = {"counts_explained": "test_counts.py", "clock_was_right": "test_impossible_times.py"}


@contextmanager
def tables_of(lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """What the checks look at, as tables in which faults can be planted."""
    with connect() as connection:
        show_tables(connection, lake, list(ROW_CHECKS.values()))
        connection.execute("CREATE SCHEMA planted")
        for table in TYPED_TABLES:
            name = table.split(".")[1]
            connection.execute(f"CREATE TABLE planted.{name} AS FROM {name}")
        connection.execute("SET schema = 'planted'")
        yield connection


def alarms(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Checks that find something, and how many rows."""
    counts = {name: len(connection.sql(check.sql).fetchall()) for name, check in ROW_CHECKS.items()}
    return {name: count for name, count in counts.items() if count}


def evaluate(check: dg.AssetChecksDefinition) -> dg.AssetCheckEvaluation:
    """Run one check by itself, as Dagster would."""
    result = dg.materialize(
        [check],
        selection=dg.AssetSelection.checks(check),
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )
    return result.get_asset_check_evaluations()[0]


def test_every_check_has_a_planted_fault(figure: Callable[[str], None]) -> None:
    assert ROW_CHECKS.keys() == FAULTS.keys()
    graph = defs.resolve_asset_graph()
    # Of operations' own check: test_operations_assets.py.
    names = [key.name for key in graph.asset_check_keys if key.name != OPERATIONS]
    assert sorted(names) == sorted({*ROW_CHECKS, *TRIED_BELOW, *TRIED_ELSEWHERE}), "each runs, once"
    for name, file in TRIED_ELSEWHERE.items():
        (found,) = Path(__file__).parents[1].rglob(file)
        assert f"checks.{name}" in found.read_text()
    figure(f"{len(names)} checks, each with a planted fault")


def test_every_documented_table_has_a_check_of_its_key(tmp_path: Path) -> None:
    """Typed tables are looked at, facts about runs lie in tables that take no key twice."""
    state = State(tmp_path)
    for doc in table_docs().values():
        schema, name = doc.name.split(".")
        if schema == "ops":
            assert name in STATE_TABLES
            found = state.rows("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", name)
            assert tuple(row["name"] for row in found) == doc.key, doc.name
        else:
            assert EVERY_LOCATION[f"key_of_{name}"].blocking, doc.name


@pytest.fixture(scope="module")
def tables(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = shutil.copytree(built, tmp_path_factory.mktemp("checked") / "data")
    member = InProcess(80, date(2024, 6, 30), seed=11, workouts=60)
    work = member.workspace(folder)
    crawl_workouts(work)
    sync_references(work)
    rebuild(work.lake, work.landing)
    with tables_of(work.lake) as connection:
        yield connection


@pytest.mark.parametrize("name", FAULTS)
def test_a_row_check_finds_each_of_its_faults(
    name: str, tables: duckdb.DuckDBPyConnection, figure: Callable[[str], None]
) -> None:
    for fault in FAULTS[name]:
        tables.execute("BEGIN")
        tables.execute(fault)
        found = len(tables.sql(ROW_CHECKS[name].sql).fetchall())
        tables.execute("ROLLBACK")
        assert found > 0, fault
    figure(f"{sum(map(len, FAULTS.values()))} planted faults in rows, all found")


def test_clean_data_raises_no_alarm(tables: duckdb.DuckDBPyConnection) -> None:
    assert alarms(tables) == {}


@pytest.mark.tier("N")
def test_a_large_clean_library_raises_no_alarm(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """With all its oddities: thin rows, no music, no instructor, hostile titles, classes that are not served."""
    zone = Zone(tmp_path)
    listed, details = invented(3_000, seed=11)
    zone.list_page(listed)
    for ride, answer in zip(listed, details, strict=True):
        zone.details(ride, answer)
    zone.build()
    with tables_of(zone.lake) as connection:
        assert alarms(connection) == {}
    figure(f"{len(ROW_CHECKS)} checks of {len(listed):,} clean classes: 0 alarms")


def test_recorded_answers_raise_no_alarm(recorded: Path, tmp_path: Path) -> None:
    zone = Zone(tmp_path)
    zone.list_page(list_rows(recorded))
    for path in sorted((recorded / "ride_archived").glob("*.json")):
        tables = {name: load(path).get(name, []) for name in ("instructors", "class_types")}
        zone.list_page([], **tables)
    for path in sorted((recorded / "ride_details").glob("*.json")):
        answer = json.loads(path.read_text())
        zone.list_page([answer["ride"]])
        zone.details(answer["ride"], answer)
    zone.build()
    with tables_of(zone.lake) as connection:
        assert alarms(connection) == {}


def test_row_checks_run_before_anything_is_stored(tmp_path: Path) -> None:
    with tables_of(Lake(tmp_path / "lake")) as connection:
        assert alarms(connection) == {}
    assert not (tmp_path / "lake").exists()


def test_what_we_made_wrong_is_not_published_and_what_was_sent_wrong_is(
    folder: Path, data_dir: Path, one_run: Callable[[], dg.ExecuteInProcessResult]
) -> None:
    assert folder == data_dir
    replant(folder, LISTINGS, "SELECT * REPLACE (-5 AS duration_s) FROM rows")
    warned = one_run()
    found = {each.check_name: each for each in warned.get_asset_check_evaluations() if not each.passed}
    assert warned.success
    assert found.keys() == {"values_can_be_true", "tables_are_current"}, "the names were not made anew"
    assert found["values_can_be_true"].severity == dg.AssetCheckSeverity.WARN
    assert (folder / "warehouse.duckdb").exists()
    before = (folder / "warehouse.duckdb").read_bytes()
    replant(
        folder, LISTINGS, "SELECT * REPLACE (last_listed_at + INTERVAL 1 DAY AS first_listed_at) FROM rows"
    )
    blocked = one_run()
    failed = {each.check_name for each in blocked.get_asset_check_evaluations() if not each.passed}
    assert not blocked.success
    assert "removed_after_listed" in failed
    assert "warehouse" not in {event.step_key for event in blocked.all_events if event.is_step_start}
    assert (folder / "warehouse.duckdb").read_bytes() == before


@pytest.fixture
def one_run(data_dir: Path) -> Callable[[], dg.ExecuteInProcessResult]:
    """Tables, checks and warehouse of one month, from what is staged."""
    instance = dg.DagsterInstance.ephemeral()
    month = "2024-06-01"
    return lambda: defs.resolve_job_def("peloton_tables").execute_in_process(
        instance=instance, partition_key=month, raise_on_error=False
    )


def test_a_table_older_than_what_it_is_made_of_is_told(folder: Path, data_dir: Path) -> None:
    assert folder == data_dir
    published(folder)
    lake = Lake(folder / "lake")

    def told() -> str:
        found = evaluate(checks.tables_are_current)
        assert found.passed == (found.metadata["first of them"].value == "none")
        return str(found.metadata["first of them"].value)

    assert told() == "none"
    for changed, says in (
        (lake.files(LISTINGS)[0], f"peloton.songs {lake.months(LISTINGS)[0]}"),
        (lake.files("peloton.songs")[0], f"peloton.ride_plays {lake.months('peloton.songs')[0]}"),
        (lake.files("peloton.tracks")[0], "warehouse.duckdb"),
        (lake.files("staging.references")[0], "peloton.instructors"),
    ):
        stat = changed.stat()
        os.utime(changed, ns=(stat.st_atime_ns, time.time_ns() + 10**12))
        assert says in told()
        os.utime(changed, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert told() == "none"


def test_coverage_check_names_the_incomplete_month(data_dir: Path) -> None:
    state = State(data_dir / "state")
    now = datetime.now(UTC)
    state.record_coverage("peloton", [Coverage("ride_list", "2024-03", "complete")], "run", now)
    assert evaluate(checks.coverage_complete).passed
    state.record_coverage(
        "peloton", [Coverage("ride_list", "2024-04", "incomplete", "the lights went out")], "run", now
    )
    found = evaluate(checks.coverage_complete)
    assert not found.passed
    assert "2024-04" in str(found.metadata["first of them"].value)
    assert "the lights went out" in str(found.metadata["first of them"].value)


def test_freshness_check_fails_after_two_days(data_dir: Path) -> None:
    state = State(data_dir / "state")
    now = datetime.now(UTC)
    assert not evaluate(checks.list_is_fresh).passed, "never proven"
    this_month = Coverage("ride_list", now.strftime("%Y-%m"), "complete")
    state.record_coverage("peloton", [this_month], "run", now)
    assert evaluate(checks.list_is_fresh).passed
    state.record_coverage("peloton", [this_month], "run", now - timedelta(days=2, hours=1))
    assert not evaluate(checks.list_is_fresh).passed


def test_an_account_that_failed_is_told(data_dir: Path) -> None:
    state, moment = State(data_dir / "state"), datetime.now(UTC)
    for account, outcome in (("", "done"), (":second", "failed")):
        state.start_run("run", "peloton", f"workout_list{account}", "", moment)
        state.end_run(
            "run", "peloton", f"workout_list{account}", "", SyncCounts(), moment, outcome, "no sign-in", 4
        )
    told = evaluate(checks.every_account_synced)
    assert not told.passed
    assert "workout_list:second: no sign-in" in str(told.metadata["first of them"].value)
    state.start_run("next", "peloton", "workout_list:second", "", moment + timedelta(hours=1))
    state.end_run("next", "peloton", "workout_list:second", "", SyncCounts(), moment + timedelta(hours=1))
    assert evaluate(checks.every_account_synced).passed


def test_drift_is_reported_once_by_the_run_that_saw_it(data_dir: Path) -> None:
    state = State(data_dir / "state")
    instance = dg.DagsterInstance.ephemeral()
    news = [("playlist.songs[].genres", "unknown", "array")]

    @dg.asset(key=["peloton", "ride_details"])
    def ride_details(context: dg.AssetExecutionContext) -> None:
        state.record_drift("peloton", "ride_details", news, context.run.run_id, datetime.now(UTC))

    def run() -> dg.AssetCheckEvaluation:
        return dg.materialize(
            [ride_details, checks.no_drift], instance=instance
        ).get_asset_check_evaluations()[0]

    assert not run().passed
    again = run()
    assert again.passed
    assert again.metadata["known drift"].value == 1
