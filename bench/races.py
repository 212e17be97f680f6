"""Race starts, measured: how long the macro takes to unfold them, and what storing each of them would cost.

    .venv/bin/python -m bench.races [--seasons 150 600]

150 seasons are a quarter of the real calendar, 600 a year; each has 13 weeks of patterns in the shares that the
recorded schedules show, invented and seeded. Sizes are of Parquet files as the lake writes them, with the columns
that a start needs: the patterns and single starts on one side, a row for every start on the other.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import duckdb

from iracing_assets.recurrence import Event, Pattern, Slot
from tests.iracing_assets.race_tables import create, fill

FIRST_DAY, WEEKS, QUARTER_SEASONS = date(2025, 12, 16), 13, 150
ALL_WEEK = (0, 1, 2, 3, 4, 5, 6)
# Minutes between starts, None for single starts; seasons of 2023 and 2025 have about these shares.
REPEATS, SHARES = (120, 60, 30, 15, None), (50, 30, 5, 1, 14)
REPETITIONS, WARM_UP = 21, 3
THREADS = 2
STORED = {
    "patterns": "SELECT season_id, race_week_num, series_id, track_id, time_pattern FROM iracing.events",
    "single starts": "FROM iracing.time_slots",
    "every start": """
        SELECT season_id, race_week_num, series_id, track_id, starts_at, session_minutes, super_session
        FROM iracing.race_times('-infinity', 'infinity')
        ORDER BY season_id, race_week_num, starts_at
    """,
}


def invent(seasons: int, seed: int = 17) -> list[Event]:
    """Seasons of successive quarters, 150 in each."""
    draw = random.Random(seed)
    events = []
    for season in range(seasons):
        (repeat,) = draw.choices(REPEATS, SHARES)
        first = draw.choice((0, 15, 30, 45)) if repeat is None else draw.randrange(0, repeat, 5)
        minutes = draw.choice((24, 45, 59, 72, 120))
        begin = FIRST_DAY + (season // QUARTER_SEASONS) * timedelta(weeks=WEEKS)
        for week in range(WEEKS):
            day = begin + timedelta(weeks=week)
            if repeat is None:
                evenings = draw.sample(ALL_WEEK, draw.randint(1, 5))
                slots = tuple(
                    Slot(datetime.combine(day + timedelta(days=n), time_of_day(19, first), UTC), minutes)
                    for n in sorted(evenings)
                )
                events.append(Event(season, week, season, draw.randrange(400), slots=slots))
            else:
                told = Pattern(day, ALL_WEEK, time_of_day(first // 60, first % 60), repeat, minutes)
                events.append(Event(season, week, season, draw.randrange(400), patterns=(told,)))
    return events


def median_ms(connection: duckdb.DuckDBPyConnection, begin: date, end: date) -> tuple[int, float]:
    """How many starts a window has, and the median time to fetch them into memory."""
    taken, found = [], 0
    for _ in range(WARM_UP + REPETITIONS):
        start = time.perf_counter()
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE found AS FROM iracing.race_times($begin, $end)",
            {"begin": begin, "end": end},
        )
        taken.append(1000 * (time.perf_counter() - start))
        ((found,),) = connection.execute("SELECT count(*) FROM found").fetchall()
    return found, statistics.median(taken[WARM_UP:])


def stored_bytes(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """The size of each part of STORED as Parquet."""
    sizes = {}
    for name, statement in STORED.items():
        path = folder / f"{name}.parquet"
        connection.sql(statement).write_parquet(str(path), compression="zstd")
        sizes[name] = path.stat().st_size
    return sizes


def times_smaller(sizes: dict[str, int]) -> float:
    """How many times the patterns and single starts fit into the rows of every start."""
    return sizes["every start"] / (sizes["patterns"] + sizes["single starts"])


def main() -> None:
    """Build, ask and print, for every size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seasons", type=int, nargs="+", default=[150, 600])
    for seasons in parser.parse_args().seasons:
        events = invent(seasons)
        middle = FIRST_DAY + timedelta(weeks=6)
        with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
            connection.execute(f"SET threads = {THREADS}")
            fill(create(connection), events)
            print(f"\n{seasons} seasons, {len(events):,} events, {THREADS} threads")
            for name, days in (("24 hours", 1), ("a week", 7), ("a year", 366)):
                begin = FIRST_DAY if days > 7 else middle
                found, milliseconds = median_ms(connection, begin, begin + timedelta(days=days))
                print(f"{name:14}{found:9,} starts{milliseconds:9.1f} ms median")
            sizes = stored_bytes(connection, Path(folder))
            for name, size in sizes.items():
                print(f"{name:14}{size:9,} bytes")
            print(f"{'':14}{times_smaller(sizes):9.1f} times smaller")


if __name__ == "__main__":
    main()
