"""The song search, measured on a million plays beside PostgreSQL with pg_trgm and a GIN index, in the same run.

    .venv/bin/python -m bench.songs [--plays 1000000] [--split final] [--folder FOLDER]

Right answers: whether a track that the question means (bench/song_queries.csv) is among the first ten tracks.
Latency: hits with filters on, of a search that stays open; the two are asked in turn, so that both meet the same
load, and ours once more with nobody beside it. The filters are those of a class that plays the song: its discipline,
its length, a day before it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.song_library import PLAYS, build_library, library_tracks
from bench.song_queries import KINDS, Question, plain, read_questions, said_title
from paceline.song_filters import Question as Filtered
from paceline.song_search import SongSearch
from peloton_assets.search_tables import build_search_tables
from peloton_assets.transform import SEARCH_TABLES, connect
from resources.lake import Lake
from resources.warehouse import open_warehouse
from tests.servers import postgres_folder

MONTHS_MUSIC = ("peloton.rides", "peloton.songs", "peloton.song_artists")
OURS, RIVAL = "paceline", "pg_trgm"
FIRST = 10
WARM_UP = 20
FRESH = 5
SEED = 31
FRESH_API = (
    "import sys, time; from pathlib import Path; from paceline.song_search import SongSearch;"
    "from paceline.song_filters import Question; began = time.perf_counter();"
    "SongSearch.open(Path(sys.argv[1])).find(Question('silver harbr'));"
    "print(1000 * (time.perf_counter() - began))"
)

Tracks = Sequence[tuple[str, Sequence[str]]]


@dataclass
class Figures:
    """What came of the questions."""

    asked: dict[str, int] = field(default_factory=dict)
    right: dict[str, int] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)

    def add(self, question: Question, found: Tracks) -> None:
        """Count an answer."""
        is_right = any(question.is_answered_by(title, artists) for title, artists in found[:FIRST])
        self.asked[question.kind] = self.asked.get(question.kind, 0) + 1
        self.right[question.kind] = self.right.get(question.kind, 0) + is_right

    def share(self, kind: str) -> str:
        """Right answers of a hundred."""
        return f"{100 * self.right[kind] / self.asked[kind]:.1f}"


def count_right(questions: Sequence[Question], search: Callable[[str], Tracks]) -> Figures:
    """Ask every question once; how many are answered."""
    figures = Figures()
    for question in questions:
        figures.add(question, search(question.text))
    return figures


def in_turn(
    questions: Sequence[tuple[str, dict[str, Any]]], searches: dict[str, Callable[[str, dict[str, Any]], Any]]
) -> dict[str, list[float]]:
    """Milliseconds of every question, asked of one search after the other."""
    times: dict[str, list[float]] = {name: [] for name in searches}
    for place, (text, filters) in enumerate([*questions[:WARM_UP], *questions]):
        for name in sorted(searches, reverse=place % 2 == 0):
            began = time.perf_counter()
            searches[name](text, filters)
            if place >= WARM_UP:
                times[name].append(1000 * (time.perf_counter() - began))
    return times


def built(lake: Lake) -> str:
    """Seconds for all search tables, and for those of a month when all the others are there."""
    month = lake.months("peloton.songs")[-2]  # a whole one
    files = [path for table in MONTHS_MUSIC for path in lake.files(table, [month])]
    aside = {path: path.with_suffix(".aside") for path in files}
    with connect() as connection:
        connection.execute("SET threads = 2")
        whole = _seconds(lambda: build_search_tables(connection, lake, anew=True))
        for path, other in aside.items():
            path.rename(other)
        lake.path("peloton.ride_plays", month).unlink()
        without = build_search_tables(connection, lake, anew=True)
        for path, other in aside.items():
            other.rename(path)
        added = _seconds(lambda: build_search_tables(connection, lake))
    plays = lake.row_count(lake.files("peloton.songs", [month]))
    new = lake.row_count(lake.files("peloton.tracks")) - without["peloton.tracks"]
    return f"all built in {whole:.1f} s; a month of {plays:,} plays, {new:,} of new tracks, added in {added:.2f} s"


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def with_filters(warehouse: Path, questions: Sequence[Question]) -> list[tuple[str, dict[str, Any]]]:
    """The questions with the filters of a class that plays the song, one, two or three of them."""
    rng = random.Random(SEED)
    with open_warehouse(warehouse) as connection:
        found = connection.execute(
            "SELECT t.title, any_value({'discipline': fitness_discipline, 'minutes': duration_s // 60,"
            " 'since': original_air_time}) FROM peloton.songs JOIN peloton.rides USING (ride_id)"
            " JOIN peloton.tracks AS t USING (track_key) GROUP BY t.title ORDER BY t.title"
        ).fetchall()
    rides = {plain(said_title(title)): ride for title, ride in found}
    filtered = []
    for question in rng.sample(questions, len(questions)):
        ride = rides[plain(said_title(question.title))]
        names = rng.sample(["discipline", "minutes", "since"], rng.randint(1, 3))
        filters = {name: ride[name] for name in names}
        if "since" in filters:
            filters["since"] = (filters["since"] - timedelta(days=rng.randint(1, 700))).date()
        filtered.append((question.text, filters))
    return filtered


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of all lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def fresh_processes(warehouse: Path) -> dict[str, list[float]]:
    """Milliseconds of the first query of fresh processes: the API (open and ask), and the whole command."""
    times: dict[str, list[float]] = {"API": [], "command": []}
    env = {**os.environ, "PACELINE_DATA_DIR": str(warehouse.parent)}
    for _ in range(FRESH):
        api = subprocess.run(
            [sys.executable, "-c", FRESH_API, str(warehouse)], check=True, capture_output=True, text=True
        )
        times["API"].append(float(api.stdout))
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "paceline", "songs", "silver harbr", "--json"],
            check=True, capture_output=True, env=env,
        )  # fmt: skip
        times["command"].append(1000 * (time.perf_counter() - began))
    return times


@contextlib.contextmanager
def rival(warehouse: Path, development: Sequence[Question]) -> Iterator[Any]:
    """The rival with the way that answers the most questions of the development half, or None."""
    if not postgres_folder():
        print("PostgreSQL is not installed: apt-get install postgresql; measured without the rival")
        yield None
        return
    from bench.song_rival import WAYS, LocalPostgres, Rival

    with LocalPostgres() as server:
        other = Rival(server.url, warehouse)

        def right(way: Any) -> int:
            other.choose(way)
            return sum(count_right(development, other.tracks).right.values())

        best = max(WAYS, key=right)
        other.choose(best)
        print(f"pg_trgm answers most by {best.operator} with threshold {best.threshold}")
        yield other
        other.connection.close()


def main() -> None:
    """Build, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plays", type=int, default=PLAYS)
    parser.add_argument("--split", default="final", help="final, or development while tuning")
    parser.add_argument("--folder", type=Path, help="keeps the library between runs")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        warehouse = build_library(folder, library_tracks(), options.plays)
        print(f"search tables of {options.plays:,} plays: {built(Lake(folder / 'lake'))}")
        questions, development = read_questions(options.split), read_questions("development")
        search = SongSearch.open(warehouse)
        other = stack.enter_context(rival(warehouse, development))
        searches = {OURS: search.tracks} | ({RIVAL: other.tracks} if other else {})
        figures = {name: count_right(questions, tracks) for name, tracks in searches.items()}
        asks: dict[str, Callable[[str, dict[str, Any]], Any]] = {
            OURS: lambda text, filters: search.find(Filtered.of(text, filters))
        }
        if other:
            asks[RIVAL] = other.hits
        filtered = with_filters(warehouse, questions)
        times = in_turn(filtered, asks)
        fresh = SongSearch.open(warehouse)  # knows no word yet
        alone = in_turn(filtered, {OURS: lambda text, filters: fresh.find(Filtered.of(text, filters))})[OURS]
        size = sum(
            path.stat().st_size for table in SEARCH_TABLES for path in Lake(folder / "lake").files(table)
        )
        print(f"\n{'':26}" + "".join(f"{name:>12}" for name in figures))
        for kind in KINDS:
            print(f"{kind:26}" + "".join(f"{found.share(kind):>12}" for found in figures.values()))
        for name, share in (("p50 ms, filters on", 0.5), ("p95 ms, filters on", 0.95)):
            print(f"{name:26}" + "".join(f"{percentile(each, share):12.1f}" for each in times.values()))
        for name, share in (("p50 ms, alone", 0.5), ("p95 ms, alone", 0.95)):
            print(f"{name:26}{percentile(alone, share):12.1f}")
        sizes = [size] + ([other.index_bytes()] if other else [])
        print(f"{'MB of search tables':26}" + "".join(f"{each / 1e6:12.1f}" for each in sizes))
        for name, each in fresh_processes(warehouse).items():
            print(f"first query, {name:13}{percentile(each, 0.5):12.0f} ms")


if __name__ == "__main__":
    main()
