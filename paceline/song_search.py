"""The song search of a program that stays open: classes that play a song, best first, with all filters.

`SongSearch.open(warehouse).find(Question("silvr harbor", minutes=[30]))` gives the hits. One published warehouse is
held in memory; the tracks found are those of `peloton.find_songs`, with the same scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import duckdb
import polars as pl

from paceline.song_filters import Question, RideFilters
from paceline.song_index import ALBUM, ARTIST, MAIN_TITLE, VERSION, SongIndex
from paceline.song_plays import Plays
from resources.duckdb_session import BEGIN
from resources.errors import StorageProblem
from resources.warehouse import open_warehouse

SQL = Path(__file__).with_name("sql")
LEAST_FIT = 75  # of 100 letters of an artist, title or album that was asked for
SIGNS_FIT = 90
NEXT_CLASS = 3  # hundredths that each further class of a song counts less when the list is cut
FIELDS = {"artist": (ARTIST,), "title": (MAIN_TITLE, VERSION), "album": (ALBUM,)}
SHOWN = (
    "track_title", "artist_names", "album_name", "ride_id", "ride_title", "instructor_name", "fitness_discipline",
    "duration_s", "air_time", "start_offset_s", "score", "why", "plays", "classes", "is_explicit", "difficulty",
    "language", "power_zone_kind", "last_taken",
)  # fmt: skip

Hit = dict[str, Any]


def _read(connection: duckdb.DuckDBPyConnection, *names: str) -> list[pl.DataFrame]:
    """Rows of `sql/song_<name>.sql`, asked side by side: making a frame of rows is the work of one core."""

    def read(name: str) -> pl.DataFrame:
        own = connection.cursor()
        # A missing table must not be looked for among our variables.
        own.execute(f"{BEGIN}; SET python_enable_replacements = false")
        return pl.DataFrame(own.sql((SQL / f"song_{name}.sql").read_text()))

    with ThreadPoolExecutor(len(names)) as threads:
        return list(threads.map(read, names))


class SongSearch:
    """The songs of one published warehouse."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        try:
            rides, taken, tracks, terms = _read(connection, "rides", "rides_taken", "tracks", "terms")
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise StorageProblem(
                "The warehouse holds no songs that can be searched",
                "Run `paceline sync peloton`, or `paceline rebuild` if an older version built it.",
            ) from error
        self._index = SongIndex(tracks, terms)
        # Sorted here and not there: polars takes a third of the time for it.
        rides = rides.sort("air_time", "ride_id", descending=[True, False], nulls_last=True)
        rides = rides.with_row_index("ride_no")
        plays = rides.select("ride_no", "track_id", "start_offset_s")
        # Those in the newest classes come first.
        self._plays = Plays(plays.explode("track_id", "start_offset_s"), self._index.tracks["track_id"])
        self._shown_tracks = self._index.tracks.drop("track_no", "track_id", "popularity")
        self._filters = RideFilters(rides.drop("track_id", "start_offset_s"), taken, self._index)
        self._heard = lru_cache(8)(self._count_heard)

    @classmethod
    def open(cls, warehouse: Path) -> Self:
        """Read what the search needs from a published warehouse."""
        with open_warehouse(warehouse) as connection:
            return cls(connection)

    def find(self, question: Question, limit: int = 10) -> tuple[list[Hit], int]:
        """The best hits, and how many there are in all."""
        plays = self._plays_of(self._tracks(question), question)
        hits = plays.join(self._filters.rides_that_pass(question), on="ride_no", maintain_order="left")
        if question.longest_ago:
            hits = hits.sort("last_taken", nulls_last=False, maintain_order=True)
        found = hits.with_columns(nth_class=pl.int_range(pl.len()).over("track_no"))
        order = {"popularity": True, "mine": True, "track_no": False, "nth_class": False}
        # A song played everywhere shall not hide the next one, which may be the one that was meant.
        spread = pl.col("score") - NEXT_CLASS * pl.col("nth_class")
        cut = found.lazy().sort(spread, *order, descending=[True, *order.values()]).head(limit)
        shown = cut.sort("score", *order, descending=[True, *order.values()]).collect(engine="in-memory")
        tracks = self._shown_tracks[shown["track_no"] - 1]
        classes = self._filters.classes(shown["ride_no"])
        told = pl.concat([shown, tracks, classes], how="horizontal").select(SHOWN).rows(named=True)
        return [hit | {"score": hit["score"] / 100} for hit in told], found.height

    def words(self, text: str) -> list[str]:
        """The words that a question is read as."""
        return self._index.words(text)

    def tracks(self, text: str, limit: int = 10) -> list[tuple[str, list[str]]]:
        """Title and artists of the tracks that some words mean, best first, whatever plays them."""
        found = self._tracks(Question(text)).sort("score", "track_no", descending=[True, False]).head(limit)
        tracks = self._index.tracks[found["track_no"] - 1]
        return tracks.select("track_title", "artist_names").rows()

    def _tracks(self, question: Question) -> pl.DataFrame:
        """Tracks that the words mean and that the names fit, or all: `track_no, score, why`."""
        found = None
        if question.text is not None:
            words = self._index.meant(self._index.words(question.text))
            found = self._index.score(self._index.find(words), words)
        for name, parts in FIELDS.items():
            asked = getattr(question, name)
            if asked is None:
                continue
            named = self._named(asked, parts)
            if found is None:
                found = named.with_columns(why=pl.lit("filters"))
            elif question.text is not None:
                found = found.join(named, on="track_no", how="semi")
            else:  # of several names the one that fits worst counts
                both = found.join(named, on="track_no", suffix="_too")
                found = both.select("track_no", "why", score=pl.min_horizontal("score", "score_too"))
        if found is None:  # only classes are chosen: everything they play
            found = self._index.tracks.select("track_no", score=pl.lit(100, pl.Int64), why=pl.lit("filters"))
        return found.select("track_no", "score", "why")

    def _named(self, asked: str, parts: Sequence[int]) -> pl.DataFrame:
        """Tracks whose artist, title or album is about what was asked for: `track_no, score`."""
        words = self._index.words(asked)
        if words:
            found = self._index.find(words, parts)
            fit = found.select("track_no", score=pl.col("said") // sum(map(len, words)))
            return fit.filter(pl.col("score") >= LEAST_FIT)
        # Nothing but signs, such as !?! and % are names too.
        tracks = self._index.tracks
        text = {ARTIST: tracks["artist_names"].list.join(" "), ALBUM: tracks["album_name"]}.get(
            parts[0], tracks["track_title"]
        )
        held = tracks.filter(text.str.contains(asked.strip(), literal=True).fill_null(False))
        return held.select("track_no", score=pl.lit(SIGNS_FIT, pl.Int64))

    def _plays_of(self, tracks: pl.DataFrame, question: Question) -> pl.DataFrame:
        """All plays of tracks, those in the newest classes first; only what they are ordered by."""
        known = self._index.tracks.select("track_id", "popularity", "is_explicit")[tracks["track_no"] - 1]
        tracks = pl.concat([tracks, known], how="horizontal")
        if question.explicit is not None:
            marked = pl.col("is_explicit").fill_null(False)
            tracks = tracks.filter(marked if question.explicit else ~marked)
        heard = self._heard(question.username)
        asked = tracks.join(heard, on="track_id", how="left", maintain_order="left")
        return self._plays.of(asked.with_columns(pl.col("mine").fill_null(0)).drop("is_explicit"))

    def _count_heard(self, username: str | None) -> pl.DataFrame:
        """How often a member heard each track: `track_id, mine`."""
        return self._plays.count(self._filters.taken_by(username))
