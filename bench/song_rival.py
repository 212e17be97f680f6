"""The rival of the song search: PostgreSQL with pg_trgm and a GIN index, as its documentation advises.

The same tracks, plays and classes; text in lower case and without accents, as `unaccent` would make it, so that this
costs it nothing. Which operator and threshold serve best is not known beforehand: the development half of the
questions chooses among them, and the one with the most right answers is measured.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from bench.song_queries import without_accents
from tests.servers import Postgres

SETTINGS = (
    "shared_buffers=512MB", "work_mem=64MB", "effective_cache_size=2GB", "random_page_cost=1.1",
    "max_parallel_workers_per_gather=1", "jit=off",
)  # fmt: skip
SCHEMA = """
CREATE EXTENSION pg_trgm;
CREATE TABLE tracks (track_no int PRIMARY KEY, title text, artist_names text[], plays int, words text);
CREATE TABLE rides (ride_no int PRIMARY KEY, ride_id text, title text, instructor text, discipline text,
    duration_s int, aired timestamptz);
CREATE TABLE plays (track_no int, ride_no int, start_offset_s int);
"""
INDEXES = """
CREATE INDEX track_words ON tracks USING gin (words gin_trgm_ops);
CREATE INDEX plays_of_track ON plays (track_no);
"""
# Candidates by the index, best first; the documentation's own form for searching in longer texts, and for whole ones.
MATCHED = {
    "word_similarity": "SELECT *, word_similarity(%(text)s, words) AS score FROM tracks WHERE %(text)s <%% words"
    " ORDER BY %(text)s <<-> words, similarity(%(text)s, words) DESC, plays DESC",
    "strict_word_similarity": "SELECT *, strict_word_similarity(%(text)s, words) AS score FROM tracks"
    " WHERE %(text)s <<%% words ORDER BY %(text)s <<<-> words, similarity(%(text)s, words) DESC, plays DESC",
    "similarity": "SELECT *, similarity(%(text)s, words) AS score FROM tracks WHERE words %% %(text)s"
    " ORDER BY words <-> %(text)s, plays DESC",
}
HITS = """
SELECT m.title, m.artist_names, r.ride_id, r.title, r.instructor, r.aired, r.duration_s, p.start_offset_s, m.score
FROM ({matched}) AS m
JOIN plays AS p USING (track_no)
JOIN rides AS r USING (ride_no)
WHERE (%(discipline)s::text IS NULL OR r.discipline = %(discipline)s)
    AND (%(duration_s)s::int IS NULL OR r.duration_s = %(duration_s)s)
    AND (%(since)s::timestamptz IS NULL OR r.aired >= %(since)s)
ORDER BY m.score DESC, m.plays DESC, r.aired DESC
LIMIT 10
"""


@dataclass(frozen=True)
class Way:
    """An operator of pg_trgm and its threshold."""

    operator: str
    threshold: float


WAYS = [
    *(Way("word_similarity", threshold) for threshold in (0.3, 0.45, 0.6)),
    Way("strict_word_similarity", 0.35),
    *(Way("similarity", threshold) for threshold in (0.15, 0.3)),
]


class LocalPostgres(Postgres):
    """A private server with room to keep everything in memory."""

    def run(self) -> subprocess.Popen[bytes]:
        settings = [*SETTINGS, "listen_addresses=127.0.0.1", f"port={self.port}", "unix_socket_directories="]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [
                    self.program("postgres"),
                    "-D",
                    self.folder / "data",
                    *(w for s in settings for w in ("-c", s)),
                ],
                user=self.user,
                stdout=log,
                stderr=log,
            )


class Rival:
    """A loaded, analysed and warm database."""

    def __init__(self, url: str, warehouse: Path) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(SCHEMA)
        with duckdb.connect(warehouse, read_only=True) as source:
            self._load("tracks", source, "SELECT track_no, title, artist_names, plays FROM peloton.tracks")
            self._load(
                "rides", source,
                "SELECT row_number() OVER (ORDER BY t.ride_id), t.ride_id, r.title, i.name, r.fitness_discipline,"
                " r.duration_s, r.original_air_time FROM peloton.ride_plays AS t JOIN peloton.rides AS r"
                " USING (ride_id) LEFT JOIN peloton.instructors AS i USING (instructor_id)",
            )  # fmt: skip
            self._load(
                "plays", source,
                "SELECT track_no, ride_no, start_offset_s FROM (SELECT unnest(track_ids) AS track_id,"
                " row_number() OVER (ORDER BY ride_id) AS ride_no, unnest(start_offsets_s) AS start_offset_s"
                " FROM peloton.ride_plays) JOIN peloton.tracks USING (track_id)",
            )  # fmt: skip
        self.connection.execute(INDEXES)
        self.connection.execute("ANALYZE")
        self.way = WAYS[0]

    def _load(self, table: str, source: duckdb.DuckDBPyConnection, query: str) -> None:
        with self.connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for row in source.execute(query).fetchall():
                if table == "tracks":
                    words = without_accents(" ".join([row[1], *row[2]])).lower()
                    row = (*(_storable(value) for value in row), _storable(words))
                copy.write_row(row)

    def choose(self, way: Way) -> None:
        """Search by this operator from now on."""
        self.way = way
        self.connection.execute(f"SET pg_trgm.{way.operator}_threshold = {way.threshold}")

    def tracks(self, text: str) -> list[tuple[str, list[str]]]:
        """Title and artists of the ten best tracks."""
        query = f"SELECT title, artist_names FROM ({MATCHED[self.way.operator]} LIMIT 10) AS m"
        return self.connection.execute(query, {"text": _typed(text)}).fetchall()

    def hits(self, text: str, filters: dict[str, Any]) -> Sequence[Any]:
        """The ten best hits that pass the filters."""
        query = HITS.format(matched=f"{MATCHED[self.way.operator]} LIMIT 200")
        minutes = filters.get("minutes")
        values = {"text": _typed(text), "discipline": filters.get("discipline"), "since": filters.get("since"),
                  "duration_s": 60 * minutes if minutes else None}  # fmt: skip
        return self.connection.execute(query, values).fetchall()

    def index_bytes(self) -> int:
        """Size of the GIN index."""
        row = self.connection.execute("SELECT pg_relation_size('track_words')").fetchone()
        return int(row[0]) if row else 0


def _typed(text: str) -> str:
    return _storable(without_accents(text).lower())


def _storable(value: Any) -> Any:
    """PostgreSQL refuses NUL in texts."""
    if isinstance(value, list):
        return [_storable(each) for each in value]
    return value.replace("\0", "") if isinstance(value, str) else value
