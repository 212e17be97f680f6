"""The filters of the song search: which classes may be hits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Self

import polars as pl

from paceline.song_index import SongIndex, alike_by_slips, alike_in_part, most_slips, slips

LEAST_FIT = 75  # of 100 letters of a name that was asked for
# What people call disciplines that the provider calls otherwise.
OTHER_NAMES = {
    "rowing": "caesar",
    "row bootcamp": "caesar_bootcamp",
    "tread bootcamp": "circuit",
    "bootcamp": "circuit",
    "bike": "cycling",
}


@dataclass(frozen=True)
class Question:
    """What is looked for; None or nothing lets everything pass. Names may be misspelt, or a part of one.

    `taken` and its fellows speak of the member `username`, or of all members when it is None.
    """

    text: str | None = None
    artist: str | None = None
    title: str | None = None
    album: str | None = None
    instructor: Sequence[str] = ()
    not_instructor: Sequence[str] = ()
    discipline: str | None = None
    minutes: Sequence[int] = ()
    difficulty: str | None = None
    language: str | None = None
    zone: str | None = None
    since: date | None = None
    until: date | None = None
    explicit: bool | None = None
    taken: bool | None = None
    not_taken_since: date | None = None
    longest_ago: bool = False
    username: str | None = None

    @classmethod
    def of(cls, text: str | None, filters: Mapping[str, Any]) -> Self:
        """A question of words and filters as a form or an address gives them: one value or several, days as text."""
        given = {name: value for name, value in filters.items() if value is not None}
        for name in ("instructor", "not_instructor", "minutes"):
            if name in given and isinstance(given[name], str | int):
                given[name] = (given[name],)
        for name in ("since", "until", "not_taken_since"):
            if isinstance(given.get(name), str):
                given[name] = date.fromisoformat(given[name])
        return cls(text=text, **given)


class RideFilters:
    """The classes that play songs, and who took them when."""

    def __init__(self, rides: pl.DataFrame, taken: pl.DataFrame, index: SongIndex) -> None:
        self._rides, self._index = rides, index
        self._shown = rides.drop("ride_no", "individual_instructor_ids")
        self._taken = taken.join(rides.select("ride_id", "ride_no"), on="ride_id")
        self._co_led = rides.select("ride_no", "individual_instructor_ids").explode(
            "individual_instructor_ids"
        )
        persons = rides.select("instructor_id", "instructor_name").unique()
        self._instructors: dict[str, str] = dict(persons.drop_nulls().rows())
        self._names = {
            column: tuple(sorted(rides[column].drop_nulls().unique()))
            for column in ("fitness_discipline", "difficulty", "language", "power_zone_kind")
        }
        # Asked for again and again; a page may be asked for any name.
        self._fitting: Callable[[str, tuple[str, ...]], dict[str, int]] = lru_cache(1_000)(self._compare)
        self._rides_with_history = lru_cache(8)(self._add_history)

    def taken_by(self, username: str | None) -> pl.DataFrame:
        """Classes a member took, or anybody: `ride_no, last_taken, times`."""
        mine = self._taken if username is None else self._taken.filter(pl.col("username") == username)
        return mine.group_by("ride_no").agg(pl.col("last_taken").max(), pl.col("times").sum())

    def _add_history(self, username: str | None) -> pl.DataFrame:
        return self._rides.join(
            self.taken_by(username).drop("times"), on="ride_no", how="left", maintain_order="left"
        )

    def rides_that_pass(self, question: Question) -> pl.DataFrame:
        """The classes that pass all filters: `ride_no, last_taken`."""
        conditions: list[pl.Expr] = []
        for column, asked in (
            ("fitness_discipline", question.discipline),
            ("difficulty", question.difficulty),
            ("language", question.language),
            ("power_zone_kind", question.zone),
        ):
            if asked is not None:
                fitting = self._fitting(asked, self._names[column])
                best = max(fitting.values(), default=0)
                conditions.append(pl.col(column).is_in([n for n, fit in fitting.items() if fit == best]))
        if question.instructor:
            conditions.append(self._led_by(question.instructor))
        if question.not_instructor:
            conditions.append(~self._led_by(question.not_instructor))
        if question.minutes:
            conditions.append(pl.col("duration_s").is_in([60 * minutes for minutes in question.minutes]))
        if question.since:
            conditions.append(pl.col("air_time") >= _start(question.since))
        if question.until:
            conditions.append(pl.col("air_time") < _start(question.until))
        if question.taken is not None:
            conditions.append(pl.col("last_taken").is_not_null() == question.taken)
        if question.not_taken_since:
            conditions.append(~(pl.col("last_taken") >= _start(question.not_taken_since)).fill_null(False))
        rides = self._rides_with_history(question.username).lazy().filter(*conditions)
        return rides.select("ride_no", "last_taken").collect(engine="in-memory")

    def classes(self, numbers: pl.Series) -> pl.DataFrame:
        """What is shown of these classes, in their order."""
        return self._shown[numbers]

    def _led_by(self, asked: Sequence[str]) -> pl.Expr:
        names = tuple(sorted({*self._instructors.values()}))
        wanted = {name for one in asked for name in self._fitting(one, names)}
        ids = [person for person, name in self._instructors.items() if name in wanted]
        together = self._co_led.filter(pl.col("individual_instructor_ids").is_in(ids))["ride_no"]
        return pl.col("instructor_id").is_in(ids).fill_null(False) | pl.col("ride_no").is_in(
            together.to_list()
        )

    def _compare(self, asked: str, names: tuple[str, ...]) -> dict[str, int]:
        """Which of these names are about what was asked for, and how well they fit, to 100."""
        wanted = self._index.words(asked)
        if not wanted:
            return {}
        spoken = [(name, name) for name in names] + [
            (other, name) for other, name in OTHER_NAMES.items() if name in names
        ]
        given = [self._index.words(said.replace("_", " ")) for said, _ in spoken]
        fits: dict[str, int] = {}
        for (_, name), words in zip(spoken, given, strict=True):
            found = 0
            for word in wanted:
                alike = [0]
                for other in words:
                    count = slips(word, other)
                    if count <= most_slips(word, False):
                        alike.append(alike_by_slips(word, other, count))
                    if other.startswith(word):
                        alike.append(alike_in_part(word, other))
                found += len(word) * max(alike)
            # "row" is all of "row", and half of "row bootcamp": the closest name wins where only one is wanted.
            fit = found // sum(map(len, wanted))
            if fit >= LEAST_FIT:
                extra = sum(map(len, words)) - sum(map(len, wanted))
                fits[name] = max(fits.get(name, 0), fit - (extra > 0))
        return fits


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
