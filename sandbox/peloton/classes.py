"""One class of the library: what is fixed about it before any payload is written.

Everything follows from the seed, the class's number and its time. The oddities that real answers
show are dealt out by number, so that even a small library has some of each; the table below says
how often.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from typing import Any

from sandbox.peloton.instructors import RETIRED_SINCE_YEAR, Faculty, Instructor
from sandbox.peloton.kinds import KINDS, ClassKind, type_key_in
from sandbox.peloton.seeds import Seeds
from sandbox.peloton.words import HOSTILE_TEXTS, THEMES

EARLIEST_AIR_S = 600
LIVE_SHARE = 0.7
GERMAN_SHARE, SPANISH_SHARE = 0.08, 0.04
EXPLICIT_SHARE = 0.25

ODDITIES: dict[str, tuple[int, int]] = {  # name: (one class in so many, the first)
    "hostile_title": (41, 5),
    "null_instructor": (181, 17),
    "missing_instructor": (191, 31),
    "no_class_types": (173, 43),
    "thin": (151, 29),
    "unavailable": (113, 23),
    "unlisted": (211, 97),
    "details_gone": (149, 61),
    "dashed_id": (137, 13),
    "group": (103, 7),
    "co_taught": (107, 11),
    "playlist_missing": (127, 19),
    "playlist_null": (131, 37),
    "playlist_empty": (139, 47),
    "playlist_hidden": (109, 53),
    "song_twice": (71, 3),
}

ORDER_FIELDS = {"scheduled_start_time": "scheduled_start_s", "original_air_time": "air_time_s"}


@dataclass(slots=True)
class PelotonClass:
    number: int
    id: str
    kind: ClassKind
    title: str
    minutes: int
    scheduled_start_s: int
    air_time_s: int
    instructor: Instructor | None
    individual_instructor_ids: tuple[str, ...]
    class_type_keys: tuple[str, ...]
    series_id: str
    language: str
    is_explicit: bool
    oddities: frozenset[str]
    listed: bool
    edits: dict[str, Any] = field(default_factory=dict)
    """What `POST /_sandbox/edit` changed: dotted path to value, over whatever was made here."""

    def edit(self, fields: dict[str, Any]) -> None:
        """Change ride fields; those that decide the order of the list change the class itself."""
        for path, value in fields.items():
            if path in ORDER_FIELDS:
                setattr(self, ORDER_FIELDS[path], int(value))
            else:
                self.edits[path] = value

    @property
    def duration_s(self) -> int:
        return self.minutes * 60

    @property
    def year(self) -> int:
        return _year(self.scheduled_start_s)

    @property
    def is_prenatal(self) -> bool:
        return self.kind.type_key == "prenatal"

    @property
    def details_served(self) -> bool:
        return "details_gone" not in self.oddities


@cache
def _year_starts() -> tuple[int, ...]:
    return tuple(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in range(1970, 2200))


def _year(time_s: int) -> int:
    return 1969 + bisect(_year_starts(), time_s)


@cache
def _kinds_in(year: int, only: str) -> tuple[list[ClassKind], list[float]]:
    kinds = [
        kind
        for kind in KINDS
        if kind.since <= year <= kind.until and f"{kind.discipline}/{kind.type_key}".startswith(only)
    ]
    if not kinds:
        raise ValueError(f"no class of kind {only!r} in {year}")
    return kinds, list(accumulate(kind.share for kind in kinds))


def oddities_of(number: int) -> frozenset[str]:
    return frozenset(name for name, (every, first) in ODDITIES.items() if number % every == first)


def make_class(
    seeds: Seeds, faculty: Faculty, number: int, scheduled_start_s: int, only: str = ""
) -> PelotonClass:
    """The class with this number at this time; the same arguments give the same class.

    `only` narrows the kind to a discipline or a class type: `cycling`, `cycling/power_zone`.
    """
    rng = seeds.random("class", number)
    year = _year(scheduled_start_s)
    kinds, shares = _kinds_in(year, only)
    kind = rng.choices(kinds, cum_weights=shares)[0]
    oddities = oddities_of(number)
    theme = rng.choice(THEMES)
    minutes = rng.choice(kind.minutes)
    title = kind.title.format(m=minutes, theme=theme)
    if "hostile_title" in oddities:
        title = HOSTILE_TEXTS[number // ODDITIES["hostile_title"][0] % len(HOSTILE_TEXTS)]
    is_live = not kind.is_scenic and rng.random() < LIVE_SHARE
    instructor, individuals = _teachers(rng.random(), faculty, kind, year, oddities)
    language_draw = rng.random()
    is_dashed = oddities & {"dashed_id", "details_gone"}
    return PelotonClass(
        number=number,
        id=seeds.dashed_id("class", number) if is_dashed else seeds.hex_id("class", number),
        kind=kind,
        title=title,
        minutes=minutes,
        scheduled_start_s=scheduled_start_s,
        air_time_s=scheduled_start_s - (rng.randint(1, EARLIEST_AIR_S) if is_live else 0),
        instructor=instructor,
        individual_instructor_ids=individuals,
        class_type_keys=() if "no_class_types" in oddities else (type_key_in(kind, year),),
        series_id=kind.series_id
        or seeds.hex_id("series", f"{kind.title}/{theme if kind.power_zone else ''}"),
        language="german"
        if language_draw < GERMAN_SHARE
        else "spanish"
        if language_draw < GERMAN_SHARE + SPANISH_SHARE
        else "english",
        is_explicit=rng.random() < EXPLICIT_SHARE,
        oddities=oddities,
        listed="unlisted" not in oddities,
    )


def _teachers(
    draw: float, faculty: Faculty, kind: ClassKind, year: int, oddities: frozenset[str]
) -> tuple[Instructor | None, tuple[str, ...]]:
    """Who teaches: nobody, one, a group, or one with the names of two."""
    if kind.is_scenic or "null_instructor" in oddities:
        return None, ()
    teachers = faculty.teachers(kind.discipline, with_retired=year < RETIRED_SINCE_YEAR)
    position = int(draw * len(teachers))
    if "group" in oddities:
        group = faculty.groups[int(draw * len(faculty.groups))]
        return group, group.member_ids
    if "co_taught" in oddities:
        return teachers[position], (teachers[position].id, teachers[position - 1].id)
    return teachers[position], ()
