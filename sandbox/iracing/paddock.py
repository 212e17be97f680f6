"""Everything that is true in the iRacing stand-in: series, their seasons of all years, and the day it is.

`today` does not move by itself: the same options give the same documents on any day they are asked for.
A season's id grows with its quarter and is shared by all series, as the real ones are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sandbox.iracing.catalogue import build_catalogue
from sandbox.iracing.patterns import KINDS, QUARTER_DAYS, PlannedWeek, Start, starts_of
from sandbox.iracing.quarters import Quarter
from sandbox.iracing.seasons import Season
from sandbox.iracing.series import Series, make_series
from sandbox.peloton.seeds import Seeds

FIRST_QUARTER = Quarter(2008, 1)
FIRST_YEAR_OF_LONG_SEASONS = 2014
LETTERS = ("A", "B", "C")


class Paddock:
    """The seasons, active and past, and the questions that documents ask about them."""

    def __init__(self, seeds: Seeds, series_count: int, today: date) -> None:
        self.seeds = seeds
        self.today = today
        self.catalogue = build_catalogue(seeds)
        self.series = make_series(seeds, self.catalogue, series_count, self.quarter)
        self.series_by_id = {series.series_id: series for series in self.series}
        self.hidden_series: set[int] = set()
        self.seasons: dict[int, Season] = {}
        for series in self.series:
            for season in self._history(series):
                self.seasons[season.season_id] = season

    @property
    def quarter(self) -> Quarter:
        return Quarter.containing(self.today)

    def active(self) -> list[Season]:
        """By id, as the service lists them."""
        return [season for _, season in sorted(self.seasons.items()) if season.active]

    def seasons_of(self, series_id: int) -> list[Season]:
        """All seasons of a series, the newest first."""
        return [s for _, s in sorted(self.seasons.items(), reverse=True) if s.series.series_id == series_id]

    def season(self, season_id: int) -> Season:
        if season_id not in self.seasons:
            raise ValueError(f"no such season: {season_id}")
        return self.seasons[season_id]

    def starts(self, begin: datetime, end: datetime) -> list[tuple[Start, Season, int]]:
        """Every start of the active seasons in [begin, end) with its week, the earliest first."""
        found = [
            (start, season, week["race_week_num"])
            for season in self.active()
            for week in season.weeks
            for start in starts_of(week["race_time_descriptors"])
            if begin <= start.at < end
        ]
        return sorted(found, key=lambda row: (row[0].at, row[1].season_id, row[0].is_super))

    # -------------------------------------------------------------- changes

    def add_season(self, series_id: int, kind: str, start: date) -> Season:
        """One more active season of a series, racing as another kind does if asked to."""
        if series_id not in self.series_by_id:
            raise ValueError(f"no such series: {series_id}")
        if kind not in KINDS:
            raise ValueError(f"no such kind of season: {kind!r}; known: {', '.join(KINDS)}")
        planned = KINDS[kind](self.seeds.random("iracing-added", len(self.seasons)), start)
        season_id = max(self.seasons, default=0) + 1
        return self._put(self.series_by_id[series_id], self.quarter, season_id, planned)

    def roll_over(self) -> list[Season]:
        """The next quarter begins: what is over ends, and every series that ended has a new season."""
        self.today += timedelta(days=QUARTER_DAYS)
        new = []
        for season in self.active():
            last = max(start.at for start in starts_of(season.weeks[-1]["race_time_descriptors"]))
            if last.date() < self.quarter.start:
                season.active = False
                if season.series.kind != "tour":
                    new.append(self._put(season.series, self.quarter, self._id(season.series, self.quarter)))
        return new

    def _put(
        self, series: Series, quarter: Quarter, season_id: int, planned: Sequence[PlannedWeek] | None = None
    ) -> Season:
        while season_id in self.seasons:
            season_id += 1
        season = Season(self.seeds, self.catalogue, series, quarter, season_id, "", True, planned)
        self.seasons[season_id] = season
        return season

    # -------------------------------------------------------------- how it all began

    def _id(self, series: Series, quarter: Quarter, place: int = 0) -> int:
        seasons_a_quarter = len(self.series) * len(LETTERS)
        since = quarter.number - FIRST_QUARTER.number
        return 100 + since * seasons_a_quarter + series.number * len(LETTERS) + place

    def _history(self, series: Series) -> Iterator[Season]:
        first = max(series.first, FIRST_QUARTER)
        last = series.last or self.quarter
        for number in range(first.number, last.number + 1):
            quarter = Quarter.of_number(number)
            if series.kind == "tour" and quarter.quarter != 1:
                continue
            is_short = quarter.year < FIRST_YEAR_OF_LONG_SEASONS and series.kind != "tour"
            for place, letter in enumerate(LETTERS if is_short else ("",)):
                season_id = self._id(series, quarter, place)
                season = Season(self.seeds, self.catalogue, series, quarter, season_id, letter)
                is_of_now = (
                    quarter.year == self.quarter.year if series.kind == "tour" else number == last.number
                )
                season.active = series.last is None and is_of_now
                yield season
