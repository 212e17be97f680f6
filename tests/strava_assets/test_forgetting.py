"""What must not be kept is in no file any more: deleted activities, athletes who left, data past its time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import paceline
from strava_in_process import (
    StravaInProcess,
    activities,
    build,
    files_with,
    items,
    keep_event,
    known,
    landed,
    listed,
    rows,
)

from resources.landing import Landing
from strava_assets import forgetting, staging
from strava_assets.athletes import connections
from strava_assets.rebuild import rebuild_all
from strava_assets.transform import SOURCE
from strava_assets.workspace import Workspace

pytestmark = pytest.mark.promise("G2")
SECRET = "Zanzibarquokka"


@pytest.fixture
def strava() -> StravaInProcess:
    return StravaInProcess(5)


@pytest.fixture
def synced(strava: StravaInProcess, work: Workspace) -> Workspace:
    listed(work, full=True)
    items(work)
    build(work)
    return work


@pytest.fixture
def marked(strava: StravaInProcess, work: Workspace) -> int:
    """An activity whose name, description and lap are nowhere else, everywhere in the data folder."""
    (row,) = strava.act(
        "upload",
        sport_type="Run",
        fields={
            "name": f"{SECRET} name",
            "description": f"{SECRET} text",
            "moving_time": 60,
            "elapsed_time": 60,
        },
    )
    listed(work, full=True)
    items(work)
    keep_event(
        work, strava.act("event", id=row["id"], aspect_type="update", updates={"title": f"{SECRET} title"})
    )
    build(work)
    places = {Path(name).parts[0] for name in files_with(work.settings.data_dir, [SECRET])}
    assert places == {"landing", "lake", "warehouse.duckdb"}
    assert {row["activity_id"] for row in rows(work, "activity_streams")} >= {row["id"]}
    return int(row["id"])


def everything_of(work: Workspace, activity_id: int) -> list[str]:
    """Landed lines and rows that are about an activity, but for its tombstone."""
    found = [
        name
        for name in forgetting.BY_ACTIVITY
        for line in landed(work, name)
        if line["item"] == str(activity_id)
    ]
    for table in ("activity_laps", "activity_zones", "activity_streams"):
        found += [table for row in rows(work, table) if row["activity_id"] == activity_id]
    return sorted(set(found))


def test_a_deleted_activity_is_in_no_file_any_more(
    marked: int, strava: StravaInProcess, work: Workspace, figure: Callable[[str], None]
) -> None:
    before = {row["activity_id"] for row in rows(work, "activity_streams")} - {marked}
    strava.act("delete", ids=[marked])
    listed(work, full=True)
    build(work)
    assert files_with(work.settings.data_dir, [SECRET]) == [] == everything_of(work, marked)
    assert {row["activity_id"] for row in rows(work, "activity_streams")} == before, (
        "of others nothing is lost"
    )
    figure("a deleted activity: 0 bytes of it in landing zone, staging, lake and warehouse; others whole")


class Killed(BaseException):
    """As `kill -9`: nobody handles it."""


def killed_at(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies at the `count`-th step of an erasure: an erased resource, or a part of the staging anew."""
    left = [count]

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(Landing, "erase", dying(Landing.erase))
    monkeypatch.setattr(forgetting, "restage", dying(staging.restage))
    monkeypatch.setattr(staging, "merge_entities", dying(staging.merge_entities))


@pytest.mark.promise("A2")
@pytest.mark.parametrize(
    "step", [0, 5, *(pytest.param(step, marks=pytest.mark.tier("N")) for step in (1, 2, 3, 4, 6, 7))]
)
def test_an_erasure_that_was_killed_is_finished_by_the_next_run(
    step: int, marked: int, strava: StravaInProcess, work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    strava.act("delete", ids=[marked])
    with monkeypatch.context() as patch:
        keep_only_removal_merge(patch, step)
        with pytest.raises(Killed):
            listed(work, full=True)
    again = strava.workspace(work.settings.data_dir)
    listed(again)
    build(again)
    assert files_with(work.settings.data_dir, [SECRET]) == [] == everything_of(again, marked)
    assert known(again) == set(strava.truth())


def keep_only_removal_merge(patch: pytest.MonkeyPatch, step: int) -> None:
    """Dying begins once the removal is on the disk."""
    finish = forgetting.finish_forgetting

    def finish_and_die(work: Workspace) -> int:
        if landed(work, "removals"):
            killed_at(step, patch)
        return finish(work)

    patch.setattr(forgetting, "finish_forgetting", finish_and_die)


@pytest.mark.promise("A2")
@pytest.mark.parametrize(
    "step", [4, *(pytest.param(step, marks=pytest.mark.tier("N")) for step in (0, 2, 6, 8))]
)
def test_data_past_its_time_go_even_if_that_was_killed(
    step: int, marked: int, strava: StravaInProcess, work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = forgetting.now() + timedelta(days=8)
    kept = strava.workspace(work.settings.data_dir, strava_retention_days=7)
    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "now", lambda: later)
        with patch.context() as dies:
            killed_at(step, dies)
            with pytest.raises(Killed), kept.crawling():
                forgetting.forget_old(kept)
        with kept.crawling():
            forgetting.finish_forgetting(kept)
            forgetting.forget_old(kept)
    build(kept)
    assert files_with(work.settings.data_dir / "lake", [SECRET, "Invented"]) == []
    assert known(kept) == set() and rows(kept, "activity_streams") == [] == rows(kept, "gear")


@pytest.mark.tier("N")
def test_retention_keeps_what_is_young_and_all_where_it_is_off(
    synced: Workspace, strava: StravaInProcess
) -> None:
    for days in (0, 7):
        work = strava.workspace(synced.settings.data_dir, strava_retention_days=days)
        listed(work)
        assert known(work) == set(strava.truth()) and build(work) == {}


@pytest.mark.tier("N")
def test_series_past_their_time_go_while_a_younger_activity_stays(
    synced: Workspace, strava: StravaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = next(row["activity_id"] for row in reversed(rows(synced, "activity_streams")))
    strava.act("edit", id=chosen, fields={"name": "younger"})
    cut = forgetting.now()
    listed(synced, full=True)
    build(synced)
    work = strava.workspace(synced.settings.data_dir, strava_retention_days=7)
    monkeypatch.setattr(forgetting, "now", lambda: cut + timedelta(days=7))
    with work.crawling():
        forgetting.forget_old(work)
    build(work)
    assert known(work) == {chosen} and rows(work, "activity_streams") == []


# ------------------------------------------------------------------ an athlete who leaves


@pytest.fixture
def two(data_dir: Path) -> tuple[StravaInProcess, Workspace, Workspace]:
    """Two athletes in one data folder."""
    strava = StravaInProcess(8, athletes=2)
    first, second = strava.workspace(data_dir), strava.workspace(data_dir, athlete=1)
    for work in (first, second):
        listed(work, full=True)
        items(work, limit=3)
    build(first)
    return strava, first, second


def traces(strava: StravaInProcess, athlete: int) -> list[str]:
    """Words that only one athlete's answers hold."""
    return [strava.athlete_ids[athlete], f"invented_athlete_{athlete}", *map(str, strava.truth(athlete))]


def test_forget_erases_one_athlete_and_no_other(two: tuple[StravaInProcess, Workspace, Workspace]) -> None:
    strava, first, _ = two
    keep_event(first, strava.act("event", id=next(iter(strava.truth(1))), updates={"title": SECRET}))
    before = activities(first)
    ended = paceline("forget", SOURCE, "--athlete", strava.athlete_ids[1], "--yes", "--json")
    assert ended.code == 0 and json.loads(ended.out)["erased"] > 8, ended.err
    data = first.settings.data_dir
    for room in ("landing", "lake", "warehouse.duckdb"):
        held = files_with(data / room, traces(strava, 1)) if (data / room).is_dir() else []
        assert held == [], room
    assert files_with(data, [SECRET]) == []
    assert activities(first) == {key: row for key, row in before.items() if key in strava.truth(0)}
    gear = {row["gear_id"] for row in rows(first, "gear")}
    assert gear <= {row["gear_id"] for row in strava.truth(0).values()}
    assert [each.account for each in connections(first.settings)] == ["default"]
    again = paceline("forget", SOURCE, "--athlete", strava.athlete_ids[1], "--yes", "--json")
    assert again.code == 0 and json.loads(again.out) == {"erased": 0}, "as after one that was stopped"
    said = paceline("forget", SOURCE, "--athlete", "5", "--yes")
    assert said.code == 0 and "Nothing of athlete 5 was found" in said.out
    assert paceline("forget", SOURCE, "--athlete", "nobody", "--yes").code == 2
    assert paceline("forget", "peloton", "--athlete", "default", "--yes").code == 2


def test_who_was_forgotten_does_not_sign_in_again_by_the_token_of_the_environment(
    two: tuple[StravaInProcess, Workspace, Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    strava, first, _ = two
    monkeypatch.setenv("STRAVA_REFRESH_TOKEN", "in-process")
    with first.client.auth.lock():
        first.client.auth.adopt(first.client.auth.load())
    first.client.auth.remember_member(strava.athlete_ids[0])
    assert paceline("forget", SOURCE, "--athlete", "default", "--yes").code == 0
    assert [each.account for each in connections(first.settings)] == ["athlete1"]
    assert known(first) == set(strava.truth(1))


@pytest.mark.tier("N")
def test_what_an_export_brought_stays_and_an_erased_landing_zone_rebuilds_to_the_same(
    two: tuple[StravaInProcess, Workspace, Workspace], tmp_path: Path
) -> None:
    strava, first, _ = two
    (tmp_path / "export.zip").write_bytes(base64.b64decode(strava.act("export", every=600)["zip"]))
    assert paceline("import", SOURCE, str(tmp_path / "export.zip")).code == 0
    gone = sorted(strava.truth(0))[0]
    strava.act("delete", ids=[gone])
    listed(first, full=True)
    build(first)
    (row,) = [row for row in rows(first, "activities") if row["activity_id"] == gone]
    assert row["source"] == "export" and row["name"] and row["deleted_at"] is not None
    assert paceline("forget", SOURCE, "--athlete", "default", "--yes").code == 0
    mine = {key: row for key, row in activities(first).items() if row["athlete_id"] is None}
    assert mine.keys() >= strava.truth(0).keys() and {row["source"] for row in mine.values()} == {"export"}
    assert {row["source"] for row in rows(first, "activity_streams") if row["activity_id"] in mine} == {
        "export"
    }
    before = {table: rows(first, table) for table in ("activities", "gear", "athletes", "activity_streams")}
    rebuild_all(first.lake, first.landing, first.state)
    assert {table: rows(first, table) for table in before} == before
