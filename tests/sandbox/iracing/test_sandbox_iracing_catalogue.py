"""The catalogue and the history: everything resolves, and the odd values of the facts are there."""

from __future__ import annotations

from collections import Counter
from typing import Any

from racer import Racer


def volatile_removed(seasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    cleaned = []
    for season in seasons:
        weeks = [
            week | {"weather": {k: v for k, v in week["weather"].items() if k != "weather_url"}}
            for week in season["schedules"]
        ]
        cleaned.append({k: v for k, v in season.items() if k != "reg_user_count"} | {"schedules": weeks})
    return cleaned


def test_two_answers_differ_in_what_is_volatile_only(racer: Racer) -> None:
    first, second = (racer.document("series/seasons") for _ in range(2))
    assert first != second
    assert volatile_removed(first) == volatile_removed(second)
    owned = [
        [s["elig"]["own_car"] for s in racer.document("series/season_list")["seasons"]] for _ in range(2)
    ]
    assert owned[0] != owned[1]


def test_every_class_car_and_track_of_a_season_resolves(racer: Racer) -> None:
    cars = {car["car_id"] for car in racer.document("car/get")}
    classes = {row["car_class_id"]: row for row in racer.document("carclass/get")}
    tracks = {track["track_id"] for track in racer.document("track/get")}
    assert {car["car_id"] for row in classes.values() for car in row["cars_in_class"]} <= cars
    for season in racer.document("series/seasons"):
        assert set(season["car_class_ids"]) <= classes.keys() - {0}
        for week in season["schedules"]:
            assert week["track"]["track_id"] in tracks
            assert {row["car_id"] for row in week["car_restrictions"] + week["race_week_cars"]} <= cars
    for series in racer.document("series/stats_series"):
        for season in series["seasons"]:
            assert {week["track"]["track_id"] for week in season["race_weeks"]} <= tracks


def test_class_0_holds_every_car_that_is_sold(racer: Racer) -> None:
    (everything,) = [row for row in racer.document("carclass/get") if row["car_class_id"] == 0]
    sold = {car["car_id"] for car in racer.document("car/get") if not car["retired"]}
    assert {car["car_id"] for car in everything["cars_in_class"]} == sold


def test_assets_are_keyed_by_the_ids_as_text(racer: Racer) -> None:
    for path, list_path, key in (
        ("car/assets", "car/get", "car_id"),
        ("track/assets", "track/get", "track_id"),
        ("series/assets", "series/get", "series_id"),
    ):
        assets = racer.document(path)
        assert assets.keys() == {str(row[key]) for row in racer.document(list_path)}
        assert all(str(row[key]) == name for name, row in assets.items())
    maps = racer.document("track/assets").values()
    assert all(len(row["track_map_layers"]) == 6 and row["track_map"].endswith("/") for row in maps)
    assert {row["track_map"].startswith("https://") for row in maps} == {True, False}


def test_the_odd_values_are_there(racer: Racer) -> None:
    tracks, seasons = racer.document("track/get"), racer.document("series/seasons")
    weeks = [week for season in seasons for week in season["schedules"]]
    assert any("&#176;" in track.get("banking", "") for track in tracks)
    assert any("\\" in track["track_dirpath"] for track in tracks)
    assert any("config_name" not in track for track in tracks)
    assert any("config_name" not in week["track"] for week in weeks)
    assert any(track.get("site_url") == " " for track in tracks)
    assert any(asset["detail_techspecs_copy"] == "null" for asset in racer.document("car/assets").values())
    assert any(week["track_state"].get("practice_rubber") == -1 for week in weeks)
    limits = Counter((w["race_lap_limit"] is None, w["race_time_limit"] is None) for w in weeks)
    assert limits[False, False] and limits[True, False] and limits[False, True] and not limits[True, True]
    adjustments = {row["power_adjust_pct"] for week in weeks for row in week["car_restrictions"]}
    assert {0, -2.75} <= adjustments
    rotating = [season for season in seasons if season["car_switching"]]
    cars = [week["race_week_cars"][0]["car_id"] for week in rotating[0]["schedules"]]
    assert len(set(cars)) > 1
    assert any("heat_ses_info" in season for season in seasons)
    assert any("practice_length" not in week for week in weeks)


def test_series_get_is_of_active_seasons_and_stats_series_of_all(racer: Racer) -> None:
    shown = {row["series_id"] for row in racer.document("series/get")}
    active = {season["series_id"] for season in racer.document("series/seasons")}
    everything = {row["series_id"]: row for row in racer.document("series/stats_series")}
    assert shown == active < everything.keys()
    gone = [row for id_, row in everything.items() if id_ not in active]
    assert all(row["logo"] is None and not row["active"] and row["seasons"] for row in gone)
    assert racer.document("series/past_seasons", series_id=gone[0]["series_id"])["series"] == gone[0]


def test_a_quarter_before_2014_may_hold_three_seasons_of_a_series(racer: Racer) -> None:
    seasons = [s for series in racer.document("series/stats_series") for s in series["seasons"]]
    assert len({s["season_id"] for s in seasons}) == len(seasons)
    per_quarter = Counter((s["series_id"], s["season_year"], s["season_quarter"]) for s in seasons)
    old = [key for key, count in per_quarter.items() if count == 3]
    assert old
    assert all(year < 2014 for _, year, _ in old)
    series_id, year, quarter = old[0]
    listed = racer.document("season/list", season_year=year, season_quarter=quarter)["seasons"]
    letters = [row["rookie_season"] for row in listed if row["series_id"] == series_id]
    assert letters == ["A", "B", "C"]
    assert {len(s["race_weeks"]) for s in seasons if s["season_year"] < 2014} >= {4}


def test_a_sparse_history_shows_one_week_a_season(racer: Racer) -> None:
    series = racer.document("series/stats_series")
    sparse = [s for s in series if {len(season["race_weeks"]) for season in s["seasons"]} == {1}]
    assert any(season["race_weeks"][0]["race_week_num"] > 0 for s in sparse for season in s["seasons"])


def test_a_past_season_has_a_schedule_and_an_old_one_no_times(racer: Racer) -> None:
    seasons = [s for row in racer.document("series/stats_series") for s in row["seasons"]]
    newer = next(s for s in seasons if s["season_year"] == 2025)
    older = next(s for s in seasons if s["season_year"] == 2021)
    answer = racer.document("series/season_schedule", season_id=newer["season_id"])
    assert answer["season_id"] == newer["season_id"]
    weeks = answer["schedules"]
    assert all(week["race_time_descriptors"] and week["qual_time_descriptors"] == [] for week in weeks)
    shown = {week["race_week_num"]: week["track"] for week in newer["race_weeks"]}
    assert all(weeks[number]["track"]["track_id"] == track["track_id"] for number, track in shown.items())
    (first, *_) = racer.document("series/season_schedule", season_id=older["season_id"])["schedules"]
    assert first.keys().isdisjoint({"race_time_descriptors", "week_end_time"})


def test_the_current_week_is_the_first_that_is_not_over(racer: Racer) -> None:
    today = racer.sandbox.iracing_truth()["today"]
    for season, row in zip(
        racer.document("series/seasons"), racer.document("series/season_list")["seasons"], strict=True
    ):
        coming = [w["race_week_num"] for w in season["schedules"] if w["week_end_time"] >= today]
        assert season["race_week"] == (coming[0] if coming else season["max_weeks"] - 1)
        assert row["current_week_sched"]["race_week_num"] == row["race_week"]
