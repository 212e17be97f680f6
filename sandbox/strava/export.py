"""The bulk export: a ZIP with activities.csv, a packed file for each recorded activity, gear and profile.

It holds what the API has, private activities too, and a few that only it has. The surprising thing is that the
number in a file's name is no activity id. A hidden start is hidden here too, in the table but not in the file.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from typing import Any

from sandbox.strava.activities import Activity
from sandbox.strava.diary import Diary
from sandbox.strava.export_columns import HEADERS, csv_row, date_text, shown_number, sport_text
from sandbox.strava.fit import fit_file
from sandbox.strava.streams import make_streams
from sandbox.strava.track_files import gpx_file, tcx_file

FILE_NUMBER_SHIFT = 777_000_111
WRITTEN_AT = (2026, 11, 20, 0, 0, 0)  # of every member, so that the same world gives the same bytes
STYLES = ("words", "numbers")

Row = dict[str, Any]


def export_zip(
    diary: Diary, language: str, dates: str, every: int, last: int | None
) -> tuple[bytes, list[Row]]:
    """The ZIP, and for each row of its table id, start, file name and whether the API has it too."""
    if language not in HEADERS or dates not in STYLES:
        raise ValueError(f"language is one of {sorted(HEADERS)}, dates one of {list(STYLES)}")
    shared = diary.listed(with_private=True)
    activities = [*diary.only_exported, *(shared[-last:] if last else shared)]
    activities.sort(key=lambda activity: activity.start)
    only_here = {activity.id for activity in diary.only_exported}
    rows = [
        {
            "id": activity.id,
            "start": int(activity.shown_start.timestamp()),
            "filename": file_name(activity) or None,
            "only_exported": activity.id in only_here,
        }
        for activity in activities
    ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _add(archive, "activities.csv", _table(diary, activities, language, dates))
        for name, text in _side_tables(diary).items():
            _add(archive, name, text)
        for activity in activities:
            if name := file_name(activity):
                _add(archive, name, packed_file(activity, every))
    return buffer.getvalue(), rows


def file_name(activity: Activity) -> str:
    """Empty for a manual entry; the three forms take turns, but a GPX needs places."""
    if activity.manual:
        return ""
    number = activity.id - FILE_NUMBER_SHIFT
    form = ("fit", "gpx", "tcx")[activity.number % 3]
    if form == "gpx" and not activity.has_gps:
        form = "tcx"
    return f"activities/{number}.{form}.gz"


def packed_file(activity: Activity, every: int) -> bytes:
    streams = make_streams(activity, max(1, every))
    if streams is None:
        raise ValueError(f"activity {activity.id} was entered by hand")
    form = file_name(activity).split(".")[1]
    write = {"fit": fit_file, "gpx": gpx_file, "tcx": tcx_file}[form]
    return gzip.compress(write(activity, streams), compresslevel=1, mtime=0)


def _table(diary: Diary, activities: list[Activity], language: str, dates: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADERS[language])
    gear = {item["id"]: item["name"] for item in diary.gear}
    for a in activities:
        values: Row = {
            "id": a.id,
            "date": date_text(a.shown_start.timestamp(), language, dates),
            "name": a.name,
            "type": sport_text(a.sport_type, language),
            "description": a.description or "",
            "elapsed_shown": a.elapsed_time,
            "distance_km": shown_number(a.distance / 1_000, language),
            "max_heart_shown": _plain(a.max_heartrate),
            "commute_shown": str(a.commute).lower(),
            "private_note": a.private_note or "",
            "gear": gear.get(a.gear_id or "", ""),
            "filename": file_name(a),
            "elapsed": float(a.elapsed_time),
            "moving": float(a.moving_time),
            "distance_m": float(a.distance),
            "max_speed": a.max_speed,
            "average_speed": a.average_speed,
            "gain": a.gain,
            "low": _plain(a.low),
            "high": _plain(a.high),
            "cadence": _plain(a.cadence),
            "max_heart": _plain(a.max_heartrate),
            "heart": _plain(a.average_heartrate),
            "watts": _plain(a.average_watts),
            "temperature": _plain(a.temperature),
            "exertion": _plain(a.perceived_exertion),
            "commute": float(a.commute),
            "from_upload": float(not a.manual),
            "flagged": float(a.flagged),
        }
        writer.writerow(csv_row(values))
    return text.getvalue()


def _side_tables(diary: Diary) -> dict[str, str]:
    """bikes.csv, shoes.csv and profile.csv."""
    tables: dict[str, list[list[Any]]] = {}
    for kind, name, word in (("b", "bikes.csv", "Bike"), ("g", "shoes.csv", "Shoe")):
        head = [f"{word} {column}" for column in ("Name", "Brand", "Model", "Default Sport Types")]
        items = [item for item in diary.gear if item["id"].startswith(kind)]
        tables[name] = [
            head,
            *([i["nickname"] or i["name"], i["brand_name"], i["model_name"], ""] for i in items),
        ]
    tables["profile.csv"] = [
        ["Athlete ID", "Email Address", "First Name", "Last Name", "Sex", "Description", "Weight", "City"],
        [
            diary.athlete_id,
            "athlete@sport.example",
            "Invented",
            f"Athlete {diary.number}",
            "",
            "",
            70.0,
            "Nowhere",
        ],
    ]
    texts = {}
    for name, rows in tables.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        texts[name] = text.getvalue()
    return texts


def _add(archive: zipfile.ZipFile, name: str, content: str | bytes) -> None:
    member = zipfile.ZipInfo(name, WRITTEN_AT)
    member.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(member, content)


def _plain(value: float | None) -> Any:
    return "" if value is None else float(value)
