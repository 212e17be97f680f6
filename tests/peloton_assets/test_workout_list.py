"""Phase one: few requests, months proven by the provider's counts, whatever moves, is removed or unfinished."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path

import pytest
from in_process import InProcess, crawl_workouts
from observing import Row, by_id, coverage, quiet

from peloton_assets.members import member_of
from peloton_assets.scope import months_between
from peloton_assets.transform import WORKOUTS
from peloton_assets.workout_list import WorkoutResult, sync_workouts
from peloton_assets.workspace import Workspace
from resources.errors import BadAnswer, ProviderUnavailable

UNTIL = date(2021, 6, 30)


@pytest.fixture
def provider() -> InProcess:
    return InProcess(120, UNTIL, workouts=430)


@pytest.fixture
def work(provider: InProcess, data_dir: Path) -> Workspace:
    return provider.workspace(data_dir)


def listed(work: Workspace, months: tuple[str, ...] | None = None, **options: bool) -> WorkoutResult:
    with work.crawling():
        return sync_workouts(work, member_of(work), quiet, months, **options)


def truth(provider: InProcess) -> dict[str, Row]:
    return {row["id"]: row for row in provider.act("workouts", {"member": 0})}


def states(work: Workspace) -> set[str]:
    return {row["state"] for row in coverage(work, "workouts").values()}


def test_all_workouts_come_with_one_request_for_a_hundred(work: Workspace, provider: InProcess) -> None:
    result = listed(work)
    assert (result.pages, result.counts.created) == (5, 430)
    assert by_id(work.lake, WORKOUTS, "workout_id").keys() == truth(provider).keys()
    assert states(work) == {"complete"}
    assert sum(row["provider_count"] for row in coverage(work, "workouts").values()) == 430


def test_every_fact_of_a_workout_is_stored(work: Workspace, provider: InProcess) -> None:
    listed(work)
    stored = by_id(work.lake, WORKOUTS, "workout_id")
    for item, told in truth(provider).items():
        row = stored[item]
        assert row["ride_id"] == (told["ride_id"] if told["ride_in_row"] else None)
        assert row["start_time"].timestamp() == told["start_time"]
        assert row["status"] == told["status"]
        assert row["timezone"] == told["timezone"]
        assert row["total_work_j"] == pytest.approx(told["total_work"])
        assert row["fitness_discipline"] == told["fitness_discipline"]


@pytest.mark.parametrize("basis", ["local_created", "utc_created", "local_start", "utc_start"])
def test_months_are_proven_whatever_the_provider_calls_a_month(
    work: Workspace, provider: InProcess, basis: str
) -> None:
    provider.peloton.settings["summary_month"] = basis
    listed(work)
    assert states(work) == {"complete"}
    for row in coverage(work, "workouts").values():
        told = work.state.rows("SELECT sum(effect) AS n FROM differences WHERE month = ?", row["month"])
        assert row["rows"] == row["provider_count"] + (told[0]["n"] or 0)


def test_a_second_run_costs_one_request(work: Workspace, provider: InProcess) -> None:
    listed(work)
    provider.asked()
    assert listed(work).counts.created == 0
    assert provider.asked().get("workouts") == 1


def test_new_workouts_are_on_the_first_page(work: Workspace, provider: InProcess) -> None:
    listed(work)
    new = provider.act("add_workouts", {"member": 0, "count": 3})
    provider.asked()
    result = listed(work)
    assert (result.pages, result.counts.created) == (1, 3)
    assert {row["id"] for row in new} <= by_id(work.lake, WORKOUTS, "workout_id").keys()
    assert states(work) == {"complete"}


def test_an_old_month_is_found_without_reading_what_is_newer(work: Workspace, provider: InProcess) -> None:
    result = listed(work, ("2019-03",))
    assert result.pages <= 3, "the first page, and where the counts say the month lies"
    assert coverage(work, "workouts")["2019-03"]["state"] == "complete"
    assert coverage(work, "workouts").keys() == {"2019-03"}


@pytest.mark.tier("N")
def test_a_stopped_walk_goes_on_where_it_was(work: Workspace, provider: InProcess) -> None:
    provider.faults({"kind": "status", "status": 503, "endpoint": "workouts", "at_request": 4})
    with pytest.raises(ProviderUnavailable):
        listed(work)
    assert "incomplete" in states(work)
    provider.faults()
    provider.asked()
    result = listed(work)
    assert result.pages == 3, "the first page again, and the two that were not read"
    assert by_id(work.lake, WORKOUTS, "workout_id").keys() == truth(provider).keys()
    assert states(work) == {"complete"}


@pytest.mark.tier("N")
def test_a_removed_workout_is_marked_and_comes_back(work: Workspace, provider: InProcess) -> None:
    listed(work)
    gone = [*truth(provider)][200:203]
    provider.act("delete_workouts", {"ids": gone})
    assert listed(work).removed == 3
    assert states(work) == {"complete"}
    assert sum(row["rows"] for row in coverage(work, "workouts").values()) == 427
    assert listed(work).pages == 1, "what is known to be gone is not looked for again"


@pytest.mark.tier("N")
def test_more_removals_than_can_be_believed_need_a_word(work: Workspace, provider: InProcess) -> None:
    listed(work)
    provider.act("delete_workouts", {"ids": [*truth(provider)][:200]})
    assert listed(work).removed == 0
    assert "incomplete" in states(work)
    assert listed(work, accept_removals=True).removed == 200
    assert states(work) == {"complete"}


def test_a_workout_in_progress_is_looked_at_again(work: Workspace, provider: InProcess) -> None:
    new = provider.act("add_workouts", {"member": 0, "count": 1, "status": "IN_PROGRESS"})[0]["id"]
    listed(work)
    provider.act("finish_workout", {"id": new})
    listed(work)
    assert by_id(work.lake, WORKOUTS, "workout_id")[new]["status"] == "COMPLETE"


def test_without_believable_counts_the_walk_ends_at_known_pages(work: Workspace, provider: InProcess) -> None:
    provider.faults({"kind": "field", "path": "summary", "op": "delete", "endpoint": "workouts", "times": 0})
    assert listed(work).counts.created == 430
    assert listed(work).pages == 1, "a page that is known as a whole"


def test_a_page_that_is_none_changes_nothing(work: Workspace, provider: InProcess) -> None:
    provider.faults({"kind": "html", "endpoint": "workouts", "times": 0})
    with pytest.raises(BadAnswer):
        listed(work)
    assert not by_id(work.lake, WORKOUTS, "workout_id")


def test_every_recorded_row_is_read(recorded: Path, tmp_path: Path) -> None:
    from landed import Zone

    from peloton_assets.staging import merge_workouts
    from peloton_assets.transform import connect

    zone, rows = Zone(tmp_path), {}
    for path in sorted((recorded / "user_workouts").glob("*.json")):
        answer = json.loads(path.read_text())
        data = answer if isinstance(answer, list) else answer["data"]
        for number, row in enumerate(data):
            row.setdefault("id", f"{path.stem}-{number}")
            rows[row["id"]] = row
        zone.land("user_workouts", "2026-11-01", ("member", {"data": data}))
    for path in sorted((recorded / "workout").glob("*.json")):
        row = json.loads(path.read_text())
        rows[row["id"]] = row
        zone.land("workout", "2026-11-01", (row["id"], row))
    pages = [*zone.landing.sealed("peloton", "user_workouts"), *zone.landing.sealed("peloton", "workout")]
    with connect() as connection:
        change = merge_workouts(connection, zone.lake, pages)
    assert change.unplaced == ()
    stored = by_id(zone.lake, WORKOUTS, "workout_id")
    assert stored.keys() == rows.keys()
    for item, row in rows.items():
        assert stored[item]["start_time"].timestamp() == row["start_time"]
        assert stored[item]["total_work_j"] == row["total_work"]
        ride = (row.get("ride") or {}).get("id") or ""
        assert stored[item]["ride_id"] == (ride if ride.strip("0-") else None)


@pytest.mark.promise("C5")
@pytest.mark.tier("N")
def test_months_in_any_order_are_one_whole_sync(data_dir: Path, draw: random.Random) -> None:
    """Windows overlap, come twice and in any order; at the end a sync of everything adds what lies between."""
    months = months_between(date(2019, 1, 1), UNTIL)
    provider = InProcess(120, UNTIL, workouts=230)
    whole, parts = provider.workspace(data_dir / "whole"), provider.workspace(data_dir / "parts")
    listed(whole)
    windows = [draw.sample(months, 7) for _ in range(4)]
    for window in windows:
        listed(parts, tuple(window))
        assert {coverage(parts, "workouts")[month]["state"] for month in window} == {"complete"}
    listed(parts)
    assert stored(parts) == stored(whole)
    assert facts(parts).items() >= facts(whole).items()


def stored(work: Workspace) -> dict[str, Row]:
    when = ("first_listed_at", "last_listed_at")
    found = by_id(work.lake, WORKOUTS, "workout_id")
    return {item: {name: row[name] for name in row if name not in when} for item, row in found.items()}


def facts(work: Workspace) -> dict[str, tuple[str, int]]:
    return {month: (row["state"], row["rows"]) for month, row in coverage(work, "workouts").items()}


@pytest.mark.tier("N")
def test_four_thousand_workouts_take_forty_one_requests(data_dir: Path) -> None:
    """And all of the rest hardly more than one for each class and graph that there is."""
    provider = InProcess(1200, UNTIL, workouts=4000)
    work = provider.workspace(data_dir)
    listed(work)
    asked = provider.asked()
    assert (asked["me"], asked["workouts"]) == (1, 40)
    assert len(stored(work)) == 4000


@pytest.mark.tier("N")
def test_the_whole_costs_hardly_more_than_what_there_is(work: Workspace, provider: InProcess) -> None:
    crawl_workouts(work)
    asked = provider.asked()
    told = truth(provider).values()
    missing = {row["ride_id"] for row in told if row["ride_id"] and row["ride_id"].strip("0")}
    complete = sum(row["status"] == "COMPLETE" for row in told)
    spent = sum(count for endpoint, count in asked.items() if endpoint != "token")
    assert spent / (asked["workouts"] + len(missing) + complete) <= 1.02


@pytest.mark.tier("N")
def test_a_row_that_cannot_be_placed_is_told_until_it_can(work: Workspace, provider: InProcess) -> None:
    bad = [*truth(provider)][5]
    row = {
        "kind": "field",
        "path": "data.5.start_time",
        "op": "delete",
        "endpoint": "workouts",
        "at_request": 1,
    }
    provider.faults(row, {**row, "path": "data.5.created_at"})
    listed(work)
    failed = work.state.rows("SELECT id FROM failures")
    assert [each["id"] for each in failed] == [bad]
    assert "incomplete" in states(work)
    provider.faults()
    listed(work)
    assert work.state.rows("SELECT id FROM failures") == []
    assert states(work) == {"complete"}
