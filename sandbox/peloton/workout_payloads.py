"""The JSON of one workout: its row in the list, the richer object of its own, its session.

Fields grew over the years, and here the year of the workout decides which there are: 23 in a row of 2019, 32
since 2022. Edits are laid over the finished payload.
"""

from __future__ import annotations

from typing import Any

from sandbox.json_edit import edit_json
from sandbox.peloton.heart import effort_zones
from sandbox.peloton.payloads import Payloads
from sandbox.peloton.plan import muscle_scores
from sandbox.peloton.seeds import image_url
from sandbox.peloton.vocabulary import DEVICE_TYPES, DISCIPLINES
from sandbox.peloton.workout_rides import (
    LISTED_RIDE_LACKS,
    OWN_RIDE_LACKS,
    just_ride_title,
    of_year,
    ride_of,
    year_of,
)
from sandbox.peloton.workouts import COMPLETE, SCENIC, Workout

MINUTE_S = 60

ROW_FIELDS_SINCE: dict[int, tuple[str, ...]] = {
    2020: ("total_video_watch_time_seconds", "total_video_buffering_seconds", "v2_total_video_watch_time_seconds",
           "v2_total_video_buffering_seconds", "effort_zones"),
    2021: ("total_music_audio_play_seconds", "total_music_audio_buffer_seconds"),
    2022: ("is_outdoor", "service_id"),
}  # fmt: skip
OWN_FIELDS_SINCE: dict[int, tuple[str, ...]] = {
    2020: ("is_skip_intro_available", "total_heart_rate_zone_durations", "average_effort_score"),
    2022: ("has_paused", "is_pause_available"),
    2023: ("is_paused", "pause_time_elapsed", "pause_time_remaining", "pause_time_limit", "workout_id"),
}
EFFORT_IN_OWN_OBJECT_YEAR = 2022
EFFORT_SINCE_YEAR = 2021


class WorkoutPayloads:
    """Writes payloads of workouts; it keeps nothing."""

    def __init__(self, payloads: Payloads) -> None:
        self._payloads = payloads
        self._seeds = payloads.seeds

    def list_row(self, workout: Workout, joins: frozenset[str] = frozenset()) -> dict[str, Any]:
        """`joins` are those of the request: ride, ride.instructor, peloton, peloton.ride, user."""
        row = self._row(workout)
        ride_joins = {name.removeprefix("peloton.") for name in joins}
        ride = None
        if "ride" in ride_joins or "ride.instructor" in ride_joins:
            lacks = of_year(LISTED_RIDE_LACKS, year_of(workout))
            ride = ride_of(self._payloads, workout, lacks, with_instructor="ride.instructor" in ride_joins)
        if any(name == "peloton" or name.startswith("peloton.") for name in joins):
            row["peloton"] = self._joined_session(workout, ride)
        elif ride_joins & {"ride", "ride.instructor"}:
            row["ride"] = ride
        if "user" in joins:
            row["user"] = self._user(workout)
        self._edit(row, workout)
        return row

    def own(self, workout: Workout, joins: frozenset[str] = frozenset()) -> dict[str, Any]:
        """`GET /api/workout/{id}`: the ride is always there."""
        rng = self._seeds.random("leaderboard", workout.id)
        year = year_of(workout)
        row = self._row(workout)
        if year != EFFORT_IN_OWN_OBJECT_YEAR:
            row.pop("effort_zones", None)
        riders = rng.randint(200, 200_000) if workout.has_metrics and workout.cls else 0
        may_pause = workout.workout_type != SCENIC
        late: dict[str, Any] = {
            "is_skip_intro_available": False,
            "total_heart_rate_zone_durations": None,
            "average_effort_score": None,
            "has_paused": False,
            "is_pause_available": may_pause,
            "is_paused": False,
            "pause_time_elapsed": None,
            "pause_time_remaining": None,
            "pause_time_limit": MINUTE_S,
            "workout_id": workout.id,
        }
        if year >= EFFORT_SINCE_YEAR and (zones := effort_zones(self._seeds, workout)) is not None:
            late["total_heart_rate_zone_durations"] = {
                name: seconds * 10 for name, seconds in zones["heart_rate_zone_durations"].items()
            }
            late["average_effort_score"] = round(rng.uniform(10, 60), 1)
        wanted = {name for since, names in OWN_FIELDS_SINCE.items() if year >= since for name in names}
        if not may_pause:
            wanted.discard("pause_time_limit")
        row |= {name: value for name, value in late.items() if name in wanted}
        lacks = of_year(OWN_RIDE_LACKS, year)
        row["ride"] = ride_of(self._payloads, workout, lacks, with_instructor=True)
        if row["ride"] is not None and workout.cls is not None:
            row["ride"]["excluded_platforms"] = []
            if year >= OWN_RIDE_LACKS[0][0]:
                row["ride"]["class_avg_follow_along_score"] = 0
                row["ride"]["muscle_group_score"] = muscle_scores(self._seeds, workout.cls)
        if any(name == "peloton" or name.startswith("peloton.") for name in joins):
            row["peloton"] = self._joined_session(workout, row["ride"])
        if "user" in joins:
            row["user"] = self._user(workout)
        row |= {
            "achievement_templates": self._badges(workout),
            "leaderboard_rank": rng.randint(1, riders) if riders else None,
            "total_leaderboard_users": riders,
            "ftp_info": {"ftp": 0, "ftp_source": None, "ftp_workout_id": None}
            if workout.number % 3 or workout.discipline != "cycling"
            else {
                "ftp": rng.randint(140, 260),
                "ftp_source": "ftp_estimated_source",
                "ftp_workout_id": None,
            },
            "device_type_display_name": DEVICE_TYPES.get(workout.device[0], "App"),
        }
        self._edit(row, workout)
        return row

    def session(self, workout: Workout, now_s: float) -> dict[str, Any]:
        """`GET /api/peloton/{id}`: the class session that the workout took part in, and whose ride it was."""
        if workout.cls is None or workout.peloton_id is None:
            raise ValueError("a Just Ride has no session")
        start_s = workout.created_at
        return {
            "id": workout.peloton_id,
            "ride_id": workout.cls.id,
            "server_time": int(now_s),
            "scheduled_start_time": start_s,
            "start_time": start_s,
            "end_time": start_s + workout.length_s + 184,
            "pedaling_start_time": start_s + MINUTE_S,
            "pedaling_end_time": start_s + MINUTE_S + workout.length_s,
            "status": COMPLETE,
            "countdown": None,
            "is_live": is_live(workout),
            "is_studio": False,
            "is_encore": not is_live(workout),
            "seconds_since_start": None,
            "created_at": start_s - 86_400,
            "total_workouts": 1 + workout.number % 400,
            "is_complete": True,
            "total_home_reservations": workout.number % 700,
        }

    # -------------------------------------------------------------- parts

    def _row(self, workout: Workout) -> dict[str, Any]:
        year = year_of(workout)
        on_demand = workout.cls is not None
        names = {"scenic": "Scenic Ride"}
        watched_s = workout.done_s + 17 if on_demand else 0
        has_music = workout.workout_type == SCENIC
        row: dict[str, Any] = {
            "created_at": workout.created_at,
            "device_type": workout.device[0],
            "end_time": workout.end_time,
            "fitbit_id": None,
            "fitness_discipline": workout.discipline,
            "has_pedaling_metrics": workout.metrics_type == "cycling",
            "has_leaderboard_metrics": workout.has_metrics and on_demand,
            "id": workout.id,
            "is_total_work_personal_record": workout.has_metrics and workout.number % 31 == 0,
            "metrics_type": workout.metrics_type,
            "name": names.get(workout.workout_type, f"{DISCIPLINES[workout.discipline]} Workout"),
            "peloton_id": workout.peloton_id,
            "platform": workout.device[1],
            "start_time": workout.start_time,
            "strava_id": "-1" if year < EFFORT_SINCE_YEAR and workout.number % 3 == 0 else None,
            "status": workout.status,
            "timezone": workout.timezone,
            "title": None if on_demand else just_ride_title(workout),
            "total_work": workout.total_work,
            "user_id": workout.member.user_id,
            "workout_type": workout.workout_type,
            "created": workout.created_at,
            "device_time_created_at": workout.device_time_created_at,
        }
        late = {
            "total_video_watch_time_seconds": watched_s if year < EFFORT_SINCE_YEAR else 0,
            "total_video_buffering_seconds": 0,
            "v2_total_video_watch_time_seconds": watched_s if year >= EFFORT_SINCE_YEAR else None,
            "v2_total_video_buffering_seconds": workout.number % 4 if year >= EFFORT_SINCE_YEAR else None,
            "effort_zones": effort_zones(self._seeds, workout) if year >= EFFORT_SINCE_YEAR else None,
            "total_music_audio_play_seconds": workout.done_s if has_music else None,
            "total_music_audio_buffer_seconds": 0 if has_music else None,
            "is_outdoor": workout.cls is not None and workout.cls.kind.is_outdoor,
            "service_id": None,
        }
        for since, names_since in ROW_FIELDS_SINCE.items():
            if year >= since:
                row |= {name: late[name] for name in names_since}
        return row

    def _joined_session(self, workout: Workout, ride: dict[str, Any] | None) -> dict[str, Any] | None:
        if workout.peloton_id is None:
            return None
        return {"id": workout.peloton_id, "ride": ride}

    def _user(self, workout: Workout) -> dict[str, Any]:
        member = workout.member
        return {
            "block_explicit": False,
            "created_at": 1_556_000_000,
            "id": member.user_id,
            "image_url": image_url("members", member.username),
            "is_profile_private": True,
            "is_provisional": False,
            "last_workout_at": workout.created_at,
            "location": "Nowhere",
            "total_followers": 3,
            "total_following": 4,
            "total_non_pedaling_metric_workouts": 0,
            "total_pedaling_metric_workouts": workout.number,
            "total_workouts": workout.number,
            "username": member.username,
            "workout_counts": [],
        }

    def _badges(self, workout: Workout) -> list[dict[str, Any]]:
        if workout.number % 5:
            return []
        slug = "fifth_lantern"
        return [
            {
                "id": self._seeds.hex_id("badge", slug),
                "name": "Fifth Lantern",
                "slug": slug,
                "image_url": image_url("badges", slug),
                "description": "Given for each fifth workout.",
                "achievement_count": 1 + workout.number // 5,
            }
        ]

    def _edit(self, row: dict[str, Any], workout: Workout) -> None:
        for path, value in workout.edits.items():
            edit_json(row, path, "set", value)


def is_live(workout: Workout) -> bool:
    return workout.number % 4 == 0
