"""Each asset check passes on clean data and finds a fault that is planted into the lake or the state."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from landed import Zone, invented

from peloton_assets import checks
from peloton_assets.transform import MONTHLY_TABLES
from resources.lake import Lake
from resources.state import Coverage, State

ROW_CHECKS = {check.check_key.name: check for check in checks.row_checks()}
Plant = Callable[[Lake], None]


@pytest.fixture
def zone(data_dir: Path) -> Zone:
    """A lake of fifty invented classes in the data folder that the checks look at."""
    zone = Zone(data_dir)
    listed, details = invented(50)
    zone.list_page(listed)
    for ride, answer in zip(listed, details, strict=True):
        zone.details(ride, answer)
    zone.land(
        "instructors",
        "2026-11",
        ("0", {"data": [answer["ride"]["instructor"] for answer in details if answer["ride"]["instructor"]]}),
    )
    zone.build()
    return zone


def evaluate(check: dg.AssetChecksDefinition) -> dg.AssetCheckEvaluation:
    """Run one check by itself, as Dagster would."""
    result = dg.materialize(
        [check],
        selection=dg.AssetSelection.checks(check),
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )
    return result.get_asset_check_evaluations()[0]


def change(lake: Lake, table: str, edit: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Rewrite the newest month of a table that has rows."""
    path = next(path for path in reversed(lake.files(table)) if lake.row_count([path]))
    edit(pl.read_parquet(path)).write_parquet(path)


def doubled(lake: Lake) -> None:
    change(lake, "peloton.rides", lambda frame: pl.concat([frame, frame.head(1)]))


def orphaned(lake: Lake) -> None:
    change(lake, "peloton.songs", lambda frame: frame.with_columns(ride_id=pl.lit("of no class")))


def moved(lake: Lake) -> None:
    change(
        lake,
        "peloton.rides",
        lambda frame: frame.with_columns(original_air_time=datetime(2001, 5, 1, tzinfo=UTC)),
    )


def nameless(lake: Lake) -> None:
    change(lake, "peloton.instructors", lambda frame: frame.head(0))


def miscounted(lake: Lake) -> None:
    change(lake, "peloton.playlists", lambda frame: frame.with_columns(song_count=pl.col("song_count") + 1))


FAULTS: dict[str, Plant] = {
    "keys_unique": doubled,
    "songs_have_classes": orphaned,
    "air_month_is_partition": moved,
    "rides_have_instructors": nameless,
    "playlists_count_songs": miscounted,
}


def test_every_row_check_has_a_planted_fault() -> None:
    assert ROW_CHECKS.keys() == FAULTS.keys()


@pytest.mark.parametrize("name", FAULTS)
def test_a_row_check_finds_its_fault_and_nothing_else(name: str, zone: Zone) -> None:
    clean = evaluate(ROW_CHECKS[name])
    assert clean.passed, clean.metadata
    FAULTS[name](zone.lake)
    found = evaluate(ROW_CHECKS[name])
    assert not found.passed
    assert int(found.metadata["offending rows"].value) > 0  # type: ignore[arg-type]


def test_row_checks_run_before_anything_is_stored(data_dir: Path) -> None:
    assert all(evaluate(check).passed for check in ROW_CHECKS.values())
    assert not [path for table in MONTHLY_TABLES for path in Lake(data_dir / "lake").files(table)]


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


def test_drift_is_reported_once_by_the_run_that_saw_it(data_dir: Path) -> None:
    state = State(data_dir / "state")
    instance = dg.DagsterInstance.ephemeral()
    news = [("playlist.songs[].genres", "unknown", "array")]

    @dg.asset(key=["peloton", "ride_details"])
    def ride_details(context: dg.AssetExecutionContext) -> None:
        state.record_drift("peloton", "ride_details", news, context.run_id, datetime.now(UTC))

    def run() -> dg.AssetCheckEvaluation:
        return dg.materialize(
            [ride_details, checks.no_drift], instance=instance
        ).get_asset_check_evaluations()[0]

    assert not run().passed
    again = run()
    assert again.passed
    assert again.metadata["known drift"].value == 1
