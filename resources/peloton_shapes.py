"""What keeps an answer of Peloton from being believed: one function per address, None when all is well.

Only what the rest relies on is looked at; everything else may come, go and change its type (see drift).
"""

from __future__ import annotations

from typing import Any


def wrong_list(payload: Any, page: int) -> str | None:
    """What keeps a payload from being page `page` of a list, None when it is one."""
    if not isinstance(payload, dict):
        return f"a list answer must be an object, this is {_kind(payload)}"
    rows, total = payload.get("data"), payload.get("total")
    if not isinstance(rows, list):
        return f"the list answer has no rows (data is {_kind(rows)})"
    if not _is_count(total):
        return f"the list answer has no total ({_kind(total)})"
    if _is_count(payload.get("page")) and payload["page"] != page:
        return f"asked for page {page}, got page {payload['page']}"
    if rows and not any(isinstance(row, dict) and _is_id(row.get("id")) for row in rows):
        return "no row of the list answer has an id"
    return None


def wrong_details(payload: Any, ride_id: str) -> str | None:
    ride = payload.get("ride") if isinstance(payload, dict) else None
    if not isinstance(ride, dict):
        return f"the details have no ride ({_kind(ride)})"
    if ride.get("id") != ride_id:
        return "the details are of another ride"
    return None


def wrong_mappings(payload: Any) -> str | None:
    types = payload.get("class_types") if isinstance(payload, dict) else None
    if not isinstance(types, list) or not types:
        return f"the name tables have no class types ({_kind(types)})"
    return None


def wrong_me(payload: Any) -> str | None:
    if not isinstance(payload, dict) or not _is_id(payload.get("id")):
        return "the answer about the member has no id"
    return None


def wrong_workout(payload: Any, workout_id: str) -> str | None:
    if not isinstance(payload, dict) or payload.get("id") != workout_id:
        return "the answer is not about this workout"
    if not isinstance(payload.get("status"), str):
        return f"the workout has no status ({_kind(payload.get('status'))})"
    return None


def wrong_graph(payload: Any, workout_id: str) -> str | None:
    """Since 2024 the answer repeats the workout's id; metrics are empty for strength and meditation."""
    if not isinstance(payload, dict):
        return f"a performance graph must be an object, this is {_kind(payload)}"
    for name in ("metrics", "seconds_since_pedaling_start"):
        if not isinstance(payload.get(name), list):
            return f"the performance graph has no {name} ({_kind(payload.get(name))})"
    if payload.get("workout_id") not in (None, workout_id):
        return "the performance graph is of another workout"
    return None


def wrong_session(payload: Any, session_id: str) -> str | None:
    if not isinstance(payload, dict) or payload.get("id") != session_id:
        return "the answer is not about this class session"
    return None if _is_id(payload.get("ride_id")) else "the class session names no class"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _kind(value: object) -> str:
    """The JSON name of a type, so that messages speak of the answer and not of Python."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "missing"}
    return names.get(type(value), "a number")
