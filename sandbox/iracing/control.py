"""The control actions: change seasons, and tell the truth to compare with. Names begin with `iracing_`.

An edit changes the truth itself, so that every document, the race guide and `iracing_truth` follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.iracing.paddock import Paddock
from sandbox.iracing.patterns import instant
from sandbox.iracing.seasons import Season
from sandbox.json_edit import edit_json
from sandbox.messages import compact_json
from sandbox.provider import Action


class SeasonControl:
    def __init__(self, paddock: Callable[[], Paddock]) -> None:
        self._get_paddock = paddock
        self.actions: Mapping[str, Action] = {
            "iracing_edit": self._edit,
            "iracing_add_season": self._add,
            "iracing_end_season": self._end,
            "iracing_hide_series": self._hide,
            "iracing_truth": self._truth,
            "iracing_rollover": self._roll_over,
        }

    @property
    def _paddock(self) -> Paddock:
        """Built when the first action needs it."""
        return self._get_paddock()

    def _edit(self, body: dict[str, Any]) -> dict[str, Any]:
        """{"season_id": n, "race_week_num": n or null, "fields": {dotted path: value}}; null is the season itself."""
        season = self._paddock.season(int(body["season_id"]))
        place = body.get("race_week_num")
        target: dict[str, Any] = season.fields
        if place is not None:
            target = next((week for week in season.weeks if week["race_week_num"] == int(place)), {})
            if not target:
                raise ValueError(f"season {season.season_id} has no week {place}")
        for path, value in body["fields"].items():
            before = compact_json(target)
            edit_json(target, path, "set", value)
            if before == compact_json(target) and not _leads_somewhere(target, path):
                raise ValueError(f"{path!r} leads nowhere")
        return target

    def _add(self, body: dict[str, Any] | None) -> dict[str, Any]:
        """{"series_id", "kind", "start"}, all optional: the first series, hourly, this week's Tuesday."""
        body = body or {}
        series_id = int(body.get("series_id") or self._paddock.series[0].series_id)
        tuesday = self._paddock.today - timedelta(days=(self._paddock.today.weekday() - 1) % 7)
        start = date.fromisoformat(body["start"]) if body.get("start") else tuesday
        return self._told(self._paddock.add_season(series_id, body.get("kind") or "hourly", start))

    def _end(self, body: dict[str, Any]) -> None:
        """{"season_id": n}: it vanishes from the lists of active seasons and stays in history."""
        self._paddock.season(int(body["season_id"])).active = False

    def _hide(self, body: dict[str, Any]) -> None:
        """{"series_id": n, "hidden": true}: absent from series/get while its seasons go on."""
        series_id = int(body["series_id"])
        if series_id not in self._paddock.series_by_id:
            raise ValueError(f"no such series: {series_id}")
        hidden = self._paddock.hidden_series
        if body.get("hidden", True):
            hidden.add(series_id)
        else:
            hidden.discard(series_id)

    def _roll_over(self, _: Any) -> dict[str, Any]:
        """The next quarter begins, thirteen weeks later."""
        new = self._paddock.roll_over()
        return {
            "today": self._paddock.today.isoformat(),
            "new_season_ids": [season.season_id for season in new],
        }

    def _truth(self, body: dict[str, Any] | None) -> dict[str, Any]:
        """{"from": instant, "to": instant}: the active seasons, and their starts in [from, to) if asked."""
        truth: dict[str, Any] = {
            "today": self._paddock.today.isoformat(),
            "quarter": list(self._paddock.quarter),
            "seasons": [self._told(season) for season in self._paddock.active()],
            "all_season_ids": sorted(self._paddock.seasons),
        }
        if body:
            begin, end = (datetime.fromisoformat(body[name]) for name in ("from", "to"))
            if begin.tzinfo is None or end.tzinfo is None:
                begin, end = begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
            truth["starts"] = [
                {
                    "season_id": season.season_id,
                    "race_week_num": week,
                    "start_time": instant(start.at),
                    "end_time": instant(start.at + timedelta(minutes=start.minutes)),
                    "super_session": start.is_super,
                }
                for start, season, week in self._paddock.starts(begin, end)
            ]
        return truth

    def _told(self, season: Season) -> dict[str, Any]:
        return {
            **season.fields,
            "active": season.active,
            "kind": season.series.kind,
            "schedules": season.weeks,
        }


def _leads_somewhere(target: Any, path: str) -> bool:
    for part in path.split("."):
        if isinstance(target, dict) and part in target:
            target = target[part]
        elif isinstance(target, list) and part.isdigit() and int(part) < len(target):
            target = target[int(part)]
        else:
            return part == "*"
    return True
