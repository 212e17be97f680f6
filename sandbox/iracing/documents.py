"""The documents behind links: one function an endpoint, from the paddock's truth to the service's fields.

Some fields move at every answer although nothing happened: the signature in `weather_url`, the count of
registered users and whether the signed-in member owns the car. `moment` numbers the answers for them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.iracing.paddock import Paddock
from sandbox.iracing.patterns import instant
from sandbox.iracing.seasons import Season
from sandbox.iracing.series import Series, allowed_licenses, series_asset, series_row
from sandbox.iracing.vocabulary import BY_SLUG
from sandbox.messages import Request

GUIDE_HOURS = 3
OPEN_MINUTES = 30  # so long before its start a session can be entered and has an id
SHORTER_EVERY = 3  # of those that can be entered, so many show an end that is earlier by
SHORTER_BY = timedelta(minutes=4)
SPARSE_EVERY = 7  # each so many series shows one race week a season in its history


class NotFoundError(Exception):
    """There is no such thing; the service answers 404."""


def number(request: Request, name: str, default: int | None = None) -> int:
    """An integer argument; raises ValueError where it is missing or no number."""
    text = request.first(name)
    if text is None and default is not None:
        return default
    return int(text or "")


class Documents:
    """What the link of an endpoint leads to."""

    def __init__(self, paddock: Paddock) -> None:
        self._paddock = paddock
        self.moment = 0
        catalogue = paddock.catalogue
        self.by_endpoint: dict[str, Callable[[Request], Any]] = {
            "series/get": lambda _: [series_row(series) for series in self._active_series()],
            "series/assets": lambda _: {
                str(series.series_id): series_asset(series) for series in self._active_series()
            },
            "series/seasons": lambda _: [self._with_schedules(season) for season in paddock.active()],
            "series/season_list": lambda _: {"seasons": [self._listed(s) for s in paddock.active()]},
            "series/season_schedule": self._season_schedule,
            "series/past_seasons": self._past_seasons,
            "series/stats_series": lambda _: [self._series_history(series) for series in paddock.series],
            "season/list": self._season_list,
            "season/race_guide": self._race_guide,
            "carclass/get": lambda _: catalogue.classes,
            "car/get": lambda _: catalogue.cars,
            "car/assets": lambda _: catalogue.car_assets,
            "track/get": lambda _: catalogue.tracks,
            "track/assets": lambda _: catalogue.track_assets,
            "lookup/current_season": self._current_season,
        }

    def _active_series(self) -> list[Series]:
        shown = {s.series.series_id for s in self._paddock.active()} - self._paddock.hidden_series
        return [series for series in self._paddock.series if series.series_id in shown]

    # -------------------------------------------------------------- seasons

    def season_row(self, season: Season) -> dict[str, Any]:
        """The season level, with the figures of today."""
        today = self._paddock.today
        return season.fields | {
            "active": season.fields["active"] and season.active,
            "max_weeks": len(season.weeks),
            "race_week": season.race_week(today),
            "reg_user_count": (self.moment + season.season_id) % 60,
        }

    def weeks(self, season: Season) -> list[dict[str, Any]]:
        """The weeks, each with a weather address signed for this answer."""
        weeks = []
        for week in season.weeks:
            weather = week["weather"]
            signature = self._paddock.seeds.hex_id(
                "iracing-weather", f"{self.moment}/{week['race_week_num']}"
            )
            url = f"{weather['weather_url']}?X-Amz-Expires=604800&X-Amz-Signature={signature}"
            weeks.append(week | {"weather": weather | {"weather_url": url}})
        return weeks

    def _with_schedules(self, season: Season) -> dict[str, Any]:
        return self.season_row(season) | {"schedules": self.weeks(season)}

    def _listed(self, season: Season) -> dict[str, Any]:
        row = self.season_row(season)
        week = season.weeks[row["race_week"]]
        keys = ("race_week_num", "track", "car_restrictions", "race_lap_limit", "race_time_limit")
        row["current_week_sched"] = {key: week[key] for key in keys} | {
            "precip_chance": week["weather"]["weather_summary"]["precip_chance"],
            "start_type": week["start_type"],
            "category_id": week["category_id"],
        }
        owned = (self.moment + season.season_id) % 2 == 0
        row |= {"elig": {"own_car": owned, "own_track": not owned}, "has_mpr": False}
        del row["next_race_session"]
        return row

    def _season_schedule(self, request: Request) -> Any:
        season = self._paddock.seasons.get(number(request, "season_id"))
        if season is None:
            raise NotFoundError
        weeks = [week | {"qual_time_descriptors": []} for week in self.weeks(season)]
        return {"success": True, "season_id": season.season_id, "schedules": weeks}

    def _season_list(self, request: Request) -> Any:
        quarter = number(request, "season_year"), number(request, "season_quarter")
        rows = [
            self._thin(season)
            for _, season in sorted(self._paddock.seasons.items())
            if season.quarter == quarter
        ]
        return {"season_quarter": quarter[1], "seasons": rows, "season_year": quarter[0]}

    def _thin(self, season: Season) -> dict[str, Any]:
        series = season.series
        row = {
            "season_id": season.season_id,
            "series_id": series.series_id,
            "season_name": season.name,
            "series_name": series.name,
            "official": series.is_official,
            "season_year": season.quarter.year,
            "season_quarter": season.quarter.quarter,
            "license_group": series.license_group,
            "fixed_setup": series.is_fixed,
            "driver_changes": series.kind == "endurance",
        }
        return row | ({"rookie_season": season.letter} if season.letter else {})

    # -------------------------------------------------------------- history

    def _past_seasons(self, request: Request) -> Any:
        series = self._paddock.series_by_id.get(number(request, "series_id"))
        if series is None:
            raise NotFoundError
        return {"success": True, "series": self._series_history(series), "series_id": series.series_id}

    def _series_history(self, series: Series) -> dict[str, Any]:
        seasons = self._paddock.seasons_of(series.series_id)
        row: dict[str, Any] = {
            "series_id": series.series_id,
            "series_name": series.name,
            "series_short_name": series.name,
            "category_id": BY_SLUG[series.category].number,
            "category": series.category,
            "active": any(season.active for season in seasons),
            "official": series.is_official,
            "fixed_setup": series.is_fixed,
            "search_filters": series.category.replace("_", ","),
            "logo": None if series.last else f"seriesid_{series.series_id}.png",
            "license_group": series.license_group,
            "license_group_types": [{"license_group_type": series.license_group}],
            "allowed_licenses": allowed_licenses(series, with_parent=True),
            "seasons": [self._past(season) for season in seasons],
        }
        if series.last:
            del row["search_filters"]
        return row

    def _past(self, season: Season) -> dict[str, Any]:
        series = season.series
        weeks = [
            {"season_id": season.season_id, "race_week_num": number, "track": track}
            for number, track in enumerate(season.week_tracks())
        ]
        if series.number % SPARSE_EVERY == SPARSE_EVERY - 1:
            place = season.season_id % len(weeks)
            weeks = weeks[place : place + 1]
        classes = [self._paddock.catalogue.car_class(class_id) for class_id in series.class_ids]
        keys = ("car_class_id", "short_name", "name", "relative_speed")
        return {
            "season_id": season.season_id,
            "series_id": series.series_id,
            "season_name": season.name,
            "season_short_name": season.short_name,
            "season_year": season.quarter.year,
            "season_quarter": season.quarter.quarter,
            "active": season.active,
            "official": series.is_official,
            "driver_changes": series.kind == "endurance",
            "fixed_setup": series.is_fixed,
            "license_group": series.license_group,
            "has_supersessions": series.kind in ("with_super_session", "simultaneous"),
            "car_switching": series.kind == "rotating",
            "license_group_types": [{"license_group_type": series.license_group}],
            "car_classes": [{key: row[key] for key in keys} for row in classes],
            "race_weeks": weeks,
        }

    # -------------------------------------------------------------- now

    def _race_guide(self, request: Request) -> Any:
        asked = request.first("from")
        begin = datetime.fromisoformat(asked) if asked else datetime.fromtimestamp(request.now_s, UTC)
        begin = begin.replace(second=0, microsecond=0, tzinfo=begin.tzinfo or UTC).astimezone(UTC)
        end = begin + timedelta(hours=GUIDE_HOURS)
        sessions: list[dict[str, Any]] = []
        for start, season, week in self._paddock.starts(begin, end):
            session = {
                "season_id": season.season_id,
                "start_time": instant(start.at),
                "super_session": start.is_super,
                "series_id": season.series.series_id,
                "race_week_num": week,
                "end_time": instant(start.at + timedelta(minutes=start.minutes)),
            }
            if start.at < begin + timedelta(minutes=OPEN_MINUTES):
                if len(sessions) % SHORTER_EVERY == 0:
                    session["end_time"] = instant(start.at + timedelta(minutes=start.minutes) - SHORTER_BY)
                session["session_id"] = (
                    285_000_000 + season.season_id * 1_000 + int(start.at.timestamp()) % 997
                )
            sessions.append(session | {"entry_count": (self.moment + season.season_id) % 45})
        return {
            "subscribed": False,
            "sessions": sessions,
            "block_begin_time": instant(begin),
            "block_end_time": instant(end),
            "success": True,
        }

    def _current_season(self, _: Request) -> Any:
        quarter = self._paddock.quarter
        return [
            _lookup("quarter", "CUR_SEA_QUARTER", "Quarter", quarter.quarter),
            _lookup("year", "CUR_SEA_YEAR", "Year", quarter.year),
        ]


def _lookup(tag: str, kind: str, description: str, value: int) -> dict[str, Any]:
    values = [{"value": str(value), "description": description, "seq": value}]
    return {"lookups": [{"lookup_type": kind, "lookup_values": values}], "tag": tag}
