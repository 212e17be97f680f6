"""Song search, measured: how often the right track is among the first ten, and how long an answer takes.

    .venv/bin/python -m bench.songs [--tracks 3000 50000] [--per-kind 100]

Libraries and questions are invented and seeded (tests/paceline/invented_songs.py), so that every run asks the
same. A track counts as right when its title is the wanted one and, where the question names the artist, the
artist too; "nonsense" is random letters, and counts the questions that rightly found nothing.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from resources.warehouse import open_warehouse
from tests.paceline.invented_songs import (
    LETTERS,
    Query,
    build_warehouse,
    invent_classes,
    invent_tracks,
    is_right,
    make_queries,
)

PLAYS_PER_TRACK = 6
FIRST = 10
WARM_UP = 5
THREADS = 2


@dataclass
class Figures:
    """What came of the questions of one kind."""

    asked: int = 0
    first: int = 0
    in_ten: int = 0
    milliseconds: list[float] = field(default_factory=list)


def measure(connection: duckdb.DuckDBPyConnection, queries: list[Query]) -> dict[str, Figures]:
    """Ask `peloton.find_songs` every question once."""
    for query in queries[:WARM_UP]:
        _ask(connection, query.text)
    kinds: dict[str, Figures] = {}
    for query in queries:
        figures = kinds.setdefault(query.kind, Figures())
        start = time.perf_counter()
        found = _ask(connection, query.text)
        figures.milliseconds.append(1000 * (time.perf_counter() - start))
        right = [is_right(query, title, artists) for title, artists in found]
        figures.asked += 1
        figures.first += right[:1] == [True]
        figures.in_ten += any(right)
    return kinds


def measure_nonsense(connection: duckdb.DuckDBPyConnection, count: int, seed: int = 17) -> Figures:
    """Words of random letters, one to three of them, for which finding nothing is right."""
    rng = random.Random(seed)
    figures = Figures()
    for _ in range(count):
        words = ("".join(rng.choices(LETTERS, k=rng.randint(4, 9))) for _ in range(rng.randint(1, 3)))
        start = time.perf_counter()
        found = _ask(connection, " ".join(words))
        figures.milliseconds.append(1000 * (time.perf_counter() - start))
        figures.asked += 1
        figures.first += not found
        figures.in_ten += not found
    return figures


def _ask(connection: duckdb.DuckDBPyConnection, text: str) -> list[tuple[str, list[str]]]:
    return connection.execute(
        f"SELECT title, artist_names FROM peloton.find_songs($query) LIMIT {FIRST}", {"query": text}
    ).fetchall()


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of all lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    """Build, ask and print, for every size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, nargs="+", default=[3_000, 50_000])
    parser.add_argument("--per-kind", type=int, default=100)
    options = parser.parse_args()
    for count in options.tracks:
        tracks = invent_tracks(count)
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            warehouse = build_warehouse(Path(folder), invent_classes(tracks, count * PLAYS_PER_TRACK))
            seconds = time.perf_counter() - start
            with open_warehouse(warehouse) as connection:
                connection.execute(f"SET threads = {THREADS}")
                kinds = measure(connection, make_queries(tracks, options.per_kind))
                kinds["nonsense: nothing"] = measure_nonsense(connection, options.per_kind)
        print(
            f"\n{count:,} tracks, {count * PLAYS_PER_TRACK:,} plays, built in {seconds:.1f} s, {THREADS} threads"
        )
        print(f"{'kind':22}{'asked':>6}{'first':>9}{'in ten':>9}{'p50 ms':>9}{'p95 ms':>9}")
        for kind, figures in kinds.items():
            print(
                f"{kind:22}{figures.asked:6}{figures.first / figures.asked:9.1%}"
                f"{figures.in_ten / figures.asked:9.1%}"
                f"{percentile(figures.milliseconds, 0.5):9.1f}{percentile(figures.milliseconds, 0.95):9.1f}"
            )
        every = [value for figures in kinds.values() for value in figures.milliseconds]
        print(f"{'all':22}{len(every):6}{'':18}{percentile(every, 0.5):9.1f}{percentile(every, 0.95):9.1f}")


if __name__ == "__main__":
    main()
