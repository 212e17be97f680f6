"""`GET /api/workout/{id}/performance_graph`: the series of a workout as the service wraps it.

Keys grew from 11 in 2019 to 20 in 2023, by the year of the workout. Averages and maxima are those of every
second, whatever the step: a coarse graph need not contain the maximum that it tells.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

from sandbox.peloton.averages import calories
from sandbox.peloton.heart import ZONE_FLOORS, ZONE_TOPS, effort_zones
from sandbox.peloton.plan import muscle_scores, targets_payload
from sandbox.peloton.seeds import Seeds, image_url
from sandbox.peloton.series import Metric, Series, sampled, series_of
from sandbox.peloton.splits import splits_data, splits_metrics
from sandbox.peloton.workout_rides import year_of
from sandbox.peloton.workouts import BIKE, JUST_RIDE, Workout

DEFAULT_STEP = 50
EFFORT_SINCE, TARGETS_SINCE, SCORES_SINCE, FLAGS_SINCE = 2020, 2021, 2022, 2023
FEET_PER_MILE_CLIMBED = 12
FLOOR = ("strength", "stretching", "yoga", "cardio", "meditation")


def graph_payload(seeds: Seeds, workout: Workout, step: int) -> dict[str, Any]:
    series = series_of(seeds, workout)
    year = year_of(workout)
    places = sampled(series.seconds, step)
    graph: dict[str, Any] = {
        "duration": workout.done_s,
        "is_class_plan_shown": workout.workout_type != JUST_RIDE,
        "segment_list": _segments(seeds, workout, year),
        "seconds_since_pedaling_start": [series.seconds[place] for place in places],
        "average_summaries": _averages(series),
        "summaries": _summaries(workout, series),
        "metrics": [_metric(workout, series, metric, places) for metric in series.metrics],
        "has_apple_watch_metrics": False,
        "location_data": [],
        "is_location_data_accurate": None,
        "splits_data": splits_data(workout, series, year),
    }
    targets = targets_payload(seeds, workout.cls) if workout.cls else None
    on_bike = workout.metrics_type == "cycling" and workout.cls is not None
    if year >= EFFORT_SINCE:
        if on_bike and targets and (aims := targets["target_class_metrics"]["target_graph_metrics"]):
            graph["target_performance_metrics"] = {
                "target_graph_metrics": aims,
                "cadence_time_in_range": workout.number % 90,
                "resistance_time_in_range": workout.number % 70,
            }
        graph["effort_zones"] = effort_zones(seeds, workout) if year >= TARGETS_SINCE else None
    if year >= TARGETS_SINCE:
        aims = targets["target_metrics_data"]["target_metrics"] if on_bike and targets else []
        names = dict.fromkeys(metric["name"] for aim in aims for metric in aim["metrics"])
        graph["target_metrics_performance_data"] = {
            "target_metrics": aims,
            "time_in_metric": [{"name": name, "value": workout.number % 80} for name in names],
        }
    if year >= SCORES_SINCE:
        graph["splits_metrics"] = splits_metrics(workout, series)
        graph["muscle_group_score"] = muscle_scores(seeds, workout.cls) if workout.cls else []
        if workout.metrics_type == "caesar":
            graph["caesar_metrics"] = _strokes(seeds, series)
    if year >= FLAGS_SINCE:
        graph |= {"summary_available": True, "performance_graph_available": True, "workout_id": workout.id}
        if "target_performance_metrics" in graph:
            graph["target_metrics_compliance"] = {}
    return graph


def graph_truth(seeds: Seeds, workout: Workout, step: int) -> dict[str, Any]:
    """Each value of the series in a row of its own, a run's speed included, and what they come to."""
    series = series_of(seeds, workout)
    metrics = series.metrics + series.alternatives
    places = sampled(series.seconds, step)
    return {
        "id": workout.id,
        "seconds": [series.seconds[place] for place in places],
        "values": [
            {
                "metric": metric.slug,
                "unit": metric.unit,
                "second": series.seconds[place],
                "value": metric.values[place],
            }
            for metric in metrics
            for place in places
        ],
        "averages": {metric.slug: metric.average for metric in metrics},
        "maxima": {metric.slug: metric.peak for metric in metrics},
        "distance": round(series.distance, 2),
    }


# ------------------------------------------------------------------ parts


def _metric(workout: Workout, series: Series, metric: Metric, places: list[int]) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "display_name": metric.name,
        "display_unit": metric.unit,
        "max_value": metric.peak,
        "average_value": metric.average,
        "values": [metric.values[place] for place in places],
        "slug": metric.slug,
    }
    if metric.slug == "heart_rate":
        payload["zones"] = _zones(metric)
        is_negative = "missing_negative" in workout.oddities
        payload["missing_data_duration"] = -53 if is_negative else series.missing_s
    if workout.metrics_type == "running":
        others = series.alternatives if metric.slug == "pace" else []
        payload["alternatives"] = [_metric(workout, series, other, places) for other in others]
        for other in payload["alternatives"]:
            del other["alternatives"]
    return payload


def _zones(heart: Metric) -> list[dict[str, Any]]:
    zones = []
    beats = sorted(value for value in heart.values if value is not None)
    for number, (floor, top) in enumerate(zip(ZONE_FLOORS, ZONE_TOPS, strict=True), start=1):
        low = 0 if number == 1 else floor
        text = f"<{top + 1} bpm" if number == 1 else f"{floor}-{top} bpm" if number < 5 else f">={floor} bpm"
        zones.append(
            {
                "display_name": f"Zone {number}",
                "slug": f"zone{number}",
                "range": text,
                "duration": bisect_right(beats, top) - bisect_left(beats, low),
                "max_value": top,
                "min_value": low,
            }
        )
    return zones


def _averages(series: Series) -> list[dict[str, Any]]:
    shown = [metric for metric in series.metrics if metric.slug != "heart_rate"] + series.alternatives
    return [
        {
            "display_name": f"Avg {metric.name}",
            "display_unit": metric.unit,
            "value": metric.average,
            "slug": f"avg_{metric.slug}",
        }
        for metric in shown
    ]


def _summaries(workout: Workout, series: Series) -> list[dict[str, Any]]:
    rows: list[tuple[str, str | None, float, str]] = []
    if workout.has_metrics:
        unit = "km" if workout.member.is_metric else "mi"
        rows.append(("Total Output", "kj", round(workout.total_work / 1000), "total_output"))
        if workout.metrics_type == "caesar":
            rate = next(metric.average for metric in series.metrics if metric.slug == "stroke_rate")
            rows.append(("Distance", "m", round(series.distance, 2), "distance"))
            rows.append(("Strokes", None, round(rate * workout.done_s / 60), "stroke_count"))
        else:
            rows.append(("Distance", unit, round(series.distance, 2), "distance"))
        if workout.metrics_type == "running":
            climbed = round(series.distance * FEET_PER_MILE_CLIMBED)
            rows.append(("Elevation", "m" if unit == "km" else "ft", climbed, "elevation"))
    if burned := calories(workout):
        rows.append(("Calories", "kcal", burned, "calories"))
    return [
        {"display_name": name, "display_unit": unit, "value": value, "slug": slug}
        for name, unit, value, slug in rows
    ]


def _segments(seeds: Seeds, workout: Workout, year: int) -> list[dict[str, Any]]:
    if workout.cls is None:
        return []
    kind = "floor" if workout.discipline in FLOOR else workout.discipline
    kind = "cycling" if workout.discipline in BIKE else kind
    parts = [("Warm Up", 3.5, 0.15), (kind.title(), 6.0, 0.8), ("Cool Down", 3.5, 0.05)]
    segments: list[dict[str, Any]] = []
    start_s = 0
    for place, (name, mets, share) in enumerate(parts):
        length_s = workout.length_s - start_s if place == 2 else int(workout.length_s * share)
        icon = name.lower().replace(" ", "")
        segment: dict[str, Any] = {
            "id": seeds.hex_id("graph-segment", f"{workout.cls.number}/{place}"),
            "length": length_s,
            "start_time_offset": start_s,
            "icon_url": image_url("segment-icons", icon),
            "intensity_in_mets": mets,
            "metrics_type": kind,
            "icon_name": icon,
            "icon_slug": icon,
            "name": name,
        }
        segments.append(segment | {"is_drill": False} if year >= SCORES_SINCE else segment)
        start_s += length_s
    return segments


def _strokes(seeds: Seeds, series: Series) -> dict[str, Any]:
    """What only a rower tells: each stroke, and how well it was done."""
    output, rate = series.metrics[0], series.metrics[1]
    return {
        "output": {
            "slug": "stroke_output",
            "display_name": "Stroke Output",
            "display_unit": "watts",
            "max_value": float(output.peak),
            "average_value": float(output.average),
            "data": [
                {
                    "id": number,
                    "seconds_since_pedaling_start": series.seconds[place],
                    "output": float(output.values[place] or 0),
                    "stroke_rate": float(rate.values[place] or 0),
                    "errors": [] if number % 10 else [{"type": "uneven_catch"}],
                }
                for number, place in enumerate(range(0, len(series.seconds), 3), start=1)
            ],
        },
        "detail": {
            "score": 80,
            "user_avg_score": None,
            "segments": [
                {
                    "type": part,
                    "percent_of_good": 90,
                    "errors": [
                        {
                            "type": f"uneven_{part}",
                            "percent_of_strokes": 10,
                            "media_id": seeds.hex_id("stroke-media", f"uneven_{part}"),
                        }
                    ],
                    "url": f"https://video.example/strokes/{part}.mp4",
                    "media_id": seeds.hex_id("stroke-media", part),
                }
                for part in ("catch", "drive", "finish", "recovery")
            ],
        },
    }
