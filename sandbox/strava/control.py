"""The control actions of Strava: upload, edit, delete, and tell the truth to compare with.

All of them take `athlete`, the number of the athlete (0 unless given); actions about ids find the owner
themselves. A deleted activity stays in the truth, marked, since a test wants to know what must be gone.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.peloton.seeds import Seeds
from sandbox.provider import Action
from sandbox.strava.activities import Activity
from sandbox.strava.diary import Diary
from sandbox.strava.export import export_zip
from sandbox.strava.payloads import summary
from sandbox.strava.streams import make_streams

SUBSCRIPTION_ID = 120_475

Row = dict[str, Any]


class DiaryControl:
    def __init__(self, seeds: Seeds, diaries: Callable[[], list[Diary]]) -> None:
        self._seeds = seeds
        self._diaries = diaries
        self.actions: Mapping[str, Action] = {
            "strava_upload": self._upload,
            "strava_edit": self._edit,
            "strava_delete": self._delete,
            "strava_kudos": self._kudos,
            "strava_private": self._private,
            "strava_truth": self._truth,
            "strava_streams_truth": self._streams,
            "strava_event": self._event,
            "strava_export": self._export,
        }

    def _diary(self, body: Row | None) -> Diary:
        diaries, number = self._diaries(), int((body or {}).get("athlete") or 0)
        if not 0 <= number < len(diaries):
            raise ValueError(f"no athlete {number}; there are {len(diaries)}")
        return diaries[number]

    def _owner(self, activity_id: int) -> Diary:
        for diary in self._diaries():
            if activity_id in diary.activities:
                return diary
        raise ValueError(f"no such activity: {activity_id}")

    def _upload(self, body: Row | None) -> list[Row]:
        """{"count", "at", "sport_type", "fields", "streams_after"}: plain activities, `at` is the start of the first.

        The others start a quarter hour later each. `streams_after` is the Unix second from which streams are there.
        """
        body = body or {}
        diary, at = self._diary(body), body.get("at")
        rows = []
        for index in range(int(body.get("count") or 1)):
            start = None if at is None else int(at) + 900 * index
            activity = diary.upload(start, body.get("sport_type"), dict(body.get("fields") or {}))
            activity.streams_from = float(body.get("streams_after") or 0)
            rows.append(told(activity))
        return rows

    def _edit(self, body: Row) -> Row:
        """{"id", "fields"}; a change of distance or times is seen in the streams too."""
        activity = self._owner(int(body["id"])).activity(int(body["id"]))
        activity.change(dict(body["fields"]))
        return told(activity)

    def _delete(self, body: Row) -> None:
        """{"ids": [...]}: gone for every client."""
        for key in body["ids"]:
            self._owner(int(key)).activity(int(key)).deleted = True

    def _kudos(self, body: Row | None) -> int:
        """{"ids": [...] or nothing for all, "count": 1}: the counters that others move; answers how many moved."""
        body = body or {}
        diary = self._diary(body)
        chosen = [int(key) for key in body["ids"]] if body.get("ids") else list(diary.activities)
        for key in chosen:
            self._owner(key).activity(key).bump(int(body.get("count") or 1))
        return len(chosen)

    def _private(self, body: Row) -> Row:
        """{"id", "private": true}."""
        return self._edit({"id": body["id"], "fields": {"private": bool(body.get("private", True))}})

    def _truth(self, body: Row | None) -> list[Row]:
        """Every activity of an athlete, oldest first, visible or not."""
        diary = self._diary(body)
        return [told(activity) for activity in sorted(diary.activities.values(), key=lambda a: a.order)]

    def _streams(self, body: Row) -> Row:
        """{"id"}: all series, {} for a manual entry."""
        return make_streams(self._owner(int(body["id"])).activity(int(body["id"]))) or {}

    def _event(self, body: Row) -> Row:
        """{"id", "aspect_type", "updates", "event_time"}: what Strava would post; no id is the athlete's revocation."""
        event_time = int(body.get("event_time") or time.time())
        if body.get("id") is None:
            owner = self._diary(body).athlete_id
            kind, key, aspect, updates = "athlete", owner, "update", {"authorized": False}
        else:
            key = int(body["id"])
            owner, kind = self._owner(key).athlete_id, "activity"
            aspect, updates = str(body.get("aspect_type") or "create"), dict(body.get("updates") or {})
        return {
            "aspect_type": aspect,
            "event_time": event_time,
            "object_id": key,
            "object_type": kind,
            "owner_id": owner,
            "subscription_id": SUBSCRIPTION_ID,
            "updates": {name: _text(value) for name, value in updates.items()},
        }

    def _export(self, body: Row | None) -> Row:
        """{"language": "en" or "de", "dates": "words" or "numbers", "every": seconds between points, "last": n}."""
        body = body or {}
        content, rows = export_zip(
            self._diary(body),
            language=str(body.get("language") or "en"),
            dates=str(body.get("dates") or "words"),
            every=int(body.get("every") or 10),
            last=int(body["last"]) if body.get("last") else None,
        )
        return {"zip": base64.b64encode(content).decode("ascii"), "activities": rows}


def told(activity: Activity) -> Row:
    """The truth about an activity: its summary, and what no answer says."""
    return {
        **summary(activity),
        "description": activity.description,
        "true_start": activity.start,
        "uploaded": activity.uploaded,
        "deleted": activity.deleted,
        "has_streams": not activity.manual,
    }


def _text(value: Any) -> str:
    """Values of an event are always text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
