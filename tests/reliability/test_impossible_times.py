"""Times of the year 2999 and of 1970, in what was saved and in what is told: nothing is lost, nothing doubled."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from engine import build
from equal import Content, content
from in_process import InProcess, crawl
from landed import BEGAN, Told, Zone, a_ride, a_song
from observing import by_id, failures, month_of_time, quiet, rows

from peloton_assets import checks
from peloton_assets.full_walk import full_walk
from peloton_assets.incremental import unsettled_months
from peloton_assets.listing import sync_list
from peloton_assets.references import sync_references
from peloton_assets.scope import Scope
from peloton_assets.transform import DETAILS, LISTINGS, stale_months
from peloton_assets.workspace import Workspace
from resources.errors import NotServed
from resources.state import RETRY_AFTER_NOT_SERVED, Coverage, State

pytestmark = pytest.mark.promise("C3")

FUTURE, PAST = datetime(2999, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)
MONTHS = ("2018-12", "2019-01", "2019-02", "2019-03", "2019-04")
ALL = Scope(MONTHS, classes="all")
either_way = pytest.mark.parametrize("moment", [FUTURE, PAST], ids=["2999", "1970"])


@pytest.fixture(scope="module")
def library() -> InProcess:
    return InProcess(130, date(2019, 4, 30))


@pytest.fixture(scope="module")
def fetched(library: InProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = library.workspace(tmp_path_factory.mktemp("fetched"))
    crawl(work, ALL)
    full_walk(work, MONTHS, quiet, accept_removals=False)
    build(work)
    return work.settings.data_dir


@pytest.fixture(scope="module")
def whole(fetched: Path) -> Content:
    return content(fetched / "warehouse.duckdb")


@pytest.fixture
def work(library: InProcess, fetched: Path, data_dir: Path) -> Iterator[Workspace]:
    shutil.copytree(fetched, data_dir)
    library.asked()
    yield library.workspace(data_dir)
    library.faults()


def change(work: Workspace, sql: str, *values: Any) -> None:
    """Change what is saved behind everybody's back."""
    with closing(sqlite3.connect(work.settings.state_dir / "paceline.sqlite")) as connection, connection:
        assert connection.execute(sql, values).rowcount > 0, sql


def evaluate(check: dg.AssetChecksDefinition) -> dg.AssetCheckEvaluation:
    (found,) = dg.materialize(
        [check], selection=dg.AssetSelection.checks(check), instance=dg.DagsterInstance.ephemeral()
    ).get_asset_check_evaluations()
    return found


def alarm() -> str:
    """What the check of the clock says."""
    found = evaluate(checks.clock_was_right)
    assert found.passed == (found.metadata["first of them"].value == "none")
    return str(found.metadata["first of them"].value)


@pytest.mark.parametrize("rows_from_end", [10**15, 0, -5])
def test_a_list_position_that_cannot_be_costs_probes_and_nothing_else(
    tmp_path: Path, rows_from_end: int
) -> None:
    """Remembered from another list, or from another life of this one."""
    long = InProcess(450, date(2019, 4, 30))  # five pages
    work = long.workspace(tmp_path)
    work.state.record_positions("peloton", "ride_list", dict.fromkeys(MONTHS, rows_from_end))
    sync_list(work, Scope(MONTHS[2:3]), quiet)
    found = {ride for ride, row in by_id(work.lake, LISTINGS).items() if row["air_month"] == MONTHS[2]}
    assert found == {r["id"] for r in long.listed() if month_of_time(r["original_air_time"]) == MONTHS[2]}
    assert long.asked()["archived"] <= 2 * 5, "no page more than twice"


@either_way
def test_a_proof_at_an_impossible_time_is_proven_anew(work: Workspace, moment: datetime) -> None:
    """A month called complete by a clock of the future may not have been over."""
    assert unsettled_months(work.state, ALL) == MONTHS[-1:]
    assert alarm() == "none"
    change(
        work,
        "UPDATE coverage SET proven_at = ? WHERE resource = 'ride_list' AND month = ?",
        moment.isoformat(timespec="microseconds"), MONTHS[2],
    )  # fmt: skip
    assert f"coverage {MONTHS[2]}: proven_at {moment.isoformat()[:10]}" in alarm()
    assert unsettled_months(work.state, ALL) == MONTHS[2:]
    crawl(work, Scope(MONTHS[2:], classes="all"), names=False)
    assert unsettled_months(work.state, ALL) == MONTHS[-1:]
    assert alarm() == "none"


@either_way
def test_a_pause_until_an_impossible_time_is_no_pause(
    work: Workspace, library: InProcess, moment: datetime
) -> None:
    """The longest pause that is ever given is a month."""
    before = by_id(work.lake, DETAILS).keys()
    (file,) = work.landing.sealed("peloton", "ride_details", MONTHS[1])
    file.unlink()
    lost = {row["ride_id"] for row in rows(work.lake, DETAILS) if row["air_month"] == MONTHS[1]}
    gone = NotServed("No such class", "It is not asked for again.")
    for ride in lost:
        work.state.record_failure("peloton", "ride_details", ride, gone, moment, RETRY_AFTER_NOT_SERVED)
    assert any(f"failures {ride}: last_failed_at" in alarm() for ride in lost)
    crawl(work, Scope(MONTHS[1:2], classes="all"), names=False)
    assert by_id(work.lake, DETAILS).keys() == before
    assert library.asked()["details"] >= len(lost)
    assert failures(work).keys().isdisjoint(lost)


@either_way
def test_freshness_is_not_proven_by_an_impossible_time(data_dir: Path, moment: datetime) -> None:
    this_month = Coverage("ride_list", f"{datetime.now(UTC):%Y-%m}", "complete")
    State(data_dir / "state").record_coverage("peloton", [this_month], "run", moment)
    assert not evaluate(checks.list_is_fresh).passed


@either_way
def test_names_are_not_fresh_for_ever(work: Workspace, library: InProcess, moment: datetime) -> None:
    for file in work.landing.sealed("peloton", "metadata_mappings"):
        os.utime(file, (moment.timestamp(), moment.timestamp()))
    for asked in ({"instructor": 1, "mappings": 1}, {}):
        sync_references(work)
        assert library.asked() == asked


def test_a_table_built_by_a_clock_of_the_future_is_built_again(work: Workspace) -> None:
    built = work.lake.path("peloton.rides", MONTHS[2])
    os.utime(built, (FUTURE.timestamp(), FUTURE.timestamp()))
    assert stale_months(work.lake, "peloton.rides") == [MONTHS[2]]


def land(zone: Zone, resource: str, segment: str, item: str, payload: Any, moment: datetime) -> Path:
    """An answer that arrived at a moment of our choice."""
    with zone.landing.writer("peloton", resource, segment) as writer:
        writer.write(Told(json.dumps(payload), moment), item)
    return zone.landing.sealed("peloton", resource, segment)[-1]


def page(title: str, *rides: Any) -> Any:
    return {
        "data": [a_ride(title=title), *rides],
        "total": 1 + len(rides),
        "instructors": [{"id": "i", "name": title}],
    }


@either_way
def test_what_was_seen_at_an_impossible_time_hides_nothing_seen_later(
    tmp_path: Path, moment: datetime
) -> None:
    """Rows, songs and names of a run whose clock was wrong; both orders of merging and a rebuild agree."""
    found = []
    for order in ((0, 1), (1, 0)):
        zone = Zone(tmp_path / str(order))
        pages = [
            land(
                zone,
                "ride_archived",
                "2026-11-01",
                "all",
                page("wrong clock", a_ride(id="only there")),
                moment,
            ),
            land(zone, "ride_archived", "2026-11-01", "all", page("right clock"), BEGAN),
        ]
        for title, seen_at in (("wrong clock", moment), ("right clock", BEGAN)):
            details = {"ride": {"id": a_ride()["id"]}, "playlist": {"songs": [a_song(title=title)]}}
            land(zone, "ride_details", "2024-05", a_ride()["id"], details, seen_at)
        for place in order:
            zone.merge(pages[place])
        merged = by_id(zone.lake, LISTINGS)
        assert {ride: row["title"] for ride, row in merged.items()} == {
            a_ride()["id"]: "right clock", "only there": a_ride()["title"],
        }  # fmt: skip
        zone.build()
        assert by_id(zone.lake, LISTINGS) == merged
        assert [song["title"] for song in rows(zone.lake, "peloton.songs")] == ["right clock"]
        assert [row["name"] for row in rows(zone.lake, "peloton.instructors")] == ["right clock"]
        found.append(merged)
    assert found[0] == found[1]


@either_way
def test_a_full_walk_at_an_impossible_time_removes_nothing(tmp_path: Path, moment: datetime) -> None:
    zone = Zone(tmp_path)
    walks = [
        (moment, moment + timedelta(minutes=1)),
        (BEGAN + timedelta(hours=1), BEGAN + timedelta(hours=2)),
    ]
    for started, ended in walks:
        record = {"started_at": started.isoformat(), "ended_at": ended.isoformat(), "total": 1}
        land(zone, "full_walks", "2026-11", "all", record, ended)
    land(zone, "ride_archived", "2026-11-01", "all", page("gone", a_ride(id="seen by a wrong clock")), moment)
    land(zone, "ride_archived", "2026-11-01", "all", page("there"), BEGAN + timedelta(hours=1, minutes=9))
    zone.build()
    removed = {ride: row["removed_at"] for ride, row in by_id(zone.lake, "peloton.rides").items()}
    assert removed == {a_ride()["id"]: None, "seen by a wrong clock": BEGAN + timedelta(hours=2)}


@either_way
def test_what_was_seen_at_an_impossible_time_is_told(data_dir: Path, moment: datetime) -> None:
    zone, ride = Zone(data_dir), a_ride()["id"]
    land(zone, "ride_archived", "2026-11-01", "all", page("wrong clock"), moment)
    land(zone, "ride_details", "2024-05", ride, {"ride": {"id": ride}}, moment)
    record = {"started_at": moment.isoformat(), "ended_at": moment.isoformat(), "total": 1}
    land(zone, "full_walks", "2026-11", "all", record, moment)
    zone.build()
    told = alarm()
    assert f"ride_listings {ride}: last_listed_at {moment}" in told
    assert f"ride_details {ride}: details_fetched_at {moment}" in told
    assert f"full_walks {moment}: started_at {moment}" in told


def test_list_rows_with_an_impossible_time(
    work: Workspace, library: InProcess, whole: Content, tmp_path: Path
) -> None:
    """A known class keeps its month; one that was never seen is told as a failure and read by the next sync."""
    odd = {0: FUTURE, 57: PAST, 99: FUTURE}
    library.faults(*(
        {"kind": "field", "endpoint": "archived", "path_contains": "page=0", "path": f"data.{place}.{name}",
         "op": "set", "value": int(moment.timestamp()), "times": 0}
        for place, moment in odd.items()
        for name in ("original_air_time", "scheduled_start_time")
    ))  # fmt: skip
    unplaced = {library.listed()[place]["id"] for place in odd}
    before = by_id(work.lake, LISTINGS)
    crawl(work, ALL)
    after = by_id(work.lake, LISTINGS)
    assert {ride: row["air_month"] for ride, row in after.items()} == {
        ride: row["air_month"] for ride, row in before.items()
    }
    fresh = library.workspace(tmp_path / "fresh")
    crawl(fresh, ALL)
    assert unplaced <= failures(fresh).keys()
    assert by_id(fresh.lake, LISTINGS).keys() == before.keys() - unplaced
    library.faults()
    crawl(fresh, ALL)
    build(fresh)
    assert content(fresh.settings.warehouse_file) == whole
    assert failures(fresh).keys().isdisjoint(unplaced)


def test_a_pause_that_may_be_is_kept(work: Workspace, library: InProcess) -> None:
    ride = rows(work.lake, LISTINGS)[0]["ride_id"]
    ago = datetime.now(UTC) - timedelta(days=29)
    work.state.record_failure(
        "peloton", "ride_details", ride, NotServed("Gone", "Go."), ago, RETRY_AFTER_NOT_SERVED
    )
    crawl(work, Scope(MONTHS, classes="all", refresh=True))
    assert library.world.log.details_by_id[ride] == 0
