"""The daily refresh: what it asks, what it stores, and what it says when an answer is partial or missing."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from racing_in_process import CATALOGUE, RacingInProcess, build, crawl, landed, rows, seasons_only

from iracing_assets.documents import CURRENT, sync_documents, sync_seasons
from iracing_assets.transform import TABLES
from iracing_assets.workspace import Workspace
from resources.errors import BadAnswer, ProviderUnavailable
from resources.lake import Lake
from resources.state import SyncCounts

MOST_REQUESTS = 12  # of a daily refresh


def bytes_of(lake: Lake) -> dict[str, str]:
    """Every file of the typed tables, by the hash of its bytes."""
    files = [path for table in TABLES for path in lake.files(table)]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def coverage(work: Workspace) -> dict[str, dict[str, Any]]:
    return {row["month"]: row for row in work.state.rows("SELECT * FROM coverage")}


def test_a_daily_refresh_is_eight_requests(work: Workspace, racing: RacingInProcess) -> None:
    racing.asked()
    counts = crawl(work)
    assert counts.requests == counts.minimum_requests == sum(racing.asked().values()) == 8 <= MOST_REQUESTS
    assert all(len(landed(work, resource)) == 1 for resource in (*CATALOGUE, CURRENT))


@pytest.mark.promise("G1")
def test_the_second_refresh_changes_no_row_although_fields_move(
    work: Workspace, racing: RacingInProcess
) -> None:
    crawl(work)
    assert build(work)
    before = bytes_of(work.lake)
    counts = crawl(work)
    assert (counts.created, counts.updated) == (0, 0) and counts.skipped > 100
    first, second = (line["payload"] for line in landed(work, CURRENT))
    assert first != second, "the sandbox moved its volatile fields"
    assert build(work) == {} and bytes_of(work.lake) == before
    assert rows(work.lake, "iracing.schedule_changes") == []


@pytest.mark.promise("G4")
def test_everything_told_is_stored_and_its_months_are_complete(
    synced: Workspace, racing: RacingInProcess
) -> None:
    truth = racing.act("truth")["seasons"]
    told = {(season["season_id"], week["race_week_num"]) for season in truth for week in season["schedules"]}
    assert {(row["season_id"], row["race_week_num"]) for row in rows(synced.lake, "iracing.events")} == told
    assert all(row["active"] and row["has_schedule"] for row in rows(synced.lake, "iracing.seasons"))
    months = Counter(week["start_date"][:7] for season in truth for week in season["schedules"])
    found = coverage(synced)
    assert {month: row["provider_count"] for month, row in found.items()} == months
    assert all(row["state"] == "complete" and row["rows"] == row["provider_count"] for row in found.values())


@pytest.mark.promise("B6")
@pytest.mark.parametrize("field", ["race_week_num", "start_date"])
def test_a_week_without_number_or_day_makes_its_month_incomplete(
    field: str, work: Workspace, racing: RacingInProcess
) -> None:
    crawl(work)
    season = racing.season("hourly")
    place = [row["season_id"] for row in racing.act("truth")["seasons"]].index(season["season_id"])
    racing.faults(
        {
            "kind": "field", "path": f"{place}.schedules.3.{field}", "op": "set", "value": None, "times": 0,
            "endpoint": "iracing_storage", "id": "iracing_series_seasons",
        }
    )  # fmt: skip
    seasons_only(work)
    build(work)
    (bad,) = [row for row in coverage(work).values() if row["state"] != "complete"]
    assert (bad["state"], bad["reason"]) == ("incomplete", "1 weeks could not be stored")
    assert bad["rows"] == bad["provider_count"] - 1
    differences = work.state.rows("SELECT reason, effect FROM differences")
    assert differences == [{"reason": "it has no number or no first day", "effect": -1}]
    events = [row for row in rows(work.lake, "iracing.events") if row["season_id"] == season["season_id"]]
    assert len(events) == len(season["schedules"]) - 1
    racing.faults()
    seasons_only(work)
    assert {row["state"] for row in coverage(work).values()} == {"complete"}


@pytest.mark.promise("B4")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "truncate", "at_byte": 5_000},
        {"kind": "body", "text": "<html>One moment</html>"},
        {"kind": "json", "value": []},
        {"kind": "json", "value": None},
    ],
)
def test_an_answer_that_is_none_leaves_everything_as_it_was(
    fault: dict[str, Any], synced: Workspace, racing: RacingInProcess
) -> None:
    before, known = bytes_of(synced.lake), coverage(synced)
    racing.faults({**fault, "times": 0, "endpoint": "iracing_storage", "id": "iracing_series_seasons"})
    with pytest.raises(BadAnswer):
        seasons_only(synced)
    assert build(synced) == {} and bytes_of(synced.lake) == before
    assert coverage(synced) == known, "what was proven stays proven"


def test_a_first_answer_that_is_none_is_told_as_incomplete(work: Workspace, racing: RacingInProcess) -> None:
    racing.faults({"kind": "json", "value": [], "times": 0, "endpoint": "iracing_storage"})
    with pytest.raises(BadAnswer):
        seasons_only(work)
    (row,) = coverage(work).values()
    assert row["state"] == "incomplete" and "empty" in row["reason"]


@pytest.mark.promise("B3")
def test_an_outage_in_the_middle_keeps_what_came_before(work: Workspace, racing: RacingInProcess) -> None:
    racing.faults({"kind": "status", "status": 503, "times": 0, "endpoint": "iracing_car_get"})
    counts = SyncCounts()
    with pytest.raises(ProviderUnavailable), work.crawling():
        sync_documents(work, CATALOGUE, counts)
    assert (counts.fetched, counts.requests) == (3, 4)
    racing.faults()
    with work.crawling():
        pass  # merges what is landed
    build(work)
    assert len(rows(work.lake, "iracing.series")) == 12 and rows(work.lake, "iracing.car_classes")
    assert rows(work.lake, "iracing.cars") == []


def test_chosen_seasons_are_asked_once_each_and_one_that_fails_stops_no_other(
    work: Workspace, racing: RacingInProcess
) -> None:
    first, second, third = racing.act("truth")["all_season_ids"][-3:]
    racing.faults({"kind": "status", "status": 400, "times": 0, "path_contains": f"season_id={second}"})
    counts = SyncCounts()
    with work.crawling():
        sync_seasons(work, [first, second, first, third], counts)
    assert (counts.requests, counts.fetched, counts.errors) == (3, 2, 1)
    build(work)
    assert {row["season_id"] for row in rows(work.lake, "iracing.events")} == {first, third}
    (failure,) = work.state.rows("SELECT resource, id, message FROM failures")
    assert (failure["resource"], failure["id"]) == ("series_season_schedule", str(second))
    racing.faults()
    with work.crawling():
        sync_seasons(work, [second], counts)
    assert work.state.rows("SELECT id FROM failures") == []


def test_chosen_seasons_that_all_fail_are_a_failure(work: Workspace, racing: RacingInProcess) -> None:
    racing.faults({"kind": "status", "status": 400, "times": 0})
    with pytest.raises(BadAnswer), work.crawling():
        sync_seasons(work, [1, 2], SyncCounts())


@pytest.mark.promise("B3")
def test_a_season_that_is_gone_stops_no_other(work: Workspace, racing: RacingInProcess) -> None:
    known = racing.act("truth")["all_season_ids"][-1]
    counts = SyncCounts()
    with work.crawling():
        sync_seasons(work, [999_999, known], counts)
    assert (counts.fetched, counts.errors) == (1, 1)


def test_a_dead_run_is_merged_by_the_next(work: Workspace, racing: RacingInProcess, data_dir: Path) -> None:
    """Landed and not merged: as after a kill behind the write."""
    answer = work.client.current_seasons()
    work.landing.writer("iracing", CURRENT, "2026-11").write(answer, "all")
    again = racing.workspace(data_dir)
    with again.crawling():
        pass
    assert again.change.created > 100
