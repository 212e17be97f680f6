"""A real change of a schedule is kept with old, new and the time; what moves by itself is none."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pytest
from command_line import paceline
from racing_in_process import RacingInProcess, build, rows, seasons_only

from iracing_assets import checks
from iracing_assets.schedule_watch import changes_since_looked, look, worded
from iracing_assets.workspace import Workspace

BEFORE_ALL = date(2026, 1, 1)


def changes(work: Workspace) -> list[dict[str, Any]]:
    """What the next refresh finds to have changed."""
    seasons_only(work)
    build(work)
    return rows(work.lake, "iracing.schedule_changes")


def two_tracks(season: dict[str, Any]) -> tuple[int, int]:
    """That of week 4, and another one."""
    tracks = [week["track"]["track_id"] for week in season["schedules"]]
    return tracks[4], next(track for track in tracks if track != tracks[4])


def test_a_track_is_told_with_old_new_and_the_time(synced: Workspace, racing: RacingInProcess) -> None:
    season = racing.season("hourly")
    old, new = two_tracks(season)
    began = datetime.now(UTC)
    racing.edit(season["season_id"], 4, track__track_id=new)
    (change,) = changes(synced)
    assert began < change.pop("seen_at") < datetime.now(UTC)
    assert change == {
        "season_id": season["season_id"], "race_week_num": 4, "field": "track", "old_value": str(old),
        "new_value": str(new), "start_date": date.fromisoformat(season["schedules"][4]["start_date"]),
        "series_id": season["series_id"],
    }  # fmt: skip
    assert len(changes(synced)) == 1, "told once"
    racing.edit(season["season_id"], 4, track__track_id=old)
    assert [row["new_value"] for row in changes(synced)] == [str(new), str(old)], "and back again"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("race_time_descriptors__0__first_session_time", "00:20:00", "start times"),
        ("race_time_descriptors__0__day_offset", [0, 1, 2], "start times"),
        ("start_date", "2026-10-14", "dates"),
        ("race_lap_limit", 99, "length"),
        ("car_restrictions__0__weight_penalty_kg", 33.5, "car restrictions"),
        ("race_week_cars", [{"car_id": 1}], "cars"),
        ("weather__weather_summary__precip_chance", 99, "weather"),
    ],
)
def test_each_kind_of_change_has_its_word(
    path: str, value: Any, field: str, synced: Workspace, racing: RacingInProcess
) -> None:
    season_id = racing.season("hourly")["season_id"]
    racing.edit(season_id, 4, **{path: value})
    (change,) = changes(synced)
    assert (change["season_id"], change["race_week_num"], change["field"]) == (season_id, 4, field)
    assert change["old_value"] != change["new_value"]
    told = json.dumps(value, separators=(",", ":")).strip('[]"')
    assert told.removeprefix('{"car_id":').rstrip("}") in change["new_value"]
    assert told not in change["old_value"] or told == "0,1,2", "all seven days begin with these"


def test_names_and_what_moves_by_itself_are_no_change(synced: Workspace, racing: RacingInProcess) -> None:
    season_id = racing.season("hourly")["season_id"]
    sponsored = "Sponsored by somebody else"
    racing.edit(season_id, 0, series_name=sponsored, season_name="New", schedule_name="New")
    racing.edit(
        season_id, 4, track__track_name="Renamed", weather__weather_url="https://weather.example/other"
    )
    racing.edit(season_id, None, season_name=sponsored, reg_user_count=99)
    assert changes(synced) == []
    (season,) = [row for row in rows(synced.lake, "iracing.seasons") if row["season_id"] == season_id]
    assert season["season_name"] == sponsored
    assert season["series_name"] == sponsored, "the newest name, though it is no change"


def test_an_order_of_lists_is_no_change(synced: Workspace, racing: RacingInProcess) -> None:
    season = racing.season("with_super_session")
    week = season["schedules"][2]
    racing.edit(
        season["season_id"],
        2,
        race_time_descriptors=week["race_time_descriptors"][::-1],
        car_restrictions=week["car_restrictions"][::-1],
    )
    assert changes(synced) == []


@pytest.mark.tier("N")
def test_a_week_that_goes_and_comes_back_is_told_by_its_number(
    synced: Workspace, racing: RacingInProcess
) -> None:
    season = racing.iracing.paddock.season(racing.season("hourly")["season_id"])
    kept = list(season.weeks)
    del season.weeks[-1]
    (gone,) = changes(synced)
    assert (gone["race_week_num"], gone["field"]) == (kept[-1]["race_week_num"], "removed")
    assert gone["start_date"] == date.fromisoformat(kept[-1]["start_date"])
    stored = [row for row in rows(synced.lake, "iracing.events") if row["season_id"] == season.season_id]
    assert len(stored) == len(kept) - 1
    season.weeks[:] = kept
    assert [(row["race_week_num"], row["field"]) for row in changes(synced)] == [
        (len(kept) - 1, "removed"), (len(kept) - 1, "added"),
    ]  # fmt: skip


def test_a_new_season_is_no_change_of_a_schedule(synced: Workspace, racing: RacingInProcess) -> None:
    racing.act("add_season", kind="hourly", start="2026-11-24")
    assert changes(synced) == []


def test_what_was_seen_is_not_told_again(synced: Workspace, racing: RacingInProcess) -> None:
    def told(**how: Any) -> list[str]:
        found = changes_since_looked(synced.lake, synced.state, today=BEFORE_ALL, **how)
        return [worded(change) for change in found]

    season = racing.season("hourly")
    tracks = {row["track_id"]: row for row in rows(synced.lake, "iracing.tracks")}
    old, new = two_tracks(season)
    racing.edit(season["season_id"], 4, track__track_id=new)
    changes(synced)
    (line,) = told()
    assert season["season_name"] in line and f"week 5 of {season['schedules'][4]['start_date']}" in line
    assert f"{tracks[old]['track_name']}" in line and f"is now {tracks[new]['track_name']}" in line
    look(synced.state, datetime.now(UTC))
    assert told() == []
    assert told(since=datetime.now(UTC) - timedelta(hours=1)) == [line]
    racing.edit(season["season_id"], 6, race_lap_limit=77)
    changes(synced)
    (newer,) = told()
    assert "length" in newer
    assert changes_since_looked(synced.lake, synced.state, today=date(2999, 1, 1)) == [], (
        "weeks that are over"
    )


def test_the_check_warns_until_a_person_says_seen(synced: Workspace, racing: RacingInProcess) -> None:
    """A week that is coming, whatever day it is."""

    def check() -> dg.AssetCheckEvaluation:
        result = dg.materialize(
            [checks.schedule_as_you_saw_it],
            selection=dg.AssetSelection.checks(checks.schedule_as_you_saw_it),
            instance=dg.DagsterInstance.ephemeral(),
        )
        return result.get_asset_check_evaluations()[0]

    assert check().passed
    coming = f"{datetime.now(UTC).date() + timedelta(days=30)}"
    racing.edit(racing.season("hourly")["season_id"], 4, start_date=coming)
    changes(synced)
    warned = check()
    assert not warned.passed and warned.severity == dg.AssetCheckSeverity.WARN
    assert coming in str(warned.metadata["first of them"].value)
    told = paceline("race-changes", "--json")
    assert [change["field"] for change in json.loads(told.out)] == ["dates"]
    shown = paceline("race-changes", "--seen")
    assert shown.code == 0 and "dates" in shown.out and coming in shown.out
    assert check().passed
    assert json.loads(paceline("race-changes", "--json").out) == []
    assert coming in paceline("race-changes", "--since", "2026-01-01").out
