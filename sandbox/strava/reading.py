"""The answers that read activities: the list with its windows and pages, and everything below one activity."""

from __future__ import annotations

from sandbox.messages import Answer, Request, Target, json_answer
from sandbox.strava import errors
from sandbox.strava.activities import Activity
from sandbox.strava.diary import Diary, is_visible
from sandbox.strava.parts import laps, zones
from sandbox.strava.payloads import detail, summary
from sandbox.strava.streams import KEYS, make_streams

USUAL_PAGE, LARGEST_PAGE = 30, 200
DAY_S = 86_400


def list_activities(request: Request, diary: Diary, sees_private: bool, short_pages: bool) -> Answer:
    """Newest first, or oldest first when only `after` is given; the end is an empty page."""
    numbers = {}
    for name, usual in (("before", None), ("after", None), ("page", 1), ("per_page", USUAL_PAGE)):
        text = request.first(name)
        try:
            numbers[name] = usual if text in (None, "") else int(str(text))
        except ValueError:
            return errors.error(400, "Application", name, "invalid")
    before, after = numbers["before"], numbers["after"]
    page, size = numbers["page"] or 0, numbers["per_page"] or 0
    if page < 1 or not 1 <= size <= LARGEST_PAGE:
        return errors.error(400, "Application", "page" if page < 1 else "per_page", "invalid")
    if after is not None and after > max(request.now_s, diary.latest_s() + DAY_S):
        return errors.error(400, "Application", "after", "future")
    rows = [
        activity
        for activity in diary.listed(sees_private)
        if (before is None or activity.shown_start.timestamp() < before)
        and (after is None or activity.shown_start.timestamp() > after)
    ]
    if after is None or before is not None:
        rows.reverse()
    return json_answer([summary(activity) for activity in rows[page_slice(page, size, short_pages)]])


def page_slice(page: int, size: int, short: bool) -> slice:
    """Where a page begins and ends; short ones lose up to two items to the page after them."""
    if not short:
        return slice((page - 1) * size, page * size)
    sizes = [max(1, size - number % 3) for number in range(1, page + 1)]
    return slice(sum(sizes[:-1]), sum(sizes))


def activity_answer(request: Request, target: Target, diary: Diary, sees_private: bool) -> Answer:
    """Its detail, laps, zones or streams."""
    text = target.id or ""
    activity = diary.activities.get(int(text)) if text.isdecimal() else None
    if activity is None or not is_visible(activity, sees_private):
        return errors.not_found("Activity")
    if target.endpoint == "strava_activity":
        return json_answer(detail(diary.seeds, activity, diary.gear_row(activity.gear_id, 2)))
    if target.endpoint == "strava_streams":
        return _streams(request, activity)
    streams = make_streams(activity)
    if target.endpoint == "strava_zones":
        return json_answer(zones(activity, streams))
    return json_answer(laps(activity, streams) if streams else [])


def _streams(request: Request, activity: Activity) -> Answer:
    """Those asked for by `keys`, which without any is the distance alone; a list unless keyed by type."""
    streams = make_streams(activity) if activity.streams_from <= request.now_s else None
    if streams is None:
        return errors.no_streams()
    asked = [key for key in (request.first("keys") or "distance").split(",") if key in KEYS]
    found = {
        key: {
            "data": streams[key],
            "series_type": "distance",
            "original_size": len(streams[key]),
            "resolution": "high",
        }
        for key in KEYS
        if key in asked and key in streams
    }
    if (request.first("key_by_type") or "").lower() == "true":
        return json_answer(found)
    return json_answer([{"type": key, **value} for key, value in found.items()])
