"""The ride inside a workout: which of a class's fields it had in the year of the workout.

A Just Ride has a ride of six fields whose id is 32 zeros; some workouts have none although they took a class.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.peloton.payloads import Payloads
from sandbox.peloton.seeds import image_url
from sandbox.peloton.workouts import Workout

NO_RIDE_ID = "0" * 32
MINUTE_S = 60

_NEVER = {"is_favorite", "is_sessions_eligible", "total_following_workouts", "total_user_workouts"}
_SINCE_2022 = {"content_availability", "content_availability_level", "free_for_limited_time", "is_limited_ride",
               "is_outdoor", "muscle_group_score", "user_caption_locales", "has_tread_pace_target"}  # fmt: skip
_SINCE_2021 = {"availability", "flags", "distance", "distance_unit", "distance_display_value", "explicit_rating",
               "dynamic_video_recorded_speed_in_mph", "individual_instructor_ids", "is_dynamic_video_eligible",
               "is_fixed_distance", "sample_preview_stream_url", "thumbnail_title", "thumbnail_location"}  # fmt: skip
_NOT_IN_LIST = {"captions", "equipment_ids", "equipment_tags", "has_free_mode", "individual_instructor_ids",
                "join_tokens", "thumbnail_title", "thumbnail_location"}  # fmt: skip
OWN_RIDE_LACKS = (
    (2023, frozenset(_NEVER)),
    (2021, frozenset(_NEVER | _SINCE_2022)),
    (0, frozenset(_NEVER | _SINCE_2022 | _SINCE_2021)),
)
LISTED_RIDE_LACKS = (
    (2021, frozenset(_NEVER | _SINCE_2022 | _NOT_IN_LIST)),
    (0, frozenset(_NEVER | _SINCE_2022 | _SINCE_2021 | _NOT_IN_LIST)),
)


def year_of(workout: Workout) -> int:
    return datetime.fromtimestamp(workout.created_at, UTC).year


def ride_of(
    payloads: Payloads, workout: Workout, lacks: frozenset[str], with_instructor: bool
) -> dict[str, Any] | None:
    """The ride without the fields it lacks."""
    cls = workout.cls
    if cls is None:
        return {
            "id": NO_RIDE_ID,
            "is_archived": False,
            "instructor": {"name": "JUST RIDE", "image_url": image_url("classes", "no-class")},
            "title": just_ride_title(workout),
            "scheduled_start_time": workout.created_at,
            "duration": workout.length_s,
        }
    if not workout.ride_is_shown:
        return None
    ride = payloads.joined_ride(cls, lacks)
    if with_instructor:
        ride["instructor"] = payloads.instructor_rows[cls.instructor.id] if cls.instructor else None
    return ride


def just_ride_title(workout: Workout) -> str:
    """`27 sec Just Ride`, from a minute on `12 min Just Ride`."""
    amount = workout.length_s
    return f"{amount} sec Just Ride" if amount < MINUTE_S else f"{amount // MINUTE_S} min Just Ride"


def of_year(table: tuple[tuple[int, frozenset[str]], ...], year: int) -> frozenset[str]:
    return next(names for since, names in table if year >= since)
