"""Past seasons are a queue with a bound: whatever stops it, no id is asked twice, and what is left is told."""

from __future__ import annotations

from collections import Counter

import pytest
from racing_in_process import RacingInProcess, build, crawl, landed, rows

from iracing_assets.past_seasons import SEASONS, SERIES, PastResult, sync_past_seasons
from iracing_assets.workspace import Workspace
from resources.errors import ProviderUnavailable
from resources.state import SyncCounts

MOST_FAILURES_IN_A_ROW = 5
QUEUE = ["iracing_series_past_seasons", "iracing_series_season_schedule"]


@pytest.fixture
def racing() -> RacingInProcess:
    """Three series, and three that ended: some dozens of past seasons each."""
    return RacingInProcess(series=3)


def a_pass(work: Workspace, *series_ids: int, limit: int | None = None, refresh: bool = False) -> PastResult:
    with work.crawling():
        return sync_past_seasons(work, series_ids, limit, refresh)


def asked_for(racing: RacingInProcess) -> Counter[str]:
    """Addresses of the queue that were asked since the last time."""
    found = Counter(entry.target for entry in racing.world.log.entries if "/data/" in entry.target)
    racing.world.log.reset()
    return found


def test_a_series_comes_with_all_its_seasons_and_their_weeks(
    work: Workspace, racing: RacingInProcess
) -> None:
    series = racing.iracing.paddock.series[0]
    truth = racing.iracing.paddock.seasons_of(series.series_id)
    result = a_pass(work, series.series_id)
    assert (result.left, result.counts.fetched, result.counts.errors) == (0, 1 + len(truth), 0)
    assert result.counts.requests == result.counts.minimum_requests == 1 + len(truth)
    build(work)
    seasons = {row["season_id"]: row for row in rows(work.lake, "iracing.seasons")}
    assert {key: (row["season_year"], row["season_quarter"]) for key, row in seasons.items()} == {
        season.season_id: tuple(season.quarter) for season in truth
    }
    assert all(row["has_schedule"] for row in seasons.values())
    weeks = {(season.season_id, number) for season in truth for number in range(len(season.weeks))}
    assert {(row["season_id"], row["race_week_num"]) for row in rows(work.lake, "iracing.events")} == weeks
    assert {
        (row["season_id"], row["race_week_num"]) for row in rows(work.lake, "iracing.past_weeks")
    } == weeks
    again = a_pass(work, series.series_id)
    assert (again.counts.requests, again.left) == (0, 0), "nothing is asked twice"
    assert build(work) == {}


def test_the_bound_is_kept_and_the_next_pass_goes_on(work: Workspace, racing: RacingInProcess) -> None:
    series_id = racing.iracing.paddock.series[0].series_id
    total = 1 + len(racing.iracing.paddock.seasons_of(series_id))
    asked: Counter[str] = Counter()
    passes, left = 0, total
    asked_for(racing)
    while left:
        result = a_pass(work, series_id, limit=4)
        assert result.counts.requests == min(4, left)
        left -= result.counts.requests
        assert result.left == left
        asked += asked_for(racing)
        passes += 1
    assert passes == -(-total // 4)
    assert set(asked.values()) == {1} and len(asked) == total


@pytest.mark.promise("B3")
def test_an_outage_stops_the_pass_and_loses_nothing(work: Workspace, racing: RacingInProcess) -> None:
    series_id = racing.iracing.paddock.series[0].series_id
    racing.faults({"kind": "status", "status": 503, "times": 0, "endpoint": QUEUE, "after_requests": 4})
    counts = SyncCounts()
    with (
        pytest.raises(ProviderUnavailable, match=f"{MOST_FAILURES_IN_A_ROW} answers in a row"),
        work.crawling(),
    ):
        sync_past_seasons(work, [series_id], None, counts=counts)
    assert (counts.fetched, counts.errors) == (4, MOST_FAILURES_IN_A_ROW)
    racing.faults()
    racing.world.log.reset()
    a_pass(work, series_id)
    asked = asked_for(racing)
    assert len(asked) == 1 + len(racing.iracing.paddock.seasons_of(series_id)) - 4
    assert work.state.rows("SELECT id FROM failures") == [], "they were answered now"


def test_failures_between_answers_are_no_outage(work: Workspace, racing: RacingInProcess) -> None:
    series_id = racing.iracing.paddock.series[0].series_id
    total = len(racing.iracing.paddock.seasons_of(series_id))
    failing = list(range(2, total, 2))
    racing.faults(
        {"kind": "status", "status": 500, "endpoint": "iracing_series_season_schedule", "at_request": failing}
    )
    result = a_pass(work, series_id)
    assert (result.counts.errors, result.counts.fetched) == (len(failing), 1 + total - len(failing))
    assert len(failing) > MOST_FAILURES_IN_A_ROW


def test_a_season_that_is_not_served_is_noted_and_left_alone(
    work: Workspace, racing: RacingInProcess
) -> None:
    series_id = racing.iracing.paddock.series[0].series_id
    gone = racing.iracing.paddock.seasons_of(series_id)[3].season_id
    not_found = {"kind": "status", "status": 404, "json": {"error": "Not Found"}, "times": 0}
    racing.faults({**not_found, "path_contains": f"season_id={gone}"})
    result = a_pass(work, series_id)
    assert (result.counts.errors, result.left) == (1, 0)
    (failure,) = work.state.rows("SELECT resource, id, error_class FROM failures")
    assert failure == {"resource": SEASONS, "id": str(gone), "error_class": "NotServed"}
    assert a_pass(work, series_id).counts.requests == 0, "not every day"


def test_a_season_without_weeks_is_not_asked_every_time(work: Workspace, racing: RacingInProcess) -> None:
    series_id = racing.iracing.paddock.series[0].series_id
    racing.iracing.paddock.seasons_of(series_id)[2].weeks.clear()
    assert a_pass(work, series_id).counts.errors == 1
    assert a_pass(work, series_id).counts.requests == 0


def test_refresh_asks_again_which_seasons_there_were(work: Workspace, racing: RacingInProcess) -> None:
    series_id = racing.iracing.paddock.series[0].series_id
    a_pass(work, series_id)
    racing.act("add_season", series_id=series_id)
    assert a_pass(work, series_id).counts.requests == 0
    assert a_pass(work, series_id, refresh=True).counts.requests == 2, "the list, and the new one"


def test_without_names_all_series_that_are_known_are_asked(work: Workspace, racing: RacingInProcess) -> None:
    assert a_pass(work).counts.requests == 0, "none is known yet"
    crawl(work, "series_get")
    active = {season["series_id"] for season in racing.act("truth")["seasons"]}
    result = a_pass(work, limit=len(active))
    assert {int(line["item"]) for line in landed(work, SERIES)} == active
    assert result.left > 20
    assert landed(work, SEASONS) == []


def test_active_seasons_are_not_asked_a_second_time(work: Workspace, racing: RacingInProcess) -> None:
    crawl(work, "series_get")
    a_pass(work)
    asked = {int(line["item"]) for line in landed(work, SEASONS)}
    assert not asked & {season["season_id"] for season in racing.act("truth")["seasons"]}
