"""What the words of a bulk export mean: names of columns, months, sports and numbers, by the account's language.

An export says nowhere in which language it is; the names of its columns tell. Surprising: a name can stand twice with
two meanings (kilometres, then metres), so a column is the n-th of its name. A name that we do not know is read by its
place, but only where the five repeated names stand exactly where they always stand: then the places are proven.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from resources.errors import UsageProblem
from resources.redact import one_line

WORDS = Path(__file__).with_name("export_headers.json")
ESSENTIAL = ("Activity ID", "Activity Date")
SHOWN_NAMES = 4
LAST_PROVEN_PLACE = 50  # of the second of the repeated names; what follows changes from year to year
MONTH_LETTERS = 3

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"),
    ",": re.compile(r"[+-]?\d{1,3}([. ]\d{3})*(,\d+)?|[+-]?\d+,\d+"),
}
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})(?: ?(?P<half>[ap])\.? ?m\.?)?"
_BETWEEN = r",?(?: (?:à|at|um|om|às|a las|alle)(?: ore)?)? "
_DATES = (
    re.compile(rf"(?P<word>[^\W\d]+)\.? (?P<day>\d{{1,2}}), (?P<year>\d{{4}}){_BETWEEN}{_TIME}"),
    re.compile(
        rf"(?P<day>\d{{1,2}})\.? (?:de )?(?P<word>[^\W\d]+)\.?(?: de)? (?P<year>\d{{4}}){_BETWEEN}{_TIME}"
    ),
    re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}}){_BETWEEN}{_TIME}"),
)
_DAY_FIRST = re.compile(
    rf"(?P<day>\d{{1,2}})[./-](?P<month>\d{{1,2}})[./-](?P<year>\d{{4}}){_BETWEEN}{_TIME}"
)


@dataclass(frozen=True)
class Language:
    """The words of one language, folded. `columns`: by folded name, its English name."""

    code: str
    decimal: str
    columns: dict[str, str]
    months: dict[str, int]
    months_also: dict[str, int]
    sports: dict[str, str]


@dataclass(frozen=True)
class Header:
    """The language of an export, and for each English name the columns that hold it, in their order."""

    language: Language
    places: dict[str, list[int]]
    width: int
    missing: tuple[str, ...]


def folded(text: str) -> str:
    """Text as it is compared: one form of letters, apostrophes and blanks, no case."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("\ufeff", "")
    return " ".join(text.split()).casefold()


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = json.loads(WORDS.read_text(encoding="utf-8"))
    return words


@cache
def languages() -> tuple[Language, ...]:
    """All languages that we know."""
    found = []
    for code, words in _words()["languages"].items():
        found.append(
            Language(
                code=code,
                decimal=words["decimal"],
                columns={
                    folded(name): english for english, names in words["columns"].items() for name in names
                },
                months={folded(name): number for number, name in enumerate(words["months"], 1)},
                months_also={folded(name): number for name, number in words["months_also"].items()},
                sports={folded(name): sport for sport, names in words["types"].items() for name in names},
            )
        )
    return tuple(found)


def understand(header: Sequence[str]) -> Header:
    """The meaning of a header; UsageProblem when it is in no language that we know."""
    names = [folded(name) for name in header]
    fitting = [
        language
        for language in languages()
        if {language.columns[name] for name in names if name in language.columns}.issuperset(ESSENTIAL)
    ]
    if not fitting:
        known = {name for language in languages() for name in language.columns}
        unknown = [one_line(name, 40) for name in header if folded(name) not in known]
        raise UsageProblem(
            "The columns of activities.csv are in no language that we know: "
            + ", ".join(repr(name) for name in unknown[:SHOWN_NAMES]),
            "Set Strava's language to English, ask for the export once more, and import the file as Strava sent it.",
        )
    language = max(fitting, key=lambda language: sum(name in language.columns for name in names))
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if name in language.columns:
            places.setdefault(language.columns[name], []).append(place)
    usual: dict[str, list[int]] = _words()["places"]
    if _places_proven(names, places, usual):
        for english, wanted in usual.items():
            if english not in places and max(wanted) <= LAST_PROVEN_PLACE:
                places[english] = wanted
    missing = tuple(english for english in usual if english not in places)
    return Header(language, places, len(names), missing)


def _places_proven(names: list[str], places: dict[str, list[int]], usual: dict[str, list[int]]) -> bool:
    """Whether the columns stand as always: names repeat in their places, and no known name is elsewhere."""
    if len(names) <= LAST_PROVEN_PLACE:
        return False
    repeats = all(names[first] == names[second] for first, second in _words()["repeats"])
    return repeats and all(usual[english][: len(found)] == found for english, found in places.items())


def sport_of(told: str, language: Language) -> str:
    """The API's name of a sport; the text itself where it is unknown."""
    if told_in_language := language.sports.get(folded(told)):
        return told_in_language
    letters = _letters(told)
    return next((sport for sport in _words()["sport_types"] if sport.casefold() == letters), told)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", folded(text))


def number_of(text: str, language: Language, raw: bool = True) -> float | None:
    """A number, or None when the text is none or could mean two.

    `raw` columns have a decimal point in every language; others are written as the language does, and there 1.500
    may be either.
    """
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if _PLAIN.fullmatch(text):
        if not raw and language.decimal == "," and re.fullmatch(r"[+-]?\d{1,3}\.\d{3}", text):
            return None
        value = float(text)
    elif _GROUPED[language.decimal].fullmatch(text):
        group = "," if language.decimal == "." else "."
        value = float(text.replace(group, "").replace(" ", "").replace(",", "."))
    else:
        return None
    return value if math.isfinite(value) else None


def moment_of(text: str, language: Language) -> datetime | None:
    """The moment (UTC) that a date names, or None when it cannot be read for certain.

    A month in digits is believed only where the language writes the day first; 5/6/2022 in English may be either.
    """
    text = folded(text)
    forms = _DATES if language.code == "en" else (*_DATES, _DAY_FIRST)
    match = next((found for form in forms if (found := form.fullmatch(text))), None)
    if match is None:
        return None
    parts = match.groupdict()
    month = _month(parts["word"], language) if parts.get("word") else int(parts["month"])
    hour = int(parts["hour"])
    if parts["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if parts["half"] == "p" else 0)
    if month is None:
        return None
    try:
        return datetime(
            int(parts["year"]),
            month,
            int(parts["day"]),
            hour,
            int(parts["minute"]),
            int(parts["second"]),
            tzinfo=UTC,
        )
    except ValueError:
        return None


def _month(word: str, language: Language) -> int | None:
    """The month that a word names or begins; None when that is none, or more than one."""
    if word in language.months_also:
        return language.months_also[word]
    begun = {number for name, number in language.months.items() if name.startswith(word)}
    return begun.pop() if len(begun) == 1 and len(word) >= MONTH_LETTERS else None
