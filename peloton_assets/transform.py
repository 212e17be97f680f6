"""From landed answers to typed tables: runs the statements of `sql/` over files, and nothing else.

The same landing zone gives the same tables, whenever and in whatever order it is read. A value of the wrong
type becomes NULL and its row stays; a list row without id or time cannot be placed and is counted as bad.
Memory stays flat because details are read a month at a time.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from resources.duckdb_session import BEGIN
from resources.lake import WHOLE, Lake
from resources.landed import show_landed
from resources.table_docs import table_docs

SQL = Path(__file__).with_name("sql")
PROVIDER = "peloton"
BATCH_MONTHS = 12  # some thousand classes: tens of MB of details at once
LISTINGS, DETAILS, REFERENCES = "staging.ride_listings", "staging.ride_details", "staging.references"
FULL_WALKS, RIDDEN, PLACEHOLDERS = "staging.full_walks", "staging.ridden", "staging.ride_placeholders"
WORKOUTS, GRAPHS = "staging.workout_listings", "staging.workout_graphs"
CLASS_SESSIONS, WORKOUT_MONTHS = "staging.class_sessions", "staging.workout_months"
MEMBERS, WORKOUT_REMOVALS, WORKOUT_CSV = "staging.members", "staging.workout_removals", "staging.workout_csv"
LIBRARY_TABLES = ("peloton.rides", "peloton.playlists", "peloton.songs", "peloton.song_artists")
WORKOUT_TABLES = ("peloton.workouts", "peloton.workout_summaries", "peloton.workout_samples")
MONTHLY_TABLES = LIBRARY_TABLES + WORKOUT_TABLES
WHOLE_TABLES = ("peloton.instructors", "peloton.class_types", "peloton.equipment")
# The song search reads these; each is made of typed tables, and of the ones before it.
SEARCH_TABLES = ("peloton.ride_plays", "peloton.tracks", "peloton.track_terms")
SEARCH_INPUTS = (
    "peloton.rides",
    "peloton.songs",
    "peloton.song_artists",
    "peloton.ride_plays",
    "peloton.tracks",
)
TYPED_TABLES = MONTHLY_TABLES + WHOLE_TABLES + SEARCH_TABLES
MONTHLY_STAGING = (
    LISTINGS,
    DETAILS,
    PLACEHOLDERS,
    WORKOUTS,
    WORKOUT_MONTHS,
    CLASS_SESSIONS,
    GRAPHS,
    WORKOUT_CSV,
)
STAGING_TABLES = (*MONTHLY_STAGING, FULL_WALKS, REFERENCES, RIDDEN, MEMBERS, WORKOUT_REMOVALS)
# Their small files change so seldom that all months may be built again.
TOUCHING_ALL_MONTHS = (FULL_WALKS, MEMBERS, WORKOUT_REMOVALS)
# A month of these is large enough to be built by itself; others are written together.
BUILD_THREADS = 2
WORD_MACROS = ("macro.1_plain_words", "macro.2_search_words")
LARGE_TABLES = ("peloton.workout_samples",)
# Views that statements read, each made by a statement of its own.
VIEWS = {"known_rides": "staging.known_rides", "reference_entries": "staging.reference_entries"}
# Two sources of the rows that the statement of LISTINGS reads: the class list, and members' workouts.
LISTED_RIDES, RIDDEN_RIDES = "staging.listed_rides", "staging.ridden_rides"
IMPORTED_COLUMNS = {
    "account": "VARCHAR", "imported_at": "TIMESTAMPTZ", "line": "BIGINT", "start_s": "BIGINT", "timezone": "VARCHAR",
    "start_time_local": "TIMESTAMP", "fitness_discipline": "VARCHAR", "title": "VARCHAR",
    "instructor_name": "VARCHAR", "length_s": "BIGINT", "total_work_j": "DOUBLE", "avg_output": "DOUBLE",
    "avg_resistance": "DOUBLE", "avg_cadence": "DOUBLE", "avg_speed": "DOUBLE", "speed_unit": "VARCHAR",
    "distance": "DOUBLE", "distance_unit": "VARCHAR", "calories_kcal": "DOUBLE", "avg_heart_rate": "DOUBLE",
    "avg_incline": "DOUBLE", "avg_pace": "DOUBLE", "pace_unit": "VARCHAR",
}  # fmt: skip


def statement(name: str) -> str:
    """Text of one statement, named `folder.file`; a table's statement has the table's name."""
    folder, file = name.split(".")
    return (SQL / folder / f"{file}.sql").read_text()


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that keeps time in UTC and knows the macros."""
    connection = duckdb.connect()
    connection.execute(BEGIN)
    connection.execute("CREATE SCHEMA peloton")
    for macro in WORD_MACROS:
        connection.execute(statement(macro))
    connection.execute((SQL / "macros.sql").read_text())
    connection.execute(f"CREATE OR REPLACE TEMP MACRO word_rules() AS '{word_rules()}'")
    return connection


@cache
def word_rules() -> str:
    """A mark that is another one when titles are read by other rules."""
    rules = "".join(statement(name) for name in (*WORD_MACROS, "peloton.tracks"))
    return hashlib.md5(rules.encode(), usedforsecurity=False).hexdigest()


def show_stored(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: str, months: Iterable[str] | None = None
) -> None:
    """Make months of a lake table readable under its bare name; typed and empty where nothing is stored.

    A staging file of an older version may lack columns: they are empty until `paceline rebuild` fills them.
    """
    name = table.split(".")[1]
    stored = lake.read(connection, table, months)
    types = (staging_types() if table in STAGING_TABLES else column_types())[table]
    if stored is None:
        nothing = ", ".join(
            f"NULL::{kind} AS {column}" for column, kind in types.items() if column != "lake_month"
        )
        # A table and not a view, which would look through to whatever another table shows later.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE empty_{name} AS SELECT {nothing} LIMIT 0")
        stored = connection.table(f"empty_{name}")
    elif table in STAGING_TABLES:
        lacking = [column for column in types if column not in {*stored.columns, "lake_month"}]
        nothings = [f"{'[]' if types[c].endswith('[]') else 'NULL'}::{types[c]} AS {c}" for c in lacking]
        stored = stored.project(", ".join(["*", *nothings])) if lacking else stored
    stored.create_view(name, replace=True)


@cache
def column_types() -> dict[str, dict[str, str]]:
    """The DuckDB type of every column of the typed tables."""
    return _types(TYPED_TABLES)


@cache
def staging_types() -> dict[str, dict[str, str]]:
    return _types(STAGING_TABLES)


def _types(tables: Iterable[str]) -> dict[str, dict[str, str]]:
    with tempfile.TemporaryDirectory() as nothing, connect() as connection:
        lake = Lake(Path(nothing))
        empty = {
            table: connection.sql(f"FROM ({_made_of_nothing(connection, lake, table)})") for table in tables
        }
        return {
            table: dict(zip(rows.columns, map(str, rows.types), strict=True)) for table, rows in empty.items()
        }


def _made_of_nothing(connection: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> str:
    """The statement of a table, while all that it reads is shown empty."""
    others: tuple[str, ...]
    if table not in STAGING_TABLES:
        show_inputs(connection, lake, [], table)
        named = {*_words(table)} if table in SEARCH_TABLES else set()
        named |= {*_words("search.counted_tracks")} if table == "peloton.tracks" else set()
        others = tuple(other for other in SEARCH_INPUTS if other != table and other.split(".")[1] in named)
    else:
        show_landed(connection, [])
        show_ride_rows(connection, LISTED_RIDES)
        show_imported(connection)
        others = {WORKOUT_CSV: (WORKOUTS, MEMBERS), WORKOUT_MONTHS: (WORKOUTS,)}.get(table, ())
    for other in others:
        made = _made_of_nothing(connection, lake, other)
        connection.execute(f"CREATE OR REPLACE VIEW {other.split('.')[1]} AS {made}")
    if table == "peloton.tracks":
        show_search_views(connection, "search.no_tracks", [])
    # These two have the columns of the list, whatever fills them.
    table = LISTINGS if table in (RIDDEN, PLACEHOLDERS) else table
    return statement("staging.page_references" if table == REFERENCES else table)


def show_ride_rows(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Make the classes that `landed` answers tell of readable as the view `ride_rows`."""
    connection.execute(f"CREATE OR REPLACE VIEW ride_rows AS {statement(source)}")


def show_search_views(connection: duckdb.DuckDBPyConnection, known: str, changed: Iterable[str]) -> None:
    """Make readable what the statement of the tracks reads besides tables: what is known, and what changed since."""
    connection.execute(f"CREATE OR REPLACE VIEW known_tracks AS {statement(known)}")
    connection.execute("CREATE OR REPLACE TEMP TABLE changed_months (month VARCHAR)")
    connection.execute("INSERT INTO changed_months SELECT unnest(?::VARCHAR[])", [[*changed]])
    connection.execute(f"CREATE OR REPLACE VIEW counted_tracks AS {statement('search.counted_tracks')}")


def show_imported(connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]] = ()) -> None:
    """Make rows of CSV exports readable as `imported`."""
    columns = ", ".join(f"{name} {kind}" for name, kind in IMPORTED_COLUMNS.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE imported ({columns})")
    if rows:
        connection.executemany(
            f"INSERT INTO imported VALUES ({', '.join('?' * len(IMPORTED_COLUMNS))})", rows
        )


@cache
def inputs_of(*tables: str) -> tuple[str, ...]:
    """The staging tables that the statements of these tables name, also by way of a view."""
    words = {word for table in tables for word in _words(table)}
    words |= {word for view in words & VIEWS.keys() for word in _words(VIEWS[view])}
    return tuple(table for table in STAGING_TABLES if table.split(".")[1] in words)


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"--.*", "", statement(name)))


def show_inputs(
    connection: duckdb.DuckDBPyConnection, lake: Lake, months: Iterable[str] | None, *tables: str
) -> None:
    """Make readable what the statements of these tables read, months of what has months."""
    shown = inputs_of(*tables)
    for table in shown:
        show_stored(connection, lake, table, months if table in MONTHLY_STAGING else None)
    for view, source in VIEWS.items():
        if {*inputs_of(source)} <= {*shown}:
            connection.execute(f"CREATE OR REPLACE VIEW {view} AS {statement(source)}")


def stale_months(lake: Lake, *tables: str) -> list[str]:
    """Months of which one of these tables has to be built again.

    What they are made of is newer (neighbours of what was synced), or an older version built them, without a
    column that the table has by now, or the clock was ahead when they were built.
    """

    def is_stale(table: str, month: str, inputs: tuple[str, ...]) -> bool:
        built = lake.path(table, month)
        wanted = {each: [month] if each in MONTHLY_STAGING else None for each in inputs}
        sources = [path for each, months in wanted.items() for path in lake.files(each, months)]
        return is_older(built, sources) or lacks_columns(lake, table, built)

    found = set()
    for table in tables:
        inputs = tuple(each for each in inputs_of(table) if each in (*MONTHLY_STAGING, *TOUCHING_ALL_MONTHS))
        months = {month for each in inputs if each in MONTHLY_STAGING for month in lake.months(each)}
        found |= {month for month in months if is_stale(table, month, inputs)}
    return sorted(found)


def is_older(built: Path, sources: Iterable[Path]) -> bool:
    """Whether a file is missing, not younger than one it is made of, or built while the clock was ahead."""
    if not built.exists() or (built_at := built.stat().st_mtime) > time.time():
        return True
    return any(path.stat().st_mtime >= built_at for path in sources)


def lacks_columns(lake: Lake, table: str, built: Path) -> bool:
    """Whether an older version built a file of a table, without a column that the table has by now."""
    return not table_docs()[table].columns.keys() <= lake.columns(built)


def build_months(
    connection: duckdb.DuckDBPyConnection, lake: Lake, months: Iterable[str], tables: Iterable[str]
) -> dict[str, dict[str, int]]:
    """Write months of the typed tables from their staging files; give rows per table and month."""
    chosen, wanted = sorted(set(months)), tuple(tables)

    def build() -> dict[str, dict[str, int]]:
        show_inputs(connection, lake, chosen, *wanted)
        return {
            table: (build_large if table in LARGE_TABLES else lake.write_months)(
                connection, table, statement(table), chosen
            )
            for table in wanted
        }

    def build_large(
        _connection: duckdb.DuckDBPyConnection, table: str, sql: str, months: Iterable[str]
    ) -> dict[str, int]:
        """A month for each core: one file is written by one core only."""

        def one(month: str) -> int:
            with connect() as own:
                own.execute("SET threads = 1")
                show_inputs(own, lake, [month], table)
                rows = own.sql(f"SELECT * EXCLUDE (lake_month) FROM ({sql})")
                return lake.write(table, rows, month)

        of_months = sorted(months)
        with ThreadPoolExecutor(BUILD_THREADS) as threads:
            return dict(zip(of_months, threads.map(one, of_months), strict=True))

    return lake.read_steadily(build)


def build_whole(
    connection: duckdb.DuckDBPyConnection, lake: Lake, tables: Iterable[str] = WHOLE_TABLES
) -> dict[str, int]:
    """Write tables that have no months; give rows per table."""
    wanted = tuple(tables)

    def build() -> dict[str, int]:
        show_inputs(connection, lake, None, *wanted)
        return {table: lake.write(table, connection.sql(statement(table))) for table in wanted}

    built = lake.read_steadily(build)
    write_missing(connection, lake)
    return built


def write_missing(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Tables of which nothing is known yet exist all the same, empty: who asks for them gets no row and no error."""
    for table, types in column_types().items():
        if not lake.files(table):
            columns = ", ".join(
                f"NULL::{kind} AS {name}" for name, kind in types.items() if name != "lake_month"
            )
            month = f"{datetime.now(UTC):%Y-%m}" if "lake_month" in types else WHOLE
            lake.write(table, connection.sql(f"SELECT {columns} LIMIT 0"), month)


def batched(months: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Slices of a list, so that memory does not grow with the library."""
    return (months[start : start + size] for start in range(0, len(months), size))
