"""Answers that do not depend on classes: instructors, metadata mappings, categories, the member."""

from __future__ import annotations

import math
from typing import Any

from sandbox.messages import Request
from sandbox.peloton.archive import Archive
from sandbox.peloton.members import Member
from sandbox.peloton.payloads import Payloads
from sandbox.peloton.seeds import Seeds, image_url
from sandbox.peloton.vocabulary import DEVICE_TYPES, DISCIPLINES, EQUIPMENT, LOCALES

DEFAULT_INSTRUCTOR_LIMIT = 20
MEMBER_SINCE_S = 1_556_000_000
CONTENT_FOCUS_LABELS = ("Cycling", "Running", "Strength", "Yoga", "Rowing")


def instructor_page(payloads: Payloads, request: Request) -> dict[str, Any]:
    """One page of `/api/instructor`; retired instructors are missing from it."""
    limit = min(100, int(request.first("limit") or DEFAULT_INSTRUCTOR_LIMIT))
    page = int(request.first("page") or 0)
    if limit < 1 or page < 0:
        raise ValueError("limit and page")
    rows = [payloads.instructor_rows[i.id] for i in payloads.library.faculty.all if not i.is_retired]
    shown = rows[page * limit : (page + 1) * limit]
    page_count = math.ceil(len(rows) / limit)
    return {
        "data": shown,
        "total": len(rows),
        "count": len(shown),
        "sort_by": "list_order",
        "limit": limit,
        "page_count": page_count,
        "page": page,
        "show_previous": page > 0,
        "show_next": page + 1 < page_count,
    }


def metadata_mappings(payloads: Payloads, archive: Archive) -> dict[str, Any]:
    seeds = payloads.seeds
    keys = ("id", "name", "display_name", "fitness_discipline", "is_active", "list_order")
    return {
        "class_types": [{key: row[key] for key in keys} for row in archive.class_types],
        "content_focus_labels": [{seeds.hex_id("focus", name): name} for name in CONTENT_FOCUS_LABELS],
        "content_formats": [
            {"id": "video", "display_name": "Video"},
            {"id": "audio", "display_name": "Audio"},
        ],
        "device_type_display_names": [
            {"device_type": kind, "display_name": name} for kind, name in DEVICE_TYPES.items()
        ],
        "difficulty_levels": [
            {"display_name": name.title(), "slug": name} for name in ("beginner", "intermediate", "advanced")
        ],
        "equipment": payloads.equipment_rows(tuple(EQUIPMENT)),
        "fitness_disciplines": [
            {"id": slug, "name": name, "is_relevant_to_platform": True} for slug, name in DISCIPLINES.items()
        ],
        "instructors": [
            payloads.instructor_rows[i.id] for i in payloads.library.faculty.all if not i.is_retired
        ],
        "locales": [{"locale": locale, "display_name": name} for locale, name in LOCALES.items()],
    }


def browse_categories(archive: Archive) -> dict[str, Any]:
    return {"browse_categories": archive.categories}


def me(seeds: Seeds, member: Member, workout_count: int = 0) -> dict[str, Any]:
    """The member who signed in: an invented one, with the fields of a real answer.

    The total is that of his workouts where there are any; the counts by discipline are invented in any case.
    """
    counts: list[dict[str, Any]] = [
        {"name": name, "slug": slug, "count": 10 + 7 * number, "icon_url": image_url("workout-counts", slug)}
        for number, (slug, name) in enumerate(DISCIPLINES.items())
    ]
    return {
        "id": member.user_id,
        "username": member.username,
        "email": "member@sandbox.example",
        "obfuscated_email": "m***@sandbox.example",
        "name": "Sandbox Member",
        "first_name": "Sandbox",
        "last_name": "Member",
        "middle_initial": "",
        "location": "Nowhere",
        "birthday": 0,
        "gender": "unspecified",
        "height": 68.0,
        "weight": 155.0,
        "phone_number": "",
        "created_at": MEMBER_SINCE_S,
        "created_country": "US",
        "instructor_id": None,
        "total_workouts": workout_count or sum(row["count"] for row in counts),
        "total_pedaling_metric_workouts": 10,
        "total_non_pedaling_metric_workouts": sum(row["count"] for row in counts) - 10,
        "last_workout_at": MEMBER_SINCE_S + 86_400,
        "workout_counts": counts,
        "total_followers": 3,
        "total_following": 4,
        "total_pending_followers": 0,
        "cycling_ftp": 0,
        "cycling_ftp_source": "ftp_workout_source",
        "cycling_ftp_workout_id": seeds.hex_id("workout", 1),
        "cycling_workout_ftp": 181,
        "estimated_cycling_ftp": 175,
        "default_max_heart_rate": 180,
        "default_heart_rate_zones": [0, 117.0, 135.0, 153.0, 171.0],
        "customized_max_heart_rate": 182,
        "customized_heart_rate_zones": [],
        "paired_devices": [],
        "external_music_auth_list": [],
        "quick_hits": {"quick_hits_enabled": True, "speed_shortcuts": None, "incline_shortcuts": None},
        "block_explicit": False,
        "is_profile_private": True,
        "is_complete_profile": True,
        "is_provisional": False,
        "is_demo": False,
        "is_internal_beta_tester": False,
        "is_external_beta_tester": False,
        "is_strava_authenticated": False,
        "is_fitbit_authenticated": False,
        "has_signed_waiver": True,
        "has_active_device_subscription": True,
        "has_active_digital_subscription": False,
        "subscription_credits": 0,
        "subscription_credits_used": 0,
        "can_charge": False,
        "referrals_made": 0,
        "v1_referrals_made": 0,
        "referral_code": None,
        "facebook_id": None,
        "facebook_access_token": None,
        "member_groups": [],
        "hardware_settings": None,
    }
