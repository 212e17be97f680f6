"""Reads the workouts CSV that a member can download from the members' web site.

It has no ids and no seconds; times carry the abbreviation or the offset of one zone, which is the only thing in it
that can be misread: an abbreviation that is not known is refused by its name, never guessed.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from resources.errors import UsageProblem
from resources.landing import read_lines

TIMESTAMP = "Workout Timestamp"
NEEDED = (TIMESTAMP, "Fitness Discipline", "Length (minutes)")
# Hours from UTC, as they are meant where the provider sells. What means different zones there (IST) is left out.
ZONES = {
    "UTC": 0.0, "GMT": 0.0, "EST": -5.0, "EDT": -4.0, "CST": -6.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0,
    "PST": -8.0, "PDT": -7.0, "AKST": -9.0, "AKDT": -8.0, "HST": -10.0, "BST": 1.0, "WET": 0.0, "WEST": 1.0,
    "CET": 1.0, "CEST": 2.0, "EET": 2.0, "EEST": 3.0, "MSK": 3.0, "SAST": 2.0, "SGT": 8.0, "HKT": 8.0,
    "JST": 9.0, "KST": 9.0, "NZST": 12.0, "NZDT": 13.0, "AST": -4.0, "ADT": -3.0, "NST": -3.5, "NDT": -2.5,
    "BRT": -3.0, "AWST": 8.0, "ACST": 9.5, "ACDT": 10.5, "AEST": 10.0, "AEDT": 11.0,
}  # fmt: skip
# The site writes names where the API writes slugs.
DISCIPLINES = {
    "tread bootcamp": "circuit", "bike bootcamp": "bike_bootcamp", "row bootcamp": "caesar_bootcamp",
    "rowing": "caesar", "bootcamp": "circuit",
}  # fmt: skip
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d)(?::\d\d)? ?\(([^)]+)\)")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d\d)?")
_UNIT = re.compile(r"^(Avg\. Speed|Distance|Avg\. Pace) \((.+)\)$")


def read_csv(text: str, zones: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The rows of an export, typed; `zones` are offsets (+05:30) of abbreviations that are not known here.

    Raises UsageProblem when it is no export, or has a zone that is not known.
    """
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    columns = rows[0].keys() if rows else set(next(csv.reader(io.StringIO(text.removeprefix("\ufeff"))), []))
    if missing := [name for name in NEEDED if name not in columns]:
        raise UsageProblem(
            f"This is no workouts export: it has no column {missing[0]!r}",
            "Download it from the members' web site: your profile, Workouts, Download workouts.",
        )
    return [
        _typed(number, row, zones or {})
        for number, row in enumerate(rows, start=2)
        if (row.get(TIMESTAMP) or "").strip()
    ]


def imported_rows(files: Iterable[Path]) -> list[tuple[Any, ...]]:
    """The rows of all landed exports, in the order of `transform.IMPORTED_COLUMNS`."""
    return [row for path in files for line in read_lines(path) for row in _of_landed(json.loads(line))]


def _of_landed(landed: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for row in read_csv(landed["payload"]["csv"], landed["payload"]["zones"]):
        yield (landed["item"], landed["fetched_at"], *row.values())


def _typed(line: int, row: dict[str, str], zones: Mapping[str, str]) -> dict[str, Any]:
    moment, zone = _moment(line, row[TIMESTAMP], zones)
    units = {found[1]: (name, found[2]) for name in row if name and (found := _UNIT.match(name))}

    def measured(name: str) -> tuple[float | None, str | None]:
        column, unit = units.get(name, ("", ""))
        amount = _number(row.get(column))
        return amount, unit if amount is not None else None

    (speed, speed_unit), (distance, distance_unit) = measured("Avg. Speed"), measured("Distance")
    pace, pace_unit = measured("Avg. Pace")
    discipline = (row["Fitness Discipline"] or "").strip().lower()
    minutes, output_kj = _number(row["Length (minutes)"]), _number(row.get("Total Output"))
    return {
        "line": line,
        "start_s": int(moment.timestamp()),
        "timezone": zone,
        "start_time_local": moment.replace(tzinfo=None),
        "fitness_discipline": DISCIPLINES.get(discipline, discipline.replace(" ", "_")),
        "title": (row.get("Title") or "").strip() or None,
        "instructor_name": (row.get("Instructor Name") or "").strip() or None,
        "length_s": None if minutes is None else round(minutes * 60),
        "total_work_j": None if output_kj is None else output_kj * 1000,
        "avg_output": _number(row.get("Avg. Watts")),
        "avg_resistance": _number(row.get("Avg. Resistance")),
        "avg_cadence": _number(row.get("Avg. Cadence (RPM)")),
        "avg_speed": speed,
        "speed_unit": speed_unit,
        "distance": distance,
        "distance_unit": distance_unit,
        "calories_kcal": _number(row.get("Calories Burned")),
        "avg_heart_rate": _number(row.get("Avg. Heartrate")),
        "avg_incline": _number(row.get("Avg. Incline")),
        "avg_pace": pace,
        "pace_unit": pace_unit,
    }


def _moment(line: int, text: str, zones: Mapping[str, str]) -> tuple[datetime, str]:
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise UsageProblem(
            f"Line {line} of the export has the time {text[:40]!r}, which is not read",
            "It should look like 2024-03-05 07:12 (EST); please report it.",
        )
    return datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(
        tzinfo=_zone(line, found[2].strip(), zones)
    ), found[2]


def _zone(line: int, name: str, zones: Mapping[str, str]) -> timezone:
    if offset := _OFFSET.fullmatch(zones.get(name, name)):
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if span < timedelta(hours=15):
            return timezone(-span if offset[1] == "-" else span)
    if name.upper() in ZONES:
        return timezone(timedelta(hours=ZONES[name.upper()]))
    raise UsageProblem(
        f"Line {line} of the export is in the zone {name[:20]!r}, which is not known",
        f"Say what it is, for example --zone {name[:20]}=+05:30.",
    )


def _number(text: str | None) -> float | None:
    try:
        return float((text or "").strip().rstrip("%").replace(",", ""))
    except ValueError:
        return None
