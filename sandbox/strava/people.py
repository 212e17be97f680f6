"""An athlete as the answers about him have him: in short, as in a token answer, and in full."""

from __future__ import annotations

from typing import Any

from sandbox.strava.diary import Diary

Row = dict[str, Any]
SINCE = "2015-01-01T00:00:00Z"


def athlete_row(diary: Diary, state: int) -> Row:
    """Detailed (3) with all gear that is not retired, or a summary (2)."""
    number = diary.number
    row: Row = {
        "id": diary.athlete_id,
        "id_str": str(diary.athlete_id),
        "username": f"invented_athlete_{number}",
        "resource_state": state,
        "firstname": "Invented",
        "lastname": f"Athlete {number}",
        "bio": None,
        "city": "Nowhere",
        "state": None,
        "country": None,
        "sex": ("M", "F")[number % 2],
        "premium": True,
        "summit": True,
        "created_at": SINCE,
        "updated_at": SINCE,
        "badge_type_id": 1,
        "weight": 70.0,
        "profile_medium": "https://images.example/athlete/medium.jpg",
        "profile": "https://images.example/athlete/large.jpg",
        "friend": None,
        "follower": None,
    }
    if state == 2:
        return row
    bikes, shoes = ([item["id"] for item in diary.gear if item["id"][0] == kind] for kind in "bg")
    retired = {item["id"] for item in diary.gear if item["retired"]}
    return row | {
        "blocked": False,
        "can_follow": True,
        "follower_count": 3,
        "friend_count": 2,
        "mutual_friend_count": 0,
        "athlete_type": 1,
        "date_preference": "%m/%d/%Y",
        "measurement_preference": "meters",
        "clubs": [],
        "postable_clubs_count": 0,
        "ftp": None,
        "bikes": [diary.gear_row(key, 2) for key in bikes if key not in retired],
        "shoes": [diary.gear_row(key, 2) for key in shoes if key not in retired],
    }
