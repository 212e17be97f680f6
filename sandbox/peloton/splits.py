"""Splits of a graph: how long each mile, kilometre or 500 metres took.

The form is the trap: an empty list, an empty object, null, or an object whose members are null, by year and
workout; nothing tells which.
"""

from __future__ import annotations

import math
from typing import Any

from sandbox.peloton.series import Series
from sandbox.peloton.workouts import TREAD, Workout

OBJECT_SINCE, EMPTY_OBJECT_SINCE = 2022, 2021
NULL_EVERY, NULL_FIRST = 17, 8
ROWER_SPLIT_M = 500


def splits_data(workout: Workout, series: Series, year: int) -> Any:
    if workout.number % NULL_EVERY == NULL_FIRST and year >= EMPTY_OBJECT_SINCE:
        return None
    is_run = workout.metrics_type == "running"
    if year < EMPTY_OBJECT_SINCE and not is_run:
        return []
    is_run_without_machine = workout.metrics_type is None and workout.discipline in TREAD
    if workout.cls is None or workout.metrics_type == "caesar" or (year < OBJECT_SINCE and not is_run):
        return {}
    if workout.metrics_type is None and not is_run_without_machine:
        return {}
    splits = []  # none without a machine
    for order, (marker, seconds, is_best) in enumerate(_splits(workout, series), start=1):
        split: dict[str, Any] = {
            "distance_marker": marker,
            "order": order,
            "seconds": float(seconds),
            "elevation_change": float(order % 4) if is_run else None,
            "has_floor_segment": False,
            "is_best": is_best,
        }
        if year < OBJECT_SINCE:
            del split["has_floor_segment"]
        splits.append(split)
    return {
        "distance_marker_display_unit": "km" if workout.member.is_metric else "mi",
        "elevation_change_display_unit": "m" if workout.member.is_metric else "ft",
        "splits": splits,
    }


def splits_metrics(workout: Workout, series: Series) -> dict[str, Any]:
    if workout.metrics_type is None or workout.cls is None:
        return {}
    on_water = workout.metrics_type == "caesar"
    unit = "km" if workout.member.is_metric else "mi"
    slug, pace_unit = ("meter", "min/500m") if on_water else (unit, f"min/{unit}")
    header = [
        {"slug": slug, "display_name": "Meters" if on_water else unit},
        {"slug": "total_time", "display_name": "Total Time"},
        {"slug": "pace", "display_name": pace_unit if on_water else "Pace"},
    ]
    if not on_water:
        header.append({"slug": "elevation", "display_name": "Elevation"})
    rows, passed_s = [], 0
    for marker, seconds, is_best in _splits(workout, series):
        passed_s += seconds
        data: list[dict[str, Any]] = [
            {"slug": slug, "value": marker, "unit": "m" if on_water else unit},
            {"slug": "total_time", "value": round(passed_s / 60, 2), "unit": "min"},
            {"slug": "pace", "value": round(seconds / 60, 2), "unit": pace_unit},
        ]
        if not on_water:
            data.append({"slug": "elevation", "value": None, "unit": "m" if unit == "km" else "ft"})
        rows.append({"is_best": is_best, "has_floor_segment": False, "data": data})
    return {"header": header, "metrics": rows}


def _splits(workout: Workout, series: Series) -> list[tuple[float, int, bool]]:
    """(where it ends, its seconds, is it the best) of each, at an even pace; the last one is shorter."""
    length = ROWER_SPLIT_M if workout.metrics_type == "caesar" else 1
    count = math.ceil(series.distance / length) if series.distance else 0
    full_s = workout.done_s * length / series.distance if series.distance else 0.0
    rows: list[tuple[float, int, bool]] = []
    for number in range(1, count + 1):
        is_last = number == count
        marker = round(series.distance, 2) if is_last else float(number * length)
        seconds = workout.done_s - int(full_s * (number - 1)) if is_last else int(full_s)
        rows.append((marker, seconds, number == 1))
    return rows
