"""What a detailed activity is made of: laps, splits, efforts and zones, all cut out of its streams."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sandbox.peloton.seeds import Seeds
from sandbox.strava.activities import Activity, stamp
from sandbox.strava.streams import Streams

HEART_BOUNDS = (126, 157, 173, 188)
PACE_BOUNDS = (2.5, 2.9, 3.2, 3.5, 3.9)
POWER_BOUNDS = (0, 50, 100, 150, 200, 250, 300, 350, 400, 450)
FIRST_EFFORT_ID = 3_100_000_000_000_000_001  # beyond 2^53, where a float would lose the last digits
SEGMENTS = 40
BEST_EFFORTS = (("400m", 400), ("1K", 1_000), ("1 mile", 1_609), ("5K", 5_000), ("10K", 10_000))

Row = dict[str, Any]


def laps(activity: Activity, streams: Streams) -> list[Row]:
    """Equal parts. The only lap of some lasts longer than the activity, as recorded ones do."""
    count = 1 + activity.number % 4
    last = len(streams["time"]) - 1
    count = min(count, last)
    rows = []
    for index in range(count):
        begin, end = last * index // count, last * (index + 1) // count
        piece = _piece(streams, begin, end)
        if count == 1 and activity.number % 8 == 4:
            piece["elapsed_time"] += 3
        row = {
            "id": activity.id * 4 + index,
            "resource_state": 2,
            "name": f"Lap {index + 1}",
            **_owner(activity),
            "elapsed_time": piece["elapsed_time"],
            "moving_time": piece["moving_time"],
            **_times(activity, streams["time"][begin]),
            "distance": piece["distance"],
            "average_speed": _speed(piece),
            "max_speed": round(max(streams.get("velocity_smooth", [0.0])[begin : end + 1] or [0.0]), 3),
            "lap_index": index + 1,
            "split": index + 1,
            "start_index": begin,
            "end_index": end,
            "total_elevation_gain": round(activity.gain / count, 1) or 0,
            "device_watts": activity.device_watts,
        }
        for name, key in (("average_cadence", "cadence"), ("average_watts", "watts")):
            if key in streams:
                row[name] = _mean(streams[key][begin : end + 1])
        row |= _heart(streams, begin, end, with_max=True)
        if activity.sport.type == "Run":
            row["pace_zone"] = _zone(PACE_BOUNDS, _speed(piece)) + 1
        rows.append(row)
    return rows


def splits(activity: Activity, streams: Streams, metres: float) -> list[Row]:
    """One for each kilometre or mile, and the rest; an activity without a distance has none."""
    if not activity.distance:
        return []
    cuts, wanted = [0], metres
    for place, distance in enumerate(streams["distance"]):
        if distance >= wanted:
            cuts.append(place)
            wanted += metres
    if cuts[-1] < len(streams["distance"]) - 1:
        cuts.append(len(streams["distance"]) - 1)
    rows = []
    for number, (begin, end) in enumerate(pairwise(cuts), start=1):
        piece = _piece(streams, begin, end)
        row: Row = {"distance": piece["distance"], "elapsed_time": piece["elapsed_time"]}
        if "altitude" in streams:
            row["elevation_difference"] = round(streams["altitude"][end] - streams["altitude"][begin], 1)
        row |= {
            "moving_time": piece["moving_time"],
            "split": number,
            "average_speed": round(_speed(piece), 2),
        }
        row["average_grade_adjusted_speed"] = (
            round(_speed(piece), 2) if activity.sport.type == "Run" else None
        )
        row |= _heart(streams, begin, end)
        row["pace_zone"] = _zone(PACE_BOUNDS, _speed(piece)) + 1 if activity.sport.type == "Run" else 0
        rows.append(row)
    return rows


def segment_efforts(seeds: Seeds, activity: Activity, streams: Streams) -> list[Row]:
    """Up to three stretches that others went too; their ids are too long for a float."""
    if not activity.has_gps:
        return []
    last = len(streams["time"]) - 1
    rows = []
    for index in range(min(activity.number % 4, last // 60)):
        begin, end = last * index // 4, last * (index + 1) // 4
        piece = _piece(streams, begin, end)
        number = seeds.random("strava-segment", f"{activity.number}-{index}").randrange(SEGMENTS)
        name = f"Invented stretch {number}"
        row = {
            "id": FIRST_EFFORT_ID + activity.id * 8 + index,
            "resource_state": 2,
            "name": name,
            **_owner(activity),
            "elapsed_time": piece["elapsed_time"],
            "moving_time": piece["moving_time"],
            **_times(activity, streams["time"][begin]),
            "distance": piece["distance"],
            "start_index": begin,
            "end_index": end,
            "device_watts": activity.device_watts,
            **_heart(streams, begin, end, with_max=True),
            "segment": _segment(activity, streams, number, name, begin, end),
            "pr_rank": 2 if index else None,
            "achievements": [{"type_id": 3, "type": "pr", "rank": 2}] if index else [],
            "visibility": activity.visibility,
            "kom_rank": None,
            "hidden": False,
        }
        rows.append(row)
    return rows


def best_efforts(activity: Activity, streams: Streams) -> list[Row]:
    """Of a run: the first so many metres, which stand for the fastest."""
    rows = []
    for index, (name, metres) in enumerate(BEST_EFFORTS):
        if metres > activity.distance:
            break
        end = next(place for place, value in enumerate(streams["distance"]) if value >= metres)
        rows.append(
            {
                "id": activity.id * 3 + index,
                "resource_state": 2,
                "name": name,
                **_owner(activity),
                "elapsed_time": streams["time"][end],
                "moving_time": end,
                **_times(activity, 0),
                "distance": metres,
                "pr_rank": 1 if index == 0 else None,
                "achievements": [{"type_id": 3, "type": "pr", "rank": 1}] if index == 0 else [],
                "start_index": 0,
                "end_index": end,
            }
        )
    return rows


def available_zones(activity: Activity) -> list[str]:
    names = ["heartrate"] if activity.average_heartrate is not None else []
    if activity.sport.type == "Run":
        names.append("pace")
    if activity.device_watts and not activity.manual:
        names.append("power")
    return names


def zones(activity: Activity, streams: Streams | None) -> list[Row]:
    """Seconds in each zone; a manual entry has none."""
    if streams is None:
        return []
    found: list[Row] = []
    if "heartrate" in streams:
        buckets = _distribution(HEART_BOUNDS, streams["heartrate"])
        score = float(round(activity.moving_time * (activity.average_heartrate or 0) / 6_000))
        found.append(
            {
                "score": score,
                "distribution_buckets": [{**b, "time": float(b["time"])} for b in buckets],
                "type": "heartrate",
                "resource_state": 3,
                "sensor_based": True,
                "points": int(score * 0.9),
                "custom_zones": False,
            }
        )
    rest = {"resource_state": 3, "sensor_based": True}
    if activity.sport.type == "Run" and "velocity_smooth" in streams:
        buckets = _distribution(PACE_BOUNDS, streams["velocity_smooth"])
        found.append({"score": 8, "distribution_buckets": buckets, "type": "pace", **rest})
    if "watts" in streams:
        buckets = _distribution(POWER_BOUNDS, streams["watts"])
        found.append({"distribution_buckets": buckets, "type": "power", **rest})
    return found


def athlete_zones() -> Row:
    edges = [0, *HEART_BOUNDS, -1]
    steps = [{"min": low, "max": high} for low, high in pairwise(edges)]
    return {"heart_rate": {"custom_zones": False, "zones": steps}}


# ------------------------------------------------------------------ small pieces


def _piece(streams: Streams, begin: int, end: int) -> Row:
    return {
        "distance": round(streams["distance"][end] - streams["distance"][begin], 1),
        "elapsed_time": streams["time"][end] - streams["time"][begin],
        "moving_time": end - begin,
    }


def _speed(piece: Row) -> float:
    return float(round(piece["distance"] / max(1, piece["moving_time"]), 3))


def _mean(values: list[Any]) -> float:
    return float(round(sum(values) / len(values), 1))


def _heart(streams: Streams, begin: int, end: int, with_max: bool = False) -> Row:
    if "heartrate" not in streams:
        return {}
    values = streams["heartrate"][begin : end + 1]
    row: Row = {"average_heartrate": _mean(values)}
    return row | {"max_heartrate": float(max(values))} if with_max else row


def _zone(bounds: tuple[float, ...], value: float) -> int:
    return sum(value >= bound for bound in bounds)


def _distribution(bounds: tuple[float, ...], values: list[Any]) -> list[Row]:
    edges: list[float] = [0, *bounds, -1]
    seconds = [0] * (len(edges) - 1)
    for value in values:
        seconds[_zone(bounds, value)] += 1
    return [
        {"min": low, "max": high, "time": time}
        for low, high, time in zip(edges, edges[1:], seconds, strict=False)
    ]


def _owner(activity: Activity) -> Row:
    return {
        "activity": {"id": activity.id, "visibility": activity.visibility, "resource_state": 1},
        "athlete": {"id": activity.athlete_id, "resource_state": 1},
    }


def _times(activity: Activity, seconds: int) -> Row:
    later: datetime = activity.shown_start + timedelta(seconds=seconds)
    local = activity.shown_local + timedelta(seconds=seconds)
    return {"start_date": stamp(later), "start_date_local": stamp(local)}


def _segment(activity: Activity, streams: Streams, number: int, name: str, begin: int, end: int) -> Row:
    heights = streams.get("altitude", [0.0])[begin : end + 1] or [0.0]
    return {
        "id": 7_000_000 + number,
        "resource_state": 2,
        "name": name,
        "activity_type": activity.sport.type,
        "distance": round(streams["distance"][end] - streams["distance"][begin], 1),
        "average_grade": 0.4,
        "maximum_grade": 6.1,
        "elevation_high": max(heights),
        "elevation_low": min(heights),
        "start_latlng": streams["latlng"][begin],
        "end_latlng": streams["latlng"][end],
        "elevation_profile": None,
        "elevation_profiles": None,
        "climb_category": 0,
        "city": None,
        "state": None,
        "country": None,
        "private": False,
        "hazardous": False,
        "starred": False,
    }
