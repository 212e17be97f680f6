"""What iRacing's documents must look like to be believed; each gives what is wrong, or None.

Only what a table stands on is asked for: the rest may change without notice and is kept raw.
"""

from __future__ import annotations

from typing import Any

from resources.http import Shape

MOST_SHOWN = 3


def rows_with(key: str, of: str) -> Shape:
    """A list of objects, each with an integer id. An empty one is not believed: these lists never are."""

    def wrong(payload: Any) -> str | None:
        if not isinstance(payload, list):
            return f"the list of {of} is no list"
        if not payload:
            return f"the list of {of} is empty"
        if not any(isinstance(row, dict) and _is_id(row.get(key)) for row in payload):
            return f"no row of the list of {of} has a {key}"
        return None

    return wrong


def wrong_seasons(payload: Any) -> str | None:
    """All active seasons, each with its weeks."""
    if (wrong := rows_with("season_id", "seasons")(payload)) is not None:
        return wrong
    if not any(isinstance(row, dict) and row.get("schedules") for row in payload):
        return "no season has a schedule"
    return None


def by_id(of: str) -> Shape:
    """An object keyed by ids."""

    def wrong(payload: Any) -> str | None:
        if not isinstance(payload, dict) or not payload:
            return f"the {of} are no object, or an empty one"
        return None if any(name.isdigit() for name in payload) else f"no key of the {of} is an id"

    return wrong


def schedule_of(season_id: int) -> Shape:
    """The weeks of the season that was asked for, and of no other."""

    def wrong(payload: Any) -> str | None:
        if not isinstance(payload, dict) or not isinstance(payload.get("schedules"), list):
            return "it holds no schedule"
        if payload.get("success") is not True or payload.get("season_id") != season_id:
            return f"it is not the schedule of season {season_id}"
        return None

    return wrong


def past_seasons_of(series_id: int) -> Shape:
    """The seasons of the series that was asked for."""

    def wrong(payload: Any) -> str | None:
        series = payload.get("series") if isinstance(payload, dict) else None
        if not isinstance(series, dict) or not isinstance(series.get("seasons"), list):
            return "it holds no seasons"
        if series.get("series_id") != series_id:
            return f"it is not about series {series_id}"
        return None

    return wrong


def season_list_of(year: int, quarter: int) -> Shape:
    """The seasons of the quarter that was asked for, without schedules. There may be none."""

    def wrong(payload: Any) -> str | None:
        if not isinstance(payload, dict) or not isinstance(payload.get("seasons"), list):
            return "it holds no seasons"
        if (payload.get("season_year"), payload.get("season_quarter")) != (year, quarter):
            return f"it is not the list of {year}, quarter {quarter}"
        return None

    return wrong


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
