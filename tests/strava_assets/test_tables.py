"""The tables say what is true in the sandbox: ids, times, units, places, and what is absent, of every activity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from strava_in_process import StravaInProcess, activities, build, items, listed, rows

from resources.warehouse import open_warehouse
from strava_assets.rebuild import rebuild_all
from strava_assets.transform import TABLES, column_types
from strava_assets.workspace import Workspace

Row = dict[str, Any]
# Column to the word of the answer; what has another form is compared below.
SAME = {
    "name": "name", "sport_type": "sport_type", "elapsed_time_s": "elapsed_time", "moving_time_s": "moving_time",
    "distance_m": "distance", "total_elevation_gain_m": "total_elevation_gain", "elev_low_m": "elev_low",
    "elev_high_m": "elev_high", "average_speed_mps": "average_speed", "max_speed_mps": "max_speed",
    "average_heartrate": "average_heartrate", "max_heartrate": "max_heartrate", "average_watts": "average_watts",
    "max_watts": "max_watts", "weighted_average_watts": "weighted_average_watts", "kilojoules": "kilojoules",
    "is_power_measured": "device_watts", "average_cadence": "average_cadence", "average_temp_c": "average_temp",
    "gear_id": "gear_id", "workout_type": "workout_type", "is_trainer": "trainer", "is_commute": "commute",
    "is_manual": "manual", "is_private": "private", "visibility": "visibility", "kudos_count": "kudos_count",
    "achievement_count": "achievement_count", "upload_id": "upload_id", "external_id": "external_id",
    "utc_offset_s": "utc_offset", "description": "description", "relative_effort": "suffer_score",
}  # fmt: skip


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z"))


def test_every_activity_is_as_it_is_true(
    strava: StravaInProcess, synced: Workspace, figure: Callable[[str], None]
) -> None:
    truth, found = strava.truth(), activities(synced)
    assert found.keys() == truth.keys() and max(found) > 2**31
    for activity_id, row in found.items():
        told = truth[activity_id]
        assert {column: row[column] for column in SAME} == {c: told.get(word) for c, word in SAME.items()}
        assert row["athlete_id"] == told["athlete"]["id"] and row["source"] == "api"
        assert row["start_date"] == datetime.fromisoformat(told["start_date"])
        assert row["start_date_local"] == wall(told["start_date_local"]), (
            "the wall clock, whatever its Z says"
        )
        assert row["start_month"] == row["start_date"].date().replace(day=1)
        assert told["timezone"] == f"{told['timezone'].split()[0]} {row['timezone']}"
        assert [row["start_lat"], row["start_lng"]] == (told["start_latlng"] or [None, None])
        assert [row["end_lat"], row["end_lng"]] == (told["end_latlng"] or [None, None])
        assert row["summary_polyline"] == (told["map"]["summary_polyline"] or None)
        assert row["calories"] > 0 and row["details_fetched_at"] is not None and row["deleted_at"] is None
    told_rows = truth.values()
    assert (
        {False, True}
        == {row["manual"] for row in told_rows}
        == {"average_heartrate" in row for row in told_rows}
    )
    assert any(row["start_date_local"].endswith("00:00:01Z") for row in told_rows), "a hidden start"
    assert any(not row["start_latlng"] for row in told_rows)
    assert any(not row["name"].isascii() for row in told_rows) and any(
        "workout_type" not in row for row in told_rows
    )
    assert {row["timezone"] for row in found.values()} >= {"America/New_York"}
    figure(
        f"{len(found) * (len(SAME) + 10)} values of {len(found)} activities as they are true, local times not shifted"
    )


def test_older_shapes_are_read_too(strava: StravaInProcess, work: Workspace) -> None:
    at = {"kind": "field", "endpoint": "strava_activities", "times": 0}
    strava.faults(
        {**at, "path": "0.start_latlng", "op": "set", "value": None},
        {**at, "path": "0.map.summary_polyline", "op": "set", "value": None},
        {**at, "path": "0.sport_type", "op": "delete"},
        {**at, "path": "0.map", "op": "delete"},
        {**at, "path": "1.utc_offset", "op": "set", "value": 1e300},
        {**at, "path": "1.distance", "op": "set", "value": "far"},
        {**at, "path": "1.timezone", "op": "set", "value": "EST"},
        {**at, "path": "2.athlete.id_str", "op": "delete"},
    )
    listed(work)
    build(work)
    found = sorted(activities(work).values(), key=lambda row: row["start_date"], reverse=True)
    assert len(found) == len(strava.truth())
    newest = max(strava.truth().values(), key=lambda row: row["start_date"])
    assert found[0]["sport_type"] == newest["type"] and found[0]["start_lat"] is None
    assert (found[1]["utc_offset_s"], found[1]["distance_m"], found[1]["timezone"]) == (None, None, "EST")


def test_laps_and_zones_are_those_of_the_answers(strava: StravaInProcess, synced: Workspace) -> None:
    ask = synced.client
    laps, zones = rows(synced, "activity_laps"), rows(synced, "activity_zones")
    assert laps and zones and None in {row["max_value"] for row in zones}
    for activity_id, truth in strava.truth().items():
        told = ask.activity(str(activity_id)).payload.get("laps", [])
        mine = [row for row in laps if row["activity_id"] == activity_id]
        same = {
            "lap_index": "lap_index",
            "name": "name",
            "elapsed_time_s": "elapsed_time",
            "distance_m": "distance",
        }
        same |= {"start_index": "start_index", "end_index": "end_index", "average_speed_mps": "average_speed"}
        assert [{c: row[c] for c in same} for row in mine] == [
            {c: lap[word] for c, word in same.items()} for lap in told
        ]
        told = ask.zones(str(activity_id)).payload if truth["has_heartrate"] else []
        buckets = {
            (zone["type"], place): (
                bucket["min"],
                None if bucket["max"] < 0 else bucket["max"],
                bucket["time"],
            )
            for zone in told
            for place, bucket in enumerate(zone["distribution_buckets"], 1)
        }
        assert buckets == {
            (row["zone_type"], row["zone_index"]): (row["min_value"], row["max_value"], row["time_s"])
            for row in zones
            if row["activity_id"] == activity_id
        }


def test_series_are_those_of_the_truth(strava: StravaInProcess, synced: Workspace) -> None:
    found: dict[int, dict[str, list[float]]] = {}
    for row in sorted(rows(synced, "activity_streams"), key=lambda row: row["sample_index"]):
        values = found.setdefault(row["activity_id"], {}).setdefault(row["stream_type"], [])
        assert len(values) == row["sample_index"] and row["source"] == "api"
        values.append(row["value"])
    kinds = set()
    for activity_id, told in strava.truth().items():
        truth = strava.act("streams_truth", id=activity_id)
        if "latlng" in truth:
            pairs = truth.pop("latlng")
            truth |= {"lat": [pair[0] for pair in pairs], "lng": [pair[1] for pair in pairs]}
        if "moving" in truth:
            truth["moving"] = [float(moves) for moves in truth["moving"]]
        assert found.get(activity_id, {}) == truth
        kinds |= {("manual" if told["manual"] else "indoor" if "lat" not in truth else "outdoor")}
    assert kinds == {"manual", "indoor", "outdoor"}


def test_gear_and_athlete_are_told_retired_ones_included(strava: StravaInProcess, synced: Workspace) -> None:
    (diary,) = strava.strava.diaries.values()
    for row in rows(synced, "gear"):
        told = diary.gear_row(row["gear_id"], 3)
        assert told is not None
        assert (row["name"], row["is_retired"], row["distance_m"], row["kind"]) == (
            told["name"], told["retired"], told["distance"], {"b": "bike", "g": "shoe"}[row["gear_id"][0]],
        )  # fmt: skip
    (athlete,) = rows(synced, "athletes")
    assert (athlete["athlete_id"], athlete["weight_kg"], athlete["ftp_w"]) == (
        int(strava.athlete_ids[0]),
        70.0,
        None,
    )


@pytest.mark.promise("A4")
def test_the_landing_zone_alone_makes_the_same_tables(synced: Workspace) -> None:
    before = {table: rows(synced, table.split(".")[1]) for table in TABLES}
    assert all(before.values()), "no table is empty"
    assert build(synced) == {}, "and nothing is written that would say the same"
    rebuild_all(synced.lake, synced.landing, synced.state)
    assert {table: rows(synced, table.split(".")[1]) for table in TABLES} == before


def test_the_warehouse_holds_the_tables_with_these_types(synced: Workspace) -> None:
    assert column_types()["strava.activities"]["activity_id"] == "BIGINT"
    with open_warehouse(synced.settings.warehouse_file) as connection:
        kinds = dict(
            connection.execute(
                "SELECT table_name || '.' || column_name, data_type FROM duckdb_columns() WHERE schema_name = 'strava'"
            ).fetchall()
        )
    expected = {
        f"{table.split('.')[1]}.{name}": kind
        for table in TABLES
        for name, kind in column_types()[table].items()
    }
    assert kinds == expected
    assert kinds["activities.start_date"] == "TIMESTAMP WITH TIME ZONE"
    assert kinds["activities.start_date_local"] == "TIMESTAMP"


def test_an_empty_account_gives_empty_tables(data_dir: Path) -> None:
    strava = StravaInProcess(0)
    work = strava.workspace(data_dir)
    listed(work, full=True)
    items(work)
    build(work)
    assert {table for table in TABLES if rows(work, table.split(".")[1])} == {"strava.athletes"}
    assert all(work.lake.files(table) for table in TABLES)
    assert datetime.now(UTC) > rows(work, "athletes")[0]["fetched_at"]
