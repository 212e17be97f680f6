"""The less usual forms of an answer: rows in chunks, rows at a data address, a CSV.

Drivers and results are invented and few: these documents exist so that every form can be met, not for what
they say.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sandbox.iracing.documents import number
from sandbox.iracing.paddock import Paddock
from sandbox.iracing.patterns import Start, instant, starts_of
from sandbox.iracing.seasons import Season
from sandbox.iracing.storage import CSV_TYPE, Storage
from sandbox.iracing.weeks import Week
from sandbox.messages import Request, compact_json

ROWS_PER_CHUNK = 500
RECORDS_PER_CHUNK = 2_000
STANDINGS, RECORDS, ROSTER = 1_130, 2_300, 19
STANDING_COLUMNS = ("rank", "cust_id", "display_name", "division", "points", "starts", "wins")
CSV_CATEGORIES = ("oval", "road", "dirt_oval", "dirt_road", "sports_car", "formula_car")
CSV_COLUMNS = "DRIVER,CUSTID,STARTS,WINS,AVG_FINISH_POS,IRATING,TTRATING,CLASS"

Make = Callable[[Request, "Sheets"], Any]


class Sheets:
    """Stores what an answer refers to and writes the references."""

    def __init__(self, storage: Storage, json_type: str, base_url: str, link_seconds: float) -> None:
        self._storage = storage
        self._json_type = json_type
        self._base_url = base_url
        self._life_s = link_seconds

    def address(
        self, folder: str, body: bytes, now_s: float, content_type: str = "", suffix: str = ""
    ) -> str:
        path = self._storage.keep(folder, body, content_type or self._json_type, suffix)
        return self._base_url + self._storage.signed(path, now_s, self._life_s)

    def chunks(self, folder: str, rows: list[Any], size: int, now_s: float) -> dict[str, Any] | None:
        """`chunk_info`: a file name carries its own signature, and no rows are no chunks."""
        if not rows:
            return None
        base, names = "", []
        for first in range(0, len(rows), size):
            body = compact_json(rows[first : first + size])
            base, _, name = self.address(f"{folder}/chunks", body, now_s, suffix=".json").rpartition("/")
            names.append(name)
        return {
            "chunk_size": size,
            "num_chunks": len(names),
            "rows": len(rows),
            "base_download_url": f"{base}/",
            "chunk_file_names": names,
        }


class Forms:
    def __init__(self, paddock: Paddock) -> None:
        self._paddock = paddock
        self.inline: dict[str, Make] = {
            "results/search_series": self._search_series,
            "league/roster": self._roster,
        }
        """What the answer itself is."""
        self.linked: dict[str, Make] = {
            "stats/season_driver_standings": self._standings,
            "stats/world_records": self._world_records,
        }
        """What the answer's link leads to."""

    def csv(self, category: str) -> bytes:
        """driver_stats_by_category: the whole answer is a CSV, with a name that needs quotes."""
        rng = self._paddock.seeds.random("iracing-csv", category)
        lines = [CSV_COLUMNS]
        for place in range(60):
            name = '"Invented, Driver 0"' if place == 0 else f"Invented Driver {place}"
            figures = [
                rng.randint(1, 900),
                rng.randint(0, 50),
                round(rng.uniform(1, 20), 2),
                rng.randint(900, 7_000),
            ]
            lines.append(",".join([name, str(9_000_000 + place), *map(str, figures), "1350", "A 3.41"]))
        return ("\r\n".join(lines) + "\r\n").encode()

    def _search_series(self, request: Request, sheets: Sheets) -> Any:
        """Practice, qualifying and races of a quarter's official seasons; needs the quarter or a range."""
        if request.first("season_year") is None:
            if request.first("start_range_begin") is None and request.first("finish_range_begin") is None:
                raise ValueError("season_year and season_quarter, or a range")
            quarter = tuple(self._paddock.quarter)
        else:
            quarter = (number(request, "season_year"), number(request, "season_quarter"))
        series_id = request.first("series_id")
        rows = [
            _result(season, week, start)
            for _, season in sorted(self._paddock.seasons.items())
            if season.quarter == quarter and series_id in (None, str(season.series.series_id))
            for week in season.weeks[:2]
            for start in list(starts_of(week.get("race_time_descriptors", [])))[:84]
        ]
        info = sheets.chunks("results/search_series", rows, ROWS_PER_CHUNK, request.now_s)
        params = {"season_year": quarter[0], "season_quarter": quarter[1], "official_only": True}
        return {
            "type": "search_series_results",
            "data": {"success": True, "chunk_info": info, "params": params},
        }

    def _standings(self, request: Request, sheets: Sheets) -> Any:
        season = self._paddock.season(number(request, "season_id"))
        class_id = number(request, "car_class_id")
        rng = self._paddock.seeds.random("iracing-standings", f"{season.season_id}/{class_id}")
        count = STANDINGS if class_id in season.series.class_ids else 0
        rows = [_standing(rng, place) for place in range(count)]
        folder = "stats/season_driver_standings"
        text = (
            "\r\n".join([",".join(STANDING_COLUMNS), *(",".join(map(str, row.values())) for row in rows)])
            + "\r\n"
        )
        return {
            "success": True,
            "season_id": season.season_id,
            "season_name": season.name,
            "season_short_name": season.short_name,
            "series_id": season.series.series_id,
            "series_name": season.series.name,
            "car_class_id": class_id,
            "race_week_num": number(request, "race_week_num", -1),
            "division": number(request, "division", -1),
            "club_id": number(request, "club_id", -1),
            "customer_rank": 45,
            "chunk_info": sheets.chunks(folder, rows, ROWS_PER_CHUNK, request.now_s),
            "last_updated": instant(self._midnight()),
            "csv_url": sheets.address(folder, text.encode(), request.now_s, CSV_TYPE, ".csv"),
        }

    def _world_records(self, request: Request, sheets: Sheets) -> Any:
        car_id, track_id = number(request, "car_id"), number(request, "track_id")
        rng = self._paddock.seeds.random("iracing-records", f"{car_id}/{track_id}")
        rows = [
            {
                "cust_id": 9_000_000 + place,
                "display_name": f"Invented Driver {place}",
                "race_lap_time": rng.choice([-1, 700_000 + 35 * place]),
                "qualify_lap_time": 690_000 + 35 * place,
            }
            for place in range(RECORDS)
        ]
        info = sheets.chunks("stats/world_records", rows, RECORDS_PER_CHUNK, request.now_s)
        data = {"success": True, "car_id": car_id, "track_id": track_id, "chunk_info": info}
        return {"type": "stats_world_records", "data": data | {"last_updated": instant(self._midnight())}}

    def _roster(self, request: Request, sheets: Sheets) -> Any:
        league_id = number(request, "league_id")
        rows = [
            {"cust_id": 9_000_000 + place, "display_name": f"Invented Driver {place}", "owner": place == 0}
            for place in range(ROSTER)
        ]
        address = sheets.address(
            "league/roster", compact_json({"roster": rows}), request.now_s, suffix=".json"
        )
        data = {"subscribed": False, "success": True, "roster_count": ROSTER, "league_id": league_id}
        return {"type": "league_roster", "data": data, "data_url": address}

    def _midnight(self) -> datetime:
        return datetime.combine(self._paddock.today, time(), UTC)


def _standing(rng: random.Random, place: int) -> dict[str, Any]:
    values = (place, 9_000_000 + place, f"Invented Driver {place}", place % 10, 2_400 - 2 * place)
    return dict(zip(STANDING_COLUMNS, (*values, rng.randint(1, 90), rng.randint(0, 9)), strict=True))


def _result(season: Season, week: Week, start: Start) -> dict[str, Any]:
    track = week["track"]
    session_id = (
        season.season_id * 1_000_000 + int(start.at.timestamp() // 60) % 100_000 * 10 + start.is_super
    )
    return {
        "session_id": session_id,
        "subsession_id": session_id + 500_000_000_000,
        "start_time": instant(start.at),
        "end_time": instant(start.at + timedelta(minutes=start.minutes)),
        "license_category_id": week["category_id"],
        "license_category": season.series.category.title(),
        "num_drivers": 8 + session_id % 20,
        "num_cautions": -1,
        "num_caution_laps": -1,
        "num_lead_changes": -1,
        "event_laps_complete": 20,
        "driver_changes": False,
        "winner_group_id": 9_000_000,
        "winner_name": "Invented Driver 0",
        "winner_ai": False,
        "track": {
            "track_id": track["track_id"],
            "track_name": track["track_name"],
            "config_name": track.get("config_name", "N/A"),
        },
        "official_session": season.series.is_official,
        "season_id": season.season_id,
        "season_year": season.quarter.year,
        "season_quarter": season.quarter.quarter,
        "event_type": 5,
        "event_type_name": "Race",
        "series_id": season.series.series_id,
        "series_name": season.series.name,
        "series_short_name": season.series.name,
        "race_week_num": week["race_week_num"],
        "event_strength_of_field": -1,
        "event_average_lap": 0,
        "event_best_lap_time": 701_169,
    }
