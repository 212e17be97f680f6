"""The queue of details, series, zones and gear: newest first, bounded, resumable, and asked again only when changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from strava_in_process import StravaInProcess, activities, build, items, landed, listed, rows

from resources import one_by_one
from resources.errors import LimitReached, ProviderUnavailable
from resources.workspace import now
from strava_assets import items as items_module
from strava_assets.items import DETAILS, GEAR, STREAMS, ZONES
from strava_assets.workspace import Workspace

WATCHED = {DETAILS: "strava_activity", STREAMS: "strava_streams", ZONES: "strava_zones", GEAR: "strava_gear"}


def answers(work: Workspace, resource: str) -> list[str]:
    """Items in the order in which their answers came."""
    lines = sorted(landed(work, resource), key=lambda line: line["fetched_at"])
    return [line["item"] for line in lines]


def newest_first(strava: StravaInProcess) -> list[str]:
    found = sorted(strava.truth().values(), key=lambda row: (row["start_date"], -row["id"]), reverse=True)
    return [str(row["id"]) for row in found]


def test_everything_is_asked_once_newest_first(strava: StravaInProcess, work: Workspace) -> None:
    listed(work)
    strava.asked()
    left, counts = items(work)
    truth = strava.truth()
    order = newest_first(strava)
    assert left == 0 and answers(work, DETAILS) == order
    recorded = [one for one in order if not truth[int(one)]["manual"]]
    assert answers(work, STREAMS) == recorded and len(recorded) < len(order)
    assert answers(work, ZONES) == [one for one in order if truth[int(one)]["has_heartrate"]]
    gear = {row["gear_id"] for row in truth.values() if row["gear_id"]}
    assert sorted(answers(work, GEAR)) == sorted(gear)
    total = sum(len(answers(work, name)) for name in WATCHED)
    assert counts.requests == counts.minimum_requests == counts.fetched == total == strava.asked().total()
    assert items(work)[1].requests == 0
    build(work)
    retired = {row["gear_id"]: row["is_retired"] for row in rows(work, "gear")}
    assert retired.keys() == gear and True in retired.values()


@pytest.mark.tier("N")
def test_a_bounded_pass_is_gone_on_with_by_the_next(strava: StravaInProcess, work: Workspace) -> None:
    listed(work)
    strava.asked()
    lefts, requests = [], 0
    while not lefts or lefts[-1]:
        left, counts = items(work, limit=13)
        lefts.append(left)
        assert counts.requests <= 13
        requests += counts.requests
    assert lefts == sorted(lefts, reverse=True) and len(lefts) > 4
    asked = strava.asked()
    assert asked.total() == requests == sum(len(answers(work, name)) for name in WATCHED)
    assert answers(work, DETAILS) == newest_first(strava)


@pytest.mark.parametrize(
    "error", [LimitReached("spent", "Go on later.", now()), ProviderUnavailable("down", "Later.")]
)
def test_a_stop_in_the_middle_keeps_what_arrived(
    error: LimitReached | ProviderUnavailable, strava: StravaInProcess, work: Workspace
) -> None:
    listed(work)
    left = [17]

    def before(path: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise error

    strava.before = before
    strava.asked()
    with pytest.raises(type(error)):
        items(work)
    strava.before = lambda _: None
    assert len(answers(work, DETAILS)) == strava.asked().total() == 17
    items(work)
    assert strava.asked()["strava_activity"] == len(strava.truth()) - 17, "none twice"


def test_what_changed_is_asked_again_and_only_that(strava: StravaInProcess, synced: Workspace) -> None:
    plain = [row["id"] for row in strava.truth().values() if not row["manual"] and not row["has_heartrate"]]
    renamed, cut = plain[0], plain[1]
    strava.act("edit", id=renamed, fields={"name": "another name", "description": "another text"})
    strava.act("edit", id=cut, fields={"distance": 77.0, "elapsed_time": 50})
    listed(synced, full=True)
    strava.asked()
    items(synced)
    assert strava.asked() == {"strava_activity": 2, "strava_streams": 1}
    build(synced)
    assert activities(synced)[renamed]["description"] == "another text"
    series = [row for row in rows(synced, "activity_streams") if row["activity_id"] == cut]
    truth = strava.act("streams_truth", id=cut)
    assert max(row["sample_index"] for row in series) == len(truth["time"]) - 1 < 60
    assert [row["value"] for row in series if row["stream_type"] == "distance"] == truth["distance"]


def wait_for(work: Workspace, activity_id: int) -> timedelta:
    """How long until its series are asked for again."""
    return work.state.next_tries("strava", STREAMS, "default")[str(activity_id)] - now()


@pytest.mark.tier("N")
def test_series_that_are_late_are_asked_for_again_soon_and_others_rarely(
    strava: StravaInProcess, work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = 9_999_999_999
    moment = int(now().timestamp())
    fresh, old = (
        strava.act("upload", at=at, streams_after=far, fields={"moving_time": 60, "elapsed_time": 60})[0][
            "id"
        ]
        for at in (moment - 3_600, moment - 30 * 86_400)
    )
    listed(work)
    items(work)
    assert timedelta(minutes=50) < wait_for(work, fresh) <= timedelta(hours=1)
    assert timedelta(days=29) < wait_for(work, old) <= timedelta(days=30)
    strava.asked()
    assert items(work)[1].requests == 0, "not before"
    for diary in strava.strava.diaries.values():
        for activity_id in (fresh, old):
            diary.activities[activity_id].streams_from = 0
    later = now() + timedelta(hours=1, minutes=1)
    for module in (one_by_one, items_module):
        monkeypatch.setattr(module, "now", lambda: later)
    items(work)
    assert strava.asked() == {"strava_streams": 1}
    build(work)
    assert fresh in {row["activity_id"] for row in rows(work, "activity_streams")}


def test_manual_ones_are_never_asked_for_series(strava: StravaInProcess, synced: Workspace) -> None:
    manual = {str(row["id"]) for row in strava.truth().values() if row["manual"]}
    assert manual and not manual & {*answers(synced, STREAMS)}
    assert synced.state.rows("SELECT * FROM failures") == []


@pytest.mark.tier("N")
def test_one_that_fails_stops_no_other(strava: StravaInProcess, work: Workspace) -> None:
    listed(work)
    strava.faults(
        {"kind": "status", "status": 503, "endpoint": "strava_activity", "at_request": 3, "times": 1}
    )
    _, counts = items(work)
    assert counts.errors == 1 and len(answers(work, DETAILS)) == len(strava.truth()) - 1
    items(work)
    assert len(answers(work, DETAILS)) == len(strava.truth())


@pytest.mark.tier("N")
def test_two_athletes_have_their_own_queues(data_dir: Path) -> None:
    strava = StravaInProcess(5, athletes=2)
    for athlete in (0, 1):
        work = strava.workspace(data_dir, athlete=athlete)
        listed(work)
        items(work)
        assert {*answers(work, DETAILS)} == {
            str(key) for each in range(athlete + 1) for key in strava.truth(each)
        }
