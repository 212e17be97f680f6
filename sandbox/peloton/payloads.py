"""The JSON of one class: its row in the list and its full details.

Three sets of fields, as the service grew: 58 in a row before 2021, 79 until 2023, 80 since. Thin
rows lack even more. An edit made through the control routes is laid over the finished payload.
"""

from __future__ import annotations

import base64
import json
from functools import cached_property
from typing import Any

from sandbox.json_edit import edit_json
from sandbox.peloton.classes import PelotonClass
from sandbox.peloton.instructors import instructor_in_details, instructor_row
from sandbox.peloton.library import Library
from sandbox.peloton.music import Catalogue
from sandbox.peloton.plan import averages_payload, muscle_scores, segments_payload, targets_payload
from sandbox.peloton.playlists import no_music_form, pedaling_start_s, playlist_payload, plays_of
from sandbox.peloton.seeds import image_url
from sandbox.peloton.vocabulary import (
    CLASS_TYPES,
    DISCIPLINES,
    EQUIPMENT,
    LANGUAGE_LOCALES,
    LOCALES,
    STUDIO_LOCATIONS,
)
from sandbox.peloton.words import SENTENCES

NEW_FIELDS_SINCE_YEAR = 2021
TREAD_PACE_SINCE_YEAR = 2024
WORKOUT_BUCKETS_SINCE_YEAR = 2024
WORKOUT_BUCKETS = (100, 500, 1_000, 5_000, 10_000, 100_000)
POST_ROLL_S = (20, 200)
METERS_PER_MINUTE_SCENIC = 500

FIELDS_SINCE_2021 = (
    "free_for_limited_time", "content_availability", "content_availability_level", "is_limited_ride",
    "availability", "explicit_rating", "individual_instructor_ids", "muscle_group_score",
    "sample_preview_stream_url",
    "user_caption_locales", "flags", "is_dynamic_video_eligible", "is_fixed_distance",
    "dynamic_video_recorded_speed_in_mph", "thumbnail_title", "thumbnail_location", "distance",
    "distance_unit", "distance_display_value", "is_outdoor", "is_sessions_eligible",
)  # fmt: skip
FIELDS_MISSING_IN_THIN_ROWS = (
    "series_id",
    "description",
    "equipment_tags",
    "metrics",
    "captions",
    "location",
)
FIELDS_NULL_IN_THIN_ROWS = (
    "difficulty_rating_avg", "difficulty_estimate", "overall_rating_avg", "image_url", "home_peloton_id",
    "studio_peloton_id", "total_ratings", "ride_type_ids",
)  # fmt: skip


class Payloads:
    """Writes payloads of a library's classes. It keeps nothing: the caller caches what it serialises."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.seeds = library.seeds
        self.type_ids = {t.key: t.known_id or self.seeds.hex_id("class-type", t.key) for t in CLASS_TYPES}
        self.type_names = {self.type_ids[t.key]: t.name for t in CLASS_TYPES}
        self.instructor_rows = {i.id: instructor_row(self.seeds, i) for i in library.faculty.all}

    @cached_property
    def catalogue(self) -> Catalogue:
        """The songs, made when the first class's music is asked for."""
        return Catalogue(self.seeds)

    def list_row(self, cls: PelotonClass) -> dict[str, Any]:
        row = self._ride(cls)
        if "missing_instructor" in cls.oddities:
            del row["instructor_id"]
        if "thin" in cls.oddities:
            for name in FIELDS_MISSING_IN_THIN_ROWS:
                del row[name]
            row |= dict.fromkeys(FIELDS_NULL_IN_THIN_ROWS)
        self._edit(row, cls, prefix="")
        return row

    def ride(self, cls: PelotonClass) -> dict[str, Any]:
        """The ride inside the details: the row without its thinness, with the instructor."""
        is_old = cls.year < NEW_FIELDS_SINCE_YEAR
        row = self._ride(cls)
        row.pop("is_sessions_eligible", None)
        row["leaderboard_filter_type"] = None
        instructor = self.instructor_rows.get(row["instructor_id"])
        row["instructor"] = instructor and instructor_in_details(instructor)
        if not is_old:
            row["extra_images"] = []
            row["muscle_group_score"] = muscle_scores(self.seeds, cls)
            row["has_tread_pace_target"] = False
            row["membership_tiering_info"] = {
                "tier_type": "all_access",
                "limited_classes_taken": None,
                "limited_classes_total": None,
                "limited_classes_reset_date": None,
            }
        self._edit(row, cls, prefix="")
        return row

    def details(self, cls: PelotonClass) -> dict[str, Any]:
        is_old = cls.year < NEW_FIELDS_SINCE_YEAR
        targets = targets_payload(self.seeds, cls)
        payload: dict[str, Any] = {"ride": self.ride(cls)}
        form = no_music_form(self.seeds, cls)
        if form == "playlist_null":
            payload["playlist"] = None
        elif form != "playlist_missing":
            payload["playlist"] = playlist_payload(self.seeds, cls, plays_of(self.seeds, self.catalogue, cls))
        payload |= {
            "averages": averages_payload(self.seeds, cls, is_old),
            "segments": segments_payload(self.seeds, cls, is_old),
            "default_album_images": {
                "default_in_class_image_url": image_url("albums", "default-in-class"),
                "default_class_detail_image_url": image_url("albums", "default-details"),
            },
            "excluded_platforms": [],
            "is_ftp_test": cls.kind.is_ftp_test,
            "disabled_leaderboard_filters": {"just_me": False, "following": False, "age_and_gender": False},
            "sampled_top_tags": None,
            "instructor_cues": targets["instructor_cues"],
            "target_class_metrics": targets["target_class_metrics"],
            "events": {"data": []},
        }
        if not is_old:
            payload |= {
                "class_types": [
                    {"id": self.type_ids[key], "name": self.type_names[self.type_ids[key]]}
                    for key in cls.class_type_keys
                ],
                "related_rides": {},
                "lanebreak_info": None,
                "last_time_metrics": None,
                "is_power_zone_class": cls.kind.type_key == "power_zone",
                "target_metrics_data": targets["target_metrics_data"],
            }
        self._edit(payload, cls, prefix="details.")
        return payload

    def _edit(self, payload: dict[str, Any], cls: PelotonClass, prefix: str) -> None:
        """Lay edits over a payload: plain paths mean the ride, `details.` paths the whole details."""
        for path, value in cls.edits.items():
            if path.startswith("details.") == bool(prefix):
                edit_json(payload, path.removeprefix(prefix), "set", value)

    def joined_ride(self, cls: PelotonClass, without: frozenset[str]) -> dict[str, Any]:
        """The ride as it stands in a member's workout: it has the fields of the time of the workout, not its own."""
        row = self._all_fields(cls)
        self._edit(row, cls, prefix="")
        for name in without & row.keys():
            del row[name]
        return row

    def _ride(self, cls: PelotonClass) -> dict[str, Any]:
        row = self._all_fields(cls)
        if cls.year < TREAD_PACE_SINCE_YEAR:
            del row["has_tread_pace_target"]
        if cls.year < NEW_FIELDS_SINCE_YEAR:
            for name in FIELDS_SINCE_2021:
                del row[name]
        return row

    def _all_fields(self, cls: PelotonClass) -> dict[str, Any]:
        rng = self.seeds.random("ride", cls.number)
        kind, hex_id = cls.kind, self.seeds.hex_id
        type_ids = [self.type_ids[key] for key in cls.class_type_keys]
        locale = LANGUAGE_LOCALES[cls.language]
        start_s = pedaling_start_s(cls)
        rating_count = rng.choice((0, rng.randint(3, 60), rng.randint(60, 900), rng.randint(900, 20_000)))
        difficulty = round(rng.uniform(3.0, 9.4), 4) if rating_count else 0.0
        overall = round(rng.uniform(0.9, 1.0), 4) if rating_count else 0.0
        workouts = rng.randint(60, 60_000)
        if cls.year >= WORKOUT_BUCKETS_SINCE_YEAR:
            workouts = max((b for b in WORKOUT_BUCKETS if b <= workouts), default=WORKOUT_BUCKETS[0])
        join_token = {
            "home_peloton_id": None,
            "ride_id": cls.id,
            "studio_peloton_id": None,
            "type": "on_demand",
        }
        row = {
            "id": cls.id,
            "title": cls.title,
            "description": " ".join(rng.sample(SENTENCES, 2)),
            "class_type_ids": type_ids,
            "content_provider": "peloton",
            "content_format": "audio" if kind.is_outdoor else "video",
            "difficulty_estimate": difficulty,
            "overall_estimate": overall,
            "difficulty_rating_avg": difficulty,
            "difficulty_rating_count": rating_count,
            "difficulty_level": rng.choice((None, None, None, "beginner", "intermediate", "advanced")),
            "duration": cls.duration_s,
            "equipment_ids": [hex_id("equipment", slug) for slug in kind.equipment],
            "equipment_tags": self.equipment_rows(kind.equipment),
            "extra_images": [] if cls.year < TREAD_PACE_SINCE_YEAR else None,
            "fitness_discipline": kind.discipline,
            "fitness_discipline_display_name": DISCIPLINES[kind.discipline],
            "has_closed_captions": True,
            "has_pedaling_metrics": kind.discipline in ("cycling", "bike_bootcamp"),
            "home_peloton_id": hex_id("home", cls.number),
            "image_url": image_url("classes", cls.id[:12]),
            "instructor_id": cls.instructor and cls.instructor.id,
            "is_archived": True,
            "is_closed_caption_shown": True,
            "is_explicit": cls.is_explicit,
            "has_free_mode": False,
            "is_live_in_studio_only": cls.air_time_s == cls.scheduled_start_s,
            "language": cls.language,
            "origin_locale": locale,
            "length": start_s + cls.duration_s + rng.randint(*POST_ROLL_S),
            "live_stream_id": f"{cls.id}-live",
            "live_stream_url": None,
            "location": rng.choice(STUDIO_LOCATIONS),
            "metrics": ["heart_rate", "cadence", "calories"]
            if kind.discipline == "cycling"
            else ["heart_rate", "calories"],
            "original_air_time": cls.air_time_s,
            "overall_rating_avg": overall,
            "overall_rating_count": rating_count,
            "pedaling_start_offset": start_s,
            "pedaling_end_offset": start_s + cls.duration_s,
            "pedaling_duration": cls.duration_s,
            "rating": 0,
            "ride_type_id": type_ids[0] if type_ids else None,
            "ride_type_ids": type_ids,
            "sample_vod_stream_url": None,
            "scheduled_start_time": cls.scheduled_start_s,
            "series_id": cls.series_id,
            "sold_out": False,
            "studio_peloton_id": hex_id("studio", cls.number),
            "total_ratings": rating_count,
            "total_in_progress_workouts": rng.randint(0, 200),
            "total_workouts": workouts,
            "vod_stream_url": None
            if cls.year < TREAD_PACE_SINCE_YEAR
            else f"https://video.example/{cls.id}/master.m3u8",
            "vod_stream_id": f"{cls.id}-vod",
            "captions": [locale],
            "join_tokens": {"on_demand": base64.b64encode(json.dumps(join_token).encode()).decode()},
            "total_user_workouts": 0,
            "total_following_workouts": 0,
            "is_favorite": False,
            "free_for_limited_time": False,
            "content_availability": "available",
            "content_availability_level": "digital_and_above",
            "is_limited_ride": False,
            "availability": {"is_available": True, "reason": None},
            "explicit_rating": int(cls.is_explicit),
            "individual_instructor_ids": list(cls.individual_instructor_ids),
            "muscle_group_score": [],
            "sample_preview_stream_url": None,
            "user_caption_locales": [_caption_locale(locale)],
            "flags": [],
            "is_dynamic_video_eligible": kind.is_scenic,
            "is_fixed_distance": False,
            "dynamic_video_recorded_speed_in_mph": rng.choice((0, 0.0, None)),
            "thumbnail_title": None,
            "thumbnail_location": None,
            "distance": None,
            "distance_unit": None,
            "distance_display_value": None,
            "is_outdoor": kind.is_outdoor,
            "is_sessions_eligible": rng.random() < 0.5,
            "has_tread_pace_target": False,
        }
        if "unavailable" in cls.oddities:
            row["availability"] = {"is_available": False, "reason": "unavailable"}
        if kind.is_scenic:
            distance_km = cls.minutes * METERS_PER_MINUTE_SCENIC / 1000
            row |= {
                "distance": distance_km,
                "distance_unit": "km",
                "distance_display_value": f"{distance_km:.1f}",
            }
            row |= {
                "thumbnail_title": cls.title,
                "thumbnail_location": "Coast Road",
                "location": "Coast Road",
            }
        return row

    def equipment_rows(self, slugs: tuple[str, ...]) -> list[dict[str, Any]]:
        return [
            {
                "id": self.seeds.hex_id("equipment", slug),
                "name": EQUIPMENT[slug],
                "slug": slug,
                "icon_url": image_url("equipment", slug),
            }
            for slug in slugs
        ]


def _caption_locale(locale: str) -> dict[str, Any]:
    return {"locale": locale, "slugs": [{"type": locale[:2], "display_names": dict(LOCALES)}]}
