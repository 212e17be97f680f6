"""`GET /api/user/{id}/workout_history_csv`: the export of the members' web site.

It tells less than the list: no id of a workout, nothing that is still running, and a few are missing for no
reason. Units stand in the header, times are those of the workout's own zone unless a setting says otherwise.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from sandbox.peloton.averages import average_heart, calories, distance_of, planned
from sandbox.peloton.payloads import Payloads
from sandbox.peloton.vocabulary import CLASS_TYPES, DISCIPLINES
from sandbox.peloton.workout_payloads import is_live
from sandbox.peloton.workout_rides import just_ride_title
from sandbox.peloton.workouts import IN_PROGRESS, Workout
from sandbox.peloton.zones import clock_text

CSV_TYPE = "text/csv; charset=utf-8"
IN_WORKOUT_ZONE, IN_REQUESTED_ZONE = "workout_zone", "requested_zone"
METERS_PER = {True: 1000.0, False: 1609.344}  # in a kilometre, in a mile
TYPE_NAMES = {class_type.key: class_type.display_name for class_type in CLASS_TYPES}


def header(is_metric: bool) -> list[str]:
    speed, distance = ("kph", "km") if is_metric else ("mph", "mi")
    return [
        "Workout Timestamp", "Live/On-Demand", "Instructor Name", "Length (minutes)", "Fitness Discipline",
        "Type", "Title", "Class Timestamp", "Total Output", "Avg. Watts", "Avg. Resistance",
        "Avg. Cadence (RPM)", f"Avg. Speed ({speed})", f"Distance ({distance})", "Calories Burned",
        "Avg. Heartrate", "Avg. Incline", f"Avg. Pace (min/{distance})",
    ]  # fmt: skip


def is_exported(workout: Workout) -> bool:
    return workout.status != IN_PROGRESS and "not_in_csv" not in workout.oddities


def history_csv(
    payloads: Payloads, oldest_first: Iterable[Workout], is_metric: bool, zone: str | None, shown_in: str
) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header(is_metric))
    for workout in oldest_first:
        if is_exported(workout):
            zones = (workout.timezone, zone) if shown_in == IN_WORKOUT_ZONE else (zone,)
            writer.writerow(_row(payloads, workout, zones))
    return text.getvalue().encode()


def _row(payloads: Payloads, workout: Workout, zones: tuple[str | None, ...]) -> list[object]:
    cls = workout.cls
    plan = planned(workout)
    distance = distance_of(workout)
    if workout.metrics_type == "caesar":
        distance = round(distance / METERS_PER[workout.member.is_metric], 2)
    kcal, heart = calories(workout), average_heart(payloads.seeds, workout)
    type_key = cls.class_type_keys[0] if cls and cls.class_type_keys else ""
    return [
        clock_text(workout.start_time, *zones),
        "" if cls is None else "Live" if is_live(workout) else "On Demand",
        cls.instructor.name if cls and cls.instructor else "",
        workout.length_s // 60,
        DISCIPLINES[workout.discipline],
        TYPE_NAMES.get(type_key, ""),
        cls.edits.get("title", cls.title) if cls else just_ride_title(workout),
        clock_text(cls.scheduled_start_s, *zones) if cls else "",
        round(workout.total_work / 1000) if workout.has_metrics else "",
        plan.get("output", ""),
        f"{plan['resistance']:.0f}%" if "resistance" in plan else "",
        plan.get("cadence", plan.get("stroke_rate", "")),
        plan.get("speed", ""),
        distance if workout.has_metrics else "",
        kcal or "",
        "" if heart is None else heart,
        plan.get("incline", ""),
        plan.get("pace", ""),
    ]
