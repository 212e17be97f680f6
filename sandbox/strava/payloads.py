"""Summaries and details of activities as Strava's answers give them, with the keys that are absent at times."""

from __future__ import annotations

from typing import Any

from sandbox.peloton.seeds import Seeds
from sandbox.strava.activities import ABSENT, Activity, stamp
from sandbox.strava.parts import available_zones, best_efforts, laps, segment_efforts, splits
from sandbox.strava.streams import Route, make_streams, polyline

METRES_A_MILE = 1_609.344
METRES_A_KILOMETRE = 1_000.0
SUMMARY_STEP = 3
RATED = ("heart_rate", "pace", "power", "speed", "calories", "weight_lifted")

Row = dict[str, Any]


def summary(activity: Activity) -> Row:
    """An item of the list."""
    row = _head(activity, 2)
    row |= {
        "map": {
            "id": f"a{activity.id}",
            "summary_polyline": _line(activity, SUMMARY_STEP),
            "resource_state": 2,
        }
    }
    row |= _middle(activity)
    return row


def detail(seeds: Seeds, activity: Activity, gear: Row | None) -> Row:
    """The answer about one activity."""
    row = _head(activity, 3)
    row["map"] = {
        "id": f"a{activity.id}",
        "polyline": _line(activity, 1),
        "resource_state": 3,
        "summary_polyline": _line(activity, SUMMARY_STEP),
    }
    row |= _middle(activity)
    streams = make_streams(activity)
    row |= {
        "description": activity.description,
        "calories": float(round(activity.moving_time * 0.16, 1)),
        "perceived_exertion": activity.perceived_exertion,
        "prefer_perceived_exertion": None if activity.perceived_exertion is None else False,
        "segment_efforts": segment_efforts(seeds, activity, streams) if streams else [],
    }
    if streams:
        row["splits_metric"] = splits(activity, streams, METRES_A_KILOMETRE)
        row["splits_standard"] = splits(activity, streams, METRES_A_MILE)
        row["laps"] = laps(activity, streams)
    if activity.sport.type == "Run":
        row["best_efforts"] = best_efforts(activity, streams) if streams else []
    if gear:
        row["gear"] = gear
    row["photos"] = _photos(seeds, activity)
    row["stats_visibility"] = [{"type": name, "visibility": "everyone"} for name in RATED]
    row["hide_from_home"] = False
    if activity.device_name:
        row["device_name"] = activity.device_name
    if activity.private_note is not None:
        row["private_note"] = activity.private_note
    row["sport_image_visibility"] = "everyone"
    row["embed_token"] = seeds.hex_id("strava-embed", activity.id) + "00000000"
    row["similar_activities"] = _similar(activity)
    row["available_zones"] = available_zones(activity)
    return row


def _head(a: Activity, state: int) -> Row:
    row: Row = {
        "resource_state": state,
        "athlete": {"id": a.athlete_id, "id_str": str(a.athlete_id), "resource_state": 1},
        "name": a.name,
        "distance": float(a.distance),
        "moving_time": a.moving_time,
        "elapsed_time": a.elapsed_time,
        "total_elevation_gain": a.gain or 0,
        "type": a.sport.type,
        "sport_type": a.sport_type,
    }
    if a.workout_type != ABSENT:
        row["workout_type"] = a.workout_type
    if a.device_name and a.number % 10 != 9:
        row["device_name"] = a.device_name
    return row | {
        "id": a.id,
        "id_str": str(a.id),
        "start_date": stamp(a.shown_start),
        "start_date_local": stamp(a.shown_local),
        "timezone": a.zone[0],
        "utc_offset": float(a.utc_offset),
        "location_city": None,
        "location_state": None,
        "location_country": None,
        "achievement_count": a.counters["achievement_count"],
        "kudos_count": a.counters["kudos_count"],
        "comment_count": a.counters["comment_count"],
        "athlete_count": a.counters["athlete_count"],
        "photo_count": 0,
    }


def _middle(a: Activity) -> Row:
    ends = Route(a).points(1) if a.has_gps else []
    row: Row = {
        "trainer": a.trainer,
        "commute": a.commute,
        "manual": a.manual,
        "private": a.is_private,
        "visibility": a.visibility,
        "flagged": a.flagged,
        "gear_id": a.gear_id,
        "start_latlng": [round(value, 6) for value in ends[0]] if ends else [],
        "end_latlng": [round(value, 6) for value in ends[-1]] if ends else [],
        "average_speed": round(a.average_speed, 3),
        "max_speed": round(a.max_speed, 3) or 0,
    }
    if a.cadence is not None:
        row["average_cadence"] = a.cadence
    if a.temperature is not None:
        row["average_temp"] = a.temperature
    if a.average_watts is not None:
        row |= {
            "average_watts": a.average_watts,
            "kilojoules": round(a.average_watts * a.moving_time / 1_000, 1),
        }
        row["device_watts"] = a.device_watts
        if a.device_watts:
            row |= {
                "max_watts": round(a.average_watts * 1.5),
                "weighted_average_watts": round(a.average_watts * 1.06),
            }
    row["has_heartrate"] = a.average_heartrate is not None
    if a.average_heartrate is not None:
        row |= {"average_heartrate": a.average_heartrate, "max_heartrate": a.max_heartrate}
    row |= {"heartrate_opt_out": False, "display_hide_heartrate_option": a.average_heartrate is not None}
    if a.low is not None:
        row |= {"elev_high": a.high, "elev_low": a.low}
    if a.manual:
        row |= {"upload_id": None, "external_id": None}
    else:
        upload_id = a.id + 900_000_000
        row |= {"upload_id": upload_id, "external_id": f"watch_ping_{a.uploaded}"}
        if a.number % 12:
            row["upload_id_str"] = str(upload_id)
    row |= {
        "from_accepted_tag": a.from_accepted_tag,
        "pr_count": a.counters["pr_count"],
        "total_photo_count": a.counters["total_photo_count"],
        "has_kudoed": False,
    }
    if a.average_heartrate is not None:
        row["suffer_score"] = float(round(a.moving_time * a.average_heartrate / 6_000))
    return row


def _line(activity: Activity, every: int) -> str:
    return polyline(Route(activity).points(every)) if activity.has_gps else ""


def _photos(seeds: Seeds, activity: Activity) -> Row:
    count = activity.counters["total_photo_count"]
    if not count:
        return {"primary": None, "count": 0}
    key = seeds.dashed_id("strava-photo", activity.id)
    urls = {size: f"https://photos.example/{key}-{size}.jpg" for size in ("600", "100")}
    primary = {"unique_id": key, "urls": urls, "source": 1, "media_type": 1}
    return {"primary": primary, "use_primary_photo": True, "count": count}


def _similar(activity: Activity) -> Row:
    speed = round(activity.average_speed, 6)
    return {
        "effort_count": 1,
        "average_speed": speed,
        "min_average_speed": speed,
        "mid_average_speed": speed,
        "max_average_speed": speed,
        "pr_rank": None,
        "frequency_milestone": None,
        "trend": {
            "speeds": [speed],
            "current_activity_index": 0,
            "min_speed": speed,
            "mid_speed": speed,
            "max_speed": speed,
            "direction": 0,
        },
        "resource_state": 2,
    }
