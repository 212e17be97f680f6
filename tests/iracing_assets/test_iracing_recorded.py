"""Every recorded document of iRacing goes in by the door for files: nothing is lost, and no start is invented."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import paceline
from equal import content
from racing_in_process import RacingInProcess, rows

from iracing_assets import checks
from iracing_assets.documents import BY_ID, KNOWN_FIELDS
from iracing_assets.workspace import Workspace
from resources.drift import find_drift
from resources.warehouse import open_warehouse

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "iracing"
# Folder of recordings, by the folder of the landing zone that holds such documents.
KINDS = {
    "series_get": "series.get", "series_assets": "series.assets", "carclass_get": "carclass.get", "car_get": "car.get",
    "car_assets": "car.assets", "track_get": "track.get", "track_assets": "track.assets",
    "season_list": "season.list", "series_season_list": "series.season_list",
    "series_past_seasons": "series.past_seasons", "series_stats_series": "series.stats_series",
    "series_seasons": "series.seasons", "series_season_schedule": "series.season_schedule",
}  # fmt: skip
GUIDE = "season.race_guide/AllyMurray__1.json"
BLOCK = datetime(2025, 9, 9, 11, 54, tzinfo=UTC), datetime(2025, 9, 9, 14, 54, tzinfo=UTC)


def recorded(resource: str) -> list[Any]:
    """All recorded documents of a kind."""
    return [json.loads(path.read_text()) for path in sorted((RECORDED / KINDS[resource]).glob("*.json"))]


@pytest.fixture(scope="module")
def data_dir_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A data folder after `paceline import iracing` of all recordings, and what the command said."""
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded answers at {RECORDED}")
    folder = tmp_path_factory.mktemp("recorded")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PACELINE_DATA_DIR", str(folder / "data"))
        ended = paceline("import", "iracing", str(RECORDED), "--json")
        assert ended.code == 0, ended.err
        yield folder / "data", json.loads(ended.out)


@pytest.fixture(scope="module")
def all_of_it(data_dir_of_all: tuple[Path, dict[str, Any]]) -> Workspace:
    return RacingInProcess(series=1).workspace(data_dir_of_all[0])


def test_every_document_of_a_kind_we_read_is_read(
    data_dir_of_all: tuple[Path, dict[str, Any]], all_of_it: Workspace, figure: Callable[[str], None]
) -> None:
    files = {kind: len(recorded(kind)) for kind in KINDS}
    assert all(files.values())
    assert data_dir_of_all[1]["new"] == sum(files.values())
    for kind, count in files.items():
        assert (
            sum(len(list(path.glob("*"))) for path in (all_of_it.landing.root / "iracing" / kind).iterdir())
            == count
        )
    unused = {unused["file"].partition("/")[0] for unused in data_dir_of_all[1]["unused"]}
    assert not unused & set(KINDS.values())
    assert data_dir_of_all[1]["without_id"] == 0
    figure(f"{sum(files.values())} recorded documents of iRacing read, none refused")


@pytest.mark.promise("B6")
def test_no_field_of_a_recording_is_news(all_of_it: Workspace) -> None:
    assert all_of_it.state.rows("SELECT resource, path, kind FROM drift") == []
    (document,) = recorded("series_season_schedule")
    news = find_drift(KNOWN_FIELDS, "series_season_schedule", {**document, "brand_new": 1})
    assert news == {("brand_new", "unknown", "number")}


def ids(resource: str, name: str, path: Callable[[Any], Any] = lambda payload: payload) -> set[int]:
    """Every id of all recordings of a kind."""
    found = [path(payload) for payload in recorded(resource)]
    parts = [list(part.values()) if resource in BY_ID else part for part in found]
    return {row[name] for part in parts for row in part}


def stored(work: Workspace, table: str, *key: str) -> set[Any]:
    found = [tuple(row[name] for name in key) for row in rows(work.lake, table)]
    assert len(found) == len(set(found)), table
    return {one[0] for one in found} if len(key) == 1 else set(found)


def test_every_thing_of_the_catalogue_is_a_row(all_of_it: Workspace) -> None:
    assert stored(all_of_it, "iracing.cars", "car_id") == ids("car_get", "car_id")
    assert stored(all_of_it, "iracing.tracks", "track_id") == ids("track_get", "track_id")
    assert stored(all_of_it, "iracing.car_classes", "car_class_id") == ids("carclass_get", "car_class_id")
    listed = ids("series_get", "series_id") | ids("series_stats_series", "series_id")
    listed |= {payload["series"]["series_id"] for payload in recorded("series_past_seasons")}
    assert stored(all_of_it, "iracing.series", "series_id") >= listed
    tracks = {row["track_id"]: row for row in rows(all_of_it.lake, "iracing.tracks")}
    with_map = ids("track_assets", "track_id") & tracks.keys()
    assert len(with_map) > 400
    assert all(tracks[track]["map_active_url"].startswith("https://") for track in with_map)
    cars = rows(all_of_it.lake, "iracing.cars")
    assert all(row["car_name"] and row["image_url"].startswith("https://") for row in cars)


def seasons_of(resource: str) -> Iterator[Any]:
    for payload in recorded(resource):
        if resource == "series_seasons":
            yield from payload
        elif resource in ("season_list", "series_season_list"):
            yield from payload["seasons"]
        elif resource == "series_past_seasons":
            yield from payload["series"]["seasons"]
        elif resource == "series_stats_series":
            for series in payload:
                yield from series["seasons"]
        else:
            yield payload


def test_every_season_and_every_week_is_a_row(all_of_it: Workspace, figure: Callable[[str], None]) -> None:
    kinds = [kind for kind in KINDS if "season" in kind or kind == "series_stats_series"]
    told = {season["season_id"] for kind in kinds for season in seasons_of(kind)}
    assert stored(all_of_it, "iracing.seasons", "season_id") == told
    weeks = {
        (season["season_id"], week["race_week_num"])
        for kind in ("series_seasons", "series_season_schedule")
        for season in seasons_of(kind)
        for week in season["schedules"]
    }
    assert stored(all_of_it, "iracing.events", "season_id", "race_week_num") == weeks
    past = {
        (season["season_id"], week["race_week_num"])
        for kind in ("series_past_seasons", "series_stats_series")
        for season in seasons_of(kind)
        for week in season["race_weeks"]
    }
    assert stored(all_of_it, "iracing.past_weeks", "season_id", "race_week_num") == past
    figure(f"{len(told):,} recorded seasons, {len(weeks):,} weeks and {len(past):,} past weeks, each a row")


def test_the_newest_documents_of_active_seasons_say_who_is_active(all_of_it: Workspace) -> None:
    active = {row["season_id"] for row in rows(all_of_it.lake, "iracing.seasons") if row["active"]}
    old = {season["season_id"] for season in seasons_of("series_seasons") if season["season_year"] < 2025}
    assert active and not active & old


@pytest.mark.promise("G5")
def test_recordings_raise_no_alarm(all_of_it: Workspace) -> None:
    """But for two tracks of January 2026 that are newer than the newest list of tracks."""
    row_checks = checks.row_checks()
    with checks.shown(all_of_it.lake, list(row_checks.values())) as connection:
        found = {name: connection.sql(check.sql).fetchall() for name, check in row_checks.items()}
    assert {name: bad for name, bad in found.items() if bad} == {
        "tracks_lead_somewhere": [(539, 1), (572, 1)]
    }


@pytest.mark.promise("C2")
def test_the_recorded_race_guide_comes_out_of_the_published_warehouse(
    all_of_it: Workspace, figure: Callable[[str], None]
) -> None:
    sessions = json.loads((RECORDED / GUIDE).read_text())["sessions"]
    told = {
        (
            row["season_id"],
            row["race_week_num"],
            datetime.fromisoformat(row["start_time"]),
            row["super_session"],
        )
        for row in sessions
    }
    with open_warehouse(all_of_it.settings.warehouse_file) as connection:
        found = connection.execute(
            "SELECT season_id, race_week_num, starts_at, super_session FROM iracing.race_times($1, $2)",
            [*BLOCK],
        ).fetchall()
    assert (len(told), len(found), set(found) ^ told) == (133, 133, set())
    figure("133 of 133 recorded starts by import, warehouse and macro, 0 extra")


def test_all_recordings_twice_change_nothing(
    all_of_it: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = content(all_of_it.settings.warehouse_file, without=())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PACELINE_DATA_DIR", str(all_of_it.settings.data_dir))
    facts = json.loads(paceline("import", "iracing", str(RECORDED), "--json").out)
    assert facts["new"] == facts["created"] == facts["updated"] == 0
    assert content(all_of_it.settings.warehouse_file, without=()) == before
