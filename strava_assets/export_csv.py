"""activities.csv of a bulk export: each row an activity, with the keys and units that the API would use.

Surprising: of the two columns `Distance` the first is kilometres (or miles) as shown to people, the second metres; a
file that has but one does not tell which, so its distances are left out. Times are read as UTC, which is how Strava
writes them whatever the language. A row that cannot be read for certain is told and left out, never guessed.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from resources.errors import UsageProblem
from strava_assets.export_language import Header, moment_of, number_of, sport_of, understand

FILE = "activities.csv"
OnProblem = Callable[[str, str], None]
AGAIN = "Ask Strava for the export once more and import it as it comes."
MOST_ID_DIGITS = 18  # what a BIGINT holds for certain

TEXTS = {
    "Activity Name": "name",
    "Activity Description": "description",
    "Activity Gear": "gear_name",
    "Activity Private Note": "private_note",
    "Filename": "filename",
}
FLAGS = {"Commute": "commute", "Flagged": "flagged"}
TRUTHS = {"true": True, "false": False, "1": True, "1.0": True, "0": False, "0.0": False}


@dataclass(frozen=True)
class Number:
    """A number's key, and which of the columns of its name hold it, the best first.

    Of a name that stands twice the first is written for people, the second as it is stored.
    """

    key: str
    occurrences: tuple[int, ...] = (0,)
    whole: bool = False

    def stored(self, occurrence: int) -> bool:
        """Whether that column is written as it is stored: with a decimal point in every language."""
        return occurrence > 0 or self.occurrences == (0,)


TWICE = (1, 0)


NUMBERS = {
    "Elapsed Time": Number("elapsed_time", TWICE, whole=True),
    "Moving Time": Number("moving_time", whole=True),
    "Distance": Number("distance", (1,)),
    "Elevation Gain": Number("total_elevation_gain"),
    "Elevation Low": Number("elev_low"),
    "Elevation High": Number("elev_high"),
    "Average Speed": Number("average_speed"),
    "Max Speed": Number("max_speed"),
    "Average Heart Rate": Number("average_heartrate"),
    "Max Heart Rate": Number("max_heartrate", TWICE),
    "Average Watts": Number("average_watts"),
    "Max Watts": Number("max_watts"),
    "Weighted Average Power": Number("weighted_average_watts"),
    "Average Cadence": Number("average_cadence"),
    "Max Cadence": Number("max_cadence"),
    "Calories": Number("calories"),
    "Average Temperature": Number("average_temp"),
    "Relative Effort": Number("suffer_score", TWICE),
    "Perceived Exertion": Number("perceived_exertion"),
    "Athlete Weight": Number("athlete_weight_kg"),
}


def read_rows(lines: Iterable[str], on_problem: OnProblem) -> Iterator[dict[str, Any]]:
    """Activities of a CSV, one by one; UsageProblem when it has no header that we know or breaks off."""
    rows = csv.reader(lines, strict=True)
    header = understand(_next(rows) or [])
    _tell_missing(header, on_problem)
    seen: set[int] = set()
    while (row := _next(rows)) is not None:
        if not any(cell.strip() for cell in row):
            continue
        where = f"row that ends in line {rows.line_num}"
        if len(row) != header.width:
            on_problem(FILE, f"{where}: {len(row)} cells where the header has {header.width}; left out")
            continue
        activity, unread = activity_of(row, header)
        if unread and unread[0] in ("Activity ID", "Activity Date"):
            on_problem(FILE, f"{where}: {unread[0]!r} cannot be read for certain; the activity is left out")
            continue
        if activity["id"] in seen:
            on_problem(FILE, f"{where}: activity {activity['id']} stands twice; the first is taken")
            continue
        seen.add(activity["id"])
        if unread:
            on_problem(FILE, f"activity {activity['id']}: not understood and left out: {', '.join(unread)}")
        yield activity


def _next(rows: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(rows, None)
    except csv.Error as error:
        raise UsageProblem(f"activities.csv is damaged ({error})", AGAIN) from None
    except UnicodeDecodeError:
        raise UsageProblem("activities.csv is not UTF-8 as Strava writes it", AGAIN) from None


def _tell_missing(header: Header, on_problem: OnProblem) -> None:
    missing = [name for name in header.missing if name != "Flagged"]
    if missing:
        on_problem(FILE, f"no column found for: {', '.join(missing)}")
    if len(header.places.get("Distance", ())) == 1:
        on_problem(FILE, "one column of distances only: its unit is not told, so distances are left out")


def activity_of(row: Sequence[str], header: Header) -> tuple[dict[str, Any], list[str]]:
    """What a row says, with the API's keys, and the columns whose cells could not be read.

    A first unread column that identifies or dates the activity means that the row is of no use.
    """
    told = {name: [row[place].strip() for place in places] for name, places in header.places.items()}
    number = told["Activity ID"][0]
    if not (number.isascii() and number.isdigit() and len(number) <= MOST_ID_DIGITS):
        return {}, ["Activity ID"]
    start = moment_of(told["Activity Date"][0], header.language)
    if start is None:
        return {}, ["Activity Date"]
    activity: dict[str, Any] = {"id": int(number), "start_date": start.strftime("%Y-%m-%dT%H:%M:%SZ")}
    unread = []
    for name, key in TEXTS.items():
        if text := _first(told.get(name)):
            activity[key] = text
    if text := _first(told.get("Activity Type")):
        activity |= {"sport_type": sport_of(text, header.language), "type_told": text}
    for name, key in FLAGS.items():
        if text := _first(told.get(name)):
            if text.lower() in TRUTHS:
                activity[key] = TRUTHS[text.lower()]
            else:
                unread.append(name)
    for name, wanted in NUMBERS.items():
        value, empty = _number(told.get(name, []), wanted, header)
        if value is not None:
            activity[wanted.key] = round(value) if wanted.whole else value
        elif not empty:
            unread.append(name)
    return activity, unread


def _first(cells: Sequence[str] | None) -> str | None:
    return next((cell for cell in cells or () if cell), None)


def _number(cells: Sequence[str], wanted: Number, header: Header) -> tuple[float | None, bool]:
    """The number of the best column that has one, and whether all of them are empty."""
    chosen = [(place, cells[place]) for place in wanted.occurrences if place < len(cells) and cells[place]]
    for place, cell in chosen:
        if (value := number_of(cell, header.language, raw=wanted.stored(place))) is not None:
            return value, False
    return None, not chosen
