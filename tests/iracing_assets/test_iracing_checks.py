"""Each check of iRacing's tables passes on clean data and finds every fault that is planted.

A table without a check of its key, and a check without a planted fault, fail a test here.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from planted import FAULTS
from racing_in_process import RacingInProcess, Row, build, crawl, seasons_only

from iracing_assets import checks
from iracing_assets.definitions import defs
from iracing_assets.past_seasons import sync_past_seasons
from iracing_assets.staging import SOURCE
from iracing_assets.transform import TABLES, column_types, connect, show_typed
from iracing_assets.workspace import Workspace
from resources.dagster_operations import CHECK as OPERATIONS
from resources.table_docs import table_docs

pytestmark = pytest.mark.promise("G5")

ROW_CHECKS = checks.row_checks()
TRIED_BELOW = {"seasons_are_fresh", "every_week_stored", "no_drift"}
TRIED_ELSEWHERE = {"schedule_as_you_saw_it": "test_schedule_changes.py"}
TABLE_NAMES = [table.split(".")[1] for table in TABLES]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """All tables with rows in each: every kind of schedule, a past season, a change."""
    racing = RacingInProcess()
    work = racing.workspace(tmp_path_factory.mktemp("checked") / "data")
    crawl(work)
    racing.edit(racing.season("hourly")["season_id"], 3, race_lap_limit=99)
    seasons_only(work)
    sync_past_seasons(work, [racing.season("rotating")["series_id"]], 4)
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
    assert sorted(names) == sorted({*ROW_CHECKS, *TRIED_BELOW, *TRIED_ELSEWHERE}), "each runs, once"
    for name, file in TRIED_ELSEWHERE.items():
        assert f"checks.{name}" in Path(__file__).with_name(file).read_text()
    figure(f"{len(names)} checks of iRacing, each with a planted fault")


def test_every_documented_table_has_a_blocking_check_of_its_key() -> None:
    documented = {doc.name for doc in table_docs().values() if doc.name.startswith("iracing.")}
    assert documented == set(TABLES) == set(column_types())
    assert all(ROW_CHECKS[f"key_of_{name}"].blocking for name in TABLE_NAMES)


def test_clean_data_raise_no_alarm(tables: duckdb.DuckDBPyConnection) -> None:
    assert all(tables.sql(f"FROM {name}").fetchall() for name in TABLE_NAMES), "no table is empty"
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
    figure(f"{sum(map(len, FAULTS.values()))} planted faults in iRacing's rows, all found")


def test_a_check_of_rows_fails_in_dagster_where_its_query_finds_one(synced: Workspace) -> None:
    """Through the definitions, on the files of the lake."""
    (definition,) = [
        each for each in checks.definitions() if each.node_def.name == "rows_of_race_calendar"
    ]  # fmt: skip

    def failing() -> set[str]:
        result = dg.materialize([definition], selection=dg.AssetSelection.checks(definition))
        return {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}

    assert failing() == set()
    (file,) = synced.lake.files("iracing.tracks")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE rows AS FROM '{file}'")
        connection.execute(f"COPY (FROM rows LIMIT 1) TO '{file}'")
    assert failing() == {"tracks_lead_somewhere"}


def test_an_empty_catalogue_is_no_alarm(work: Workspace) -> None:
    """Whoever imported schedules only has no cars and tracks to lead to."""
    seasons_only(work)
    build(work)
    with checks.shown(work.lake, list(ROW_CHECKS.values())) as connection:
        found = {name for name, check in ROW_CHECKS.items() if connection.sql(check.sql).fetchall()}
    assert found == set()


def test_old_and_missing_lists_are_told(
    work: Workspace, racing: RacingInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not evaluate(checks.seasons_are_fresh).passed, "never asked"
    seasons_only(work)
    assert evaluate(checks.seasons_are_fresh).passed
    for days, passed in ((1, True), (3, False), (-1, False)):
        moment = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr(checks, "now", lambda moment=moment: moment)
        found = evaluate(checks.seasons_are_fresh)
        assert (found.passed, found.severity) == (passed, dg.AssetCheckSeverity.WARN)


def test_weeks_that_could_not_be_stored_are_told(work: Workspace, racing: RacingInProcess) -> None:
    seasons_only(work)
    assert evaluate(checks.every_week_stored).passed
    racing.edit(racing.season("hourly")["season_id"], 3, race_week_num=None)
    seasons_only(work)
    found = evaluate(checks.every_week_stored)
    assert not found.passed and "1 weeks could not be stored" in str(found.metadata["first of them"].value)
    (lost,) = rows_of_coverage(work)
    assert lost["source"] == SOURCE


def rows_of_coverage(work: Workspace) -> list[Row]:
    return work.state.rows("SELECT * FROM coverage WHERE state <> 'complete'")


def test_fields_that_are_news_are_told_once(racing: RacingInProcess, data_dir: Path) -> None:
    """By the run that saw them first."""

    @dg.asset(key=["iracing", "current_seasons"])
    def fetched(context: dg.AssetExecutionContext) -> None:
        seasons_only(racing.workspace(data_dir, context.run.run_id))

    def run() -> dg.AssetCheckEvaluation:
        result = dg.materialize([fetched, checks.no_drift], instance=dg.DagsterInstance.ephemeral())
        return result.get_asset_check_evaluations()[0]

    assert run().passed
    racing.edit(racing.season("hourly")["season_id"], 3, brand_new="field", race_lap_limit="twelve")
    found = run()
    assert not found.passed and found.severity == dg.AssetCheckSeverity.WARN
    assert found.metadata["new"].value == 2
    assert "schedules.brand_new: unknown string" in str(found.metadata["first of them"].value)
    assert run().passed
