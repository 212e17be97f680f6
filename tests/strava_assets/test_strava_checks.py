"""Each check of Strava's tables passes on clean data and finds every fault that is planted.

A table without a check of its key, and a check without a planted fault, fail a test here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb
import pytest
from strava_in_process import StravaInProcess, build, items, listed

from resources.dagster_operations import CHECK as OPERATIONS
from resources.errors import SignInNeeded
from resources.state import SyncCounts
from resources.table_docs import table_docs
from strava_assets import checks
from strava_assets.definitions import defs
from strava_assets.transform import SOURCE, TABLES, column_types, connect, show_typed
from strava_assets.workspace import Workspace

pytestmark = pytest.mark.promise("G5")

ROW_CHECKS = checks.row_checks()
TRIED_BELOW = {"list_is_fresh", "coverage_complete", "every_athlete_synced"}
TABLE_NAMES = [table.split(".")[1] for table in TABLES]


def change(table: str, column: str, *values: str, where: str = "rowid = 0") -> list[str]:
    """Statements that each put a wrong value into one row."""
    return [f"UPDATE {table} SET {column} = {value} WHERE {where}" for value in values]


SERIES = ("activity_laps", "activity_zones", "activity_streams")
# Check to the faults that it must find, each planted alone.
FAULTS: dict[str, list[str]] = {
    **{
        f"key_of_{name}": [
            f"INSERT INTO {name} FROM {name} LIMIT 1",
            *(fault for column in table_docs()[f"strava.{name}"].key for fault in change(name, column, "NULL")),
        ]
        for name in TABLE_NAMES
    },
    "activities_can_be_true": [
        *change("activities", "start_date", "TIMESTAMPTZ '1969-12-31 00:00:00+00'", "now() + INTERVAL 3 DAY"),
        *change("activities", "elapsed_time_s", "-1", "3000000"),
        *change("activities", "distance_m", "-0.5"),
    ],
    "activities_not_doubled": [
        "INSERT INTO activities SELECT * REPLACE (activity_id + 1 AS activity_id) FROM activities LIMIT 1",
    ],
    "gear_is_known": ["DELETE FROM gear", *change("activities", "gear_id", "'b1'")],
    "series_have_activities": [
        *(fault for name in SERIES for fault in change(name, "activity_id", "-1")),
        "DELETE FROM activities WHERE activity_id = (SELECT min(activity_id) FROM activity_streams)",
        *change("activities", "deleted_at", "now()", where="activity_id IN (SELECT activity_id FROM activity_laps)"),
    ],
    "start_month_is_partition": [
        *change("activities", "start_month", "'2001-05-01'", "NULL"),
        *change("activities", "start_date", "start_date - INTERVAL 40 DAY"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """All tables with rows in each."""
    work = StravaInProcess(24).workspace(tmp_path_factory.mktemp("checked") / "data")
    listed(work)
    items(work)
    build(work)
    with connect() as connection:
        connection.execute("CREATE SCHEMA planted")
        for table, name in zip(TABLES, TABLE_NAMES, strict=True):
            show_typed(connection, work.lake, table)
            connection.execute(f"CREATE TABLE planted.{name} AS FROM {name}")
        connection.execute("SET schema = 'planted'")
        yield connection


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
    # Of operations' own check: tests/peloton_assets/test_operations_assets.py.
    names = [key.name for key in defs.resolve_asset_graph().asset_check_keys if key.name != OPERATIONS]
    assert sorted(names) == sorted({*ROW_CHECKS, *TRIED_BELOW}), "each runs, once"
    figure(f"{len(names)} checks of Strava, each with a planted fault")


def test_every_documented_table_has_a_blocking_check_of_its_key() -> None:
    documented = {doc.name for doc in table_docs().values() if doc.name.startswith("strava.")}
    assert documented == set(TABLES) == set(column_types())
    assert all(ROW_CHECKS[f"key_of_{name}"].blocking for name in TABLE_NAMES)


def test_clean_data_raise_no_alarm(tables: duckdb.DuckDBPyConnection) -> None:
    assert all(tables.sql(f"FROM {name} LIMIT 1").fetchall() for name in TABLE_NAMES), "no table is empty"
    assert {name for name, check in ROW_CHECKS.items() if tables.sql(check.sql).fetchall()} == set()


@pytest.mark.parametrize("name", FAULTS)
def test_a_row_check_finds_each_of_its_faults(
    name: str, tables: duckdb.DuckDBPyConnection, figure: Callable[[str], None]
) -> None:
    for fault in FAULTS[name]:
        tables.execute("BEGIN")
        changed = tables.execute(fault).fetchall()
        found = len(tables.sql(ROW_CHECKS[name].sql).fetchall())
        tables.execute("ROLLBACK")
        assert changed != [(0,)] and found > 0, fault
    figure(f"{sum(map(len, FAULTS.values()))} planted faults in Strava's rows, all found")


def test_a_check_of_rows_fails_in_dagster_where_its_query_finds_one(synced: Workspace) -> None:
    """Through the definitions, on the files of the lake."""
    (definition,) = [each for each in checks.definitions() if each.node_def.name == "rows_of_training_log"]

    def failing() -> set[str]:
        result = dg.materialize([definition], selection=dg.AssetSelection.checks(definition))
        return {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}

    assert failing() == set()
    (file,) = synced.lake.files("strava.gear")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE rows AS FROM '{file}'")
        connection.execute(f"COPY (FROM rows LIMIT 1) TO '{file}'")
    assert failing() == {"gear_is_known"}


def test_old_and_missing_lists_are_told(work: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not evaluate(checks.list_is_fresh).passed, "never asked"
    listed(work)
    assert evaluate(checks.list_is_fresh).passed
    for days, passed in ((1, True), (3, False), (-1, False)):
        moment = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr(checks, "now", lambda moment=moment: moment)
        found = evaluate(checks.list_is_fresh)
        assert (found.passed, found.severity) == (passed, dg.AssetCheckSeverity.WARN)


def test_a_list_that_was_not_read_to_its_end_is_told(
    work: Workspace, strava: StravaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.strava.PER_PAGE", 5)
    listed(work, max_pages=2)
    found = evaluate(checks.coverage_complete)
    assert not found.passed and "not read to the end" in str(found.metadata["first of them"].value)
    listed(strava.workspace(work.settings.data_dir))
    assert evaluate(checks.coverage_complete).passed


def test_an_athlete_whose_sync_failed_is_told(work: Workspace) -> None:
    assert evaluate(checks.every_athlete_synced).passed
    moment = datetime.now(UTC)
    for number, error in enumerate((SignInNeeded("no", "Sign in."), None)):
        run = f"run {number}"
        started = moment + timedelta(minutes=number)
        work.state.start_run(run, SOURCE, "activity_list:anna", "", started)
        outcome, reason = ("failed", str(error)) if error else ("done", None)
        work.state.end_run(
            run, SOURCE, "activity_list:anna", "", SyncCounts(), started, outcome, reason, 4, None
        )
        found = evaluate(checks.every_athlete_synced)
        assert found.passed == (error is None) and found.severity == dg.AssetCheckSeverity.WARN
        assert ("anna" in str(found.metadata["first of them"].value)) == (error is not None)
