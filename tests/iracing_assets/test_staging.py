"""What stays when a list shows less, and that documents in any order make the same tables."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from equal import Content, content
from racing_in_process import RacingInProcess, Row, build, crawl, rows, seasons_only

from iracing_assets.documents import CURRENT, sync_documents
from iracing_assets.rebuild import rebuild_all
from iracing_assets.workspace import Workspace
from resources.http import Answer
from resources.lake import Lake
from resources.state import SyncCounts
from resources.warehouse import open_warehouse, publish

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def by_id(lake: Lake, table: str, key: str) -> dict[int, Row]:
    return {row[key]: row for row in rows(lake, table)}


def events_of(work: Workspace, season_id: int) -> list[Row]:
    return [row for row in rows(work.lake, "iracing.events") if row["season_id"] == season_id]


def test_a_season_that_left_the_list_is_over_and_keeps_its_weeks(
    synced: Workspace, racing: RacingInProcess
) -> None:
    season_id = racing.season("hourly")["season_id"]
    weeks = events_of(synced, season_id)
    racing.act("end_season", season_id=season_id)
    seasons_only(synced)
    build(synced)
    seasons = by_id(synced.lake, "iracing.seasons", "season_id")
    assert {key for key, row in seasons.items() if not row["active"]} == {season_id}
    assert events_of(synced, season_id) == weeks != []
    assert rows(synced.lake, "iracing.schedule_changes") == []


@pytest.mark.promise("G2")
def test_a_hidden_series_stays(synced: Workspace, racing: RacingInProcess) -> None:
    before = by_id(synced.lake, "iracing.series", "series_id")
    series_id = min(before)
    racing.act("hide_series", series_id=series_id)
    crawl(synced, "series_get", "series_assets")
    build(synced)
    after = by_id(synced.lake, "iracing.series", "series_id")
    assert after.pop(series_id) == {**before.pop(series_id), "is_listed": False}
    assert after == before


@pytest.mark.promise("G2")
def test_the_short_list_of_week_13_removes_nothing(synced: Workspace, racing: RacingInProcess) -> None:
    before = by_id(synced.lake, "iracing.series", "series_id")
    kept = sorted(before)[:3]
    for series_id in before.keys() - kept:
        racing.act("hide_series", series_id=series_id)
    crawl(synced, "series_get", "series_assets")
    build(synced)
    after = by_id(synced.lake, "iracing.series", "series_id")
    assert after.keys() == before.keys()
    assert [series_id for series_id, row in sorted(after.items()) if row["is_listed"]] == kept
    assert [row["logo_url"] for row in after.values()] == [row["logo_url"] for row in before.values()]


def test_a_new_quarter_adds_seasons_and_loses_none(synced: Workspace, racing: RacingInProcess) -> None:
    before = by_id(synced.lake, "iracing.seasons", "season_id")
    new = set(racing.act("rollover")["new_season_ids"])
    crawl(synced)
    build(synced)
    after = by_id(synced.lake, "iracing.seasons", "season_id")
    assert new and after.keys() == before.keys() | new
    active = {row["season_id"] for row in racing.act("truth")["seasons"]}
    assert {season_id for season_id, row in after.items() if row["active"]} == active


def test_only_starts_that_do_not_repeat_are_rows(synced: Workspace, racing: RacingInProcess) -> None:
    told = {
        (season["season_id"], week["race_week_num"], datetime.fromisoformat(moment))
        for season in racing.act("truth")["seasons"]
        for week in season["schedules"]
        for pattern in week["race_time_descriptors"]
        for moment in pattern.get("session_times", [])
    }
    slots = rows(synced.lake, "iracing.time_slots")
    assert {(row["season_id"], row["race_week_num"], row["starts_at"]) for row in slots} == told
    assert len(slots) == len(told) > 50


@pytest.mark.parametrize("weeks", [1, 12, 40])
def test_the_published_starts_are_the_truth(
    weeks: int, synced: Workspace, racing: RacingInProcess, figure: Callable[[str], None]
) -> None:
    end = BEGIN + timedelta(days=200) + timedelta(weeks=weeks)
    begin = end - timedelta(weeks=weeks)
    with open_warehouse(synced.settings.warehouse_file) as connection:
        found = connection.execute(
            "SELECT season_id, race_week_num, starts_at, super_session FROM iracing.race_times($1, $2)"
            " ORDER BY ALL",
            [begin, end],
        ).fetchall()
    truth = racing.starts(begin.isoformat(), end.isoformat())
    assert found == truth and len(truth) > 100 * weeks / 2
    figure(f"{len(truth):,} starts of {weeks} weeks as in the truth, 0 missing, 0 extra")


# ------------------------------------------------------------------ any order


@dataclass(frozen=True)
class Landed:
    """An answer and where it belongs."""

    resource: str
    item: str
    answer: Answer


def history() -> list[Landed]:
    """Documents of some months, with a change between any two of a kind."""
    racing = RacingInProcess(series=3)
    client = racing.workspace(Path("nowhere")).client
    season = racing.season("hourly")["season_id"]
    found: list[Landed] = []
    for number in range(5):
        racing.edit(season, number % 2, race_lap_limit=10 + number % 3)
        if number == 3:
            racing.act("end_season", season_id=racing.season("two_hourly")["season_id"])
        answers = [
            (CURRENT, "all", client.current_seasons()),
            ("series_season_schedule", str(season), client.season_schedule(season)),
            ("series_get", "all", client.series()),
        ]
        for place, (resource, item, answer) in enumerate(answers):
            seen_at = BEGIN + timedelta(days=30 * number, hours=place)
            found.append(Landed(resource, item, replace(answer, fetched_at=seen_at)))
    return found


def tables(work: Workspace) -> Content:
    """All rows of all typed tables."""
    publish(work.settings.warehouse_file, work.lake, work.state)
    return content(work.settings.warehouse_file, without=())


@pytest.mark.promise("G3")
def test_documents_in_any_order_make_the_same_tables(
    data_dir: Path, draw: random.Random, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    """One by one, together, old ones after new ones."""
    documents, shuffles = history(), size(P=1, N=200)

    def merged(order: list[Landed], together: int) -> Content:
        shutil.rmtree(data_dir, ignore_errors=True)
        work = RacingInProcess(series=3).workspace(data_dir)
        for place, one in enumerate(order, 1):
            with work.landing.writer("iracing", one.resource, f"{one.answer.fetched_at:%Y-%m}") as writer:
                writer.write(one.answer, one.item)
            if place % together == 0:
                work.merge()
        work.merge()
        build(work)
        return tables(work)

    expected = merged(documents, 1)
    assert expected["iracing.schedule_changes"][0] > 2
    for _ in range(shuffles):
        order = draw.sample(documents, len(documents))
        assert merged(order, draw.choice([1, 3, 99])) == expected, [one.resource for one in order]
    figure(f"{len(documents)} documents in {shuffles} orders, equal each time")


@pytest.mark.promise("A7")
def test_a_rebuild_gives_every_row_again(synced: Workspace, racing: RacingInProcess) -> None:
    season_id = racing.season("hourly")["season_id"]
    racing.edit(season_id, 2, race_lap_limit=88)
    crawl(synced)
    build(synced)
    before = content(synced.settings.warehouse_file, without=())
    assert before["iracing.schedule_changes"][0] == 1
    racing.asked()
    shutil.rmtree(synced.settings.lake_dir)
    synced.settings.warehouse_file.unlink()
    counted = rebuild_all(synced.lake, synced.landing, synced.state)
    publish(synced.settings.warehouse_file, synced.lake, synced.state)
    assert content(synced.settings.warehouse_file, without=()) == before
    assert counted["iracing.events"] == before["iracing.events"][0] and racing.asked() == {}


@pytest.mark.promise("A7")
def test_a_lost_lake_comes_back_with_the_next_crawl(synced: Workspace, racing: RacingInProcess) -> None:
    before = content(synced.settings.warehouse_file, without=())
    shutil.rmtree(synced.settings.lake_dir)
    with synced.crawling():
        pass
    build(synced)
    assert content(synced.settings.warehouse_file, without=()) == before


def test_rows_without_an_id_are_counted_and_told(work: Workspace, racing: RacingInProcess) -> None:
    racing.faults(
        {
            "kind": "field", "path": "2.car_id", "op": "set", "value": None, "times": 0,
            "endpoint": "iracing_storage", "id": "iracing_car_get",
        }
    )  # fmt: skip
    counts = SyncCounts()
    with work.crawling():
        sync_documents(work, ["car_get"], counts)
    build(work)
    truth = json.loads(json.dumps(racing.iracing.paddock.catalogue.cars))
    assert (counts.errors, counts.created) == (1, len(truth) - 1)
    assert by_id(work.lake, "iracing.cars", "car_id").keys() == {
        car["car_id"] for place, car in enumerate(truth) if place != 2
    }
    (failure,) = work.state.rows("SELECT resource, message FROM failures")
    assert failure["resource"] == "rows without id" and failure["message"].startswith("1 rows")
