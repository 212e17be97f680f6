"""From landed answers to typed tables: runs the statements of `sql/` over files, and nothing else.

The same landing zone gives the same tables, whenever and in whatever order it is read. A value of the wrong
type becomes NULL and its row stays; a list row without id or time cannot be placed and is counted as bad.
Memory stays flat because details are read a month at a time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from resources.lake import Lake
from resources.landing import Landing, require_whole
from resources.table_docs import table_docs

SQL = Path(__file__).with_name("sql")
PROVIDER = "peloton"
BATCH_MONTHS = 12  # some thousand classes: tens of MB of details at once
REBUILD_THREADS = 2
LARGEST_ANSWER_BYTES = 128 * 2**20
LANDED_COLUMNS = {
    "item": "VARCHAR",
    "url": "VARCHAR",
    "status": "INTEGER",
    "fetched_at": "TIMESTAMPTZ",
    "sha256": "VARCHAR",
    "payload": "JSON",
}
LISTINGS, DETAILS, REFERENCES = "staging.ride_listings", "staging.ride_details", "staging.references"
FULL_WALKS = "staging.full_walks"
STAGING_TABLES = (LISTINGS, DETAILS, REFERENCES, FULL_WALKS)
MONTHLY_TABLES = ("peloton.rides", "peloton.playlists", "peloton.songs", "peloton.song_artists")
WHOLE_TABLES = ("peloton.instructors", "peloton.class_types", "peloton.equipment", "peloton.tracks")


@dataclass
class ListingChange:
    """What new list rows changed. `unplaced` are ids ("" for none) of rows that have no month to be stored in."""

    seen: int = 0
    created: int = 0
    updated: int = 0
    unplaced: tuple[str, ...] = ()


def statement(name: str) -> str:
    """Text of one statement, named `folder.file`; a table's statement has the table's name."""
    folder, file = name.split(".")
    return (SQL / folder / f"{file}.sql").read_text()


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that keeps time in UTC and knows the macros."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE SCHEMA peloton")
    connection.execute(statement("macro.1_plain_words"))
    connection.execute((SQL / "macros.sql").read_text())
    return connection


def show_landed(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Make landed files readable as the view `landed`. Raises StorageProblem when one is damaged."""
    require_whole(files)
    if files:
        names: Any = [str(path) for path in files]  # the stub knows one name only
        connection.read_json(
            names,
            format="newline_delimited",
            columns=LANDED_COLUMNS,
            maximum_object_size=LARGEST_ANSWER_BYTES,
            filename=True,
        ).create_view("landed", replace=True)
    else:
        kinds = LANDED_COLUMNS | {"filename": "VARCHAR"}
        columns = ", ".join(f"NULL::{kind} AS {name}" for name, kind in kinds.items())
        connection.execute(f"CREATE OR REPLACE VIEW landed AS SELECT {columns} LIMIT 0")


def show_stored(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: str, months: Iterable[str] | None = None
) -> None:
    """Make months of a lake table readable under its bare name; typed and empty where nothing is stored.

    A staging file of an older version may lack columns: they are empty until `paceline rebuild` fills them.
    """
    name = table.split(".")[1]
    stored = lake.read(connection, table, months)
    if stored is not None and table in STAGING_TABLES:
        types = _staging_types()[table]
        lacking = [column for column in types if column not in {*stored.columns, "lake_month"}]
        nothing = [f"{'[]' if types[c].endswith('[]') else 'NULL'}::{types[c]} AS {c}" for c in lacking]
        stored = stored.project(", ".join(["*", *nothing])) if lacking else stored
    if stored is None:
        # A table and not a view, which would look through to whatever `landed` shows later.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE empty_{name} AS {_empty(connection, lake, table)}")
        stored = connection.table(f"empty_{name}")
    stored.create_view(name, replace=True)


def _empty(connection: duckdb.DuckDBPyConnection, lake: Lake, table: str) -> str:
    if table.startswith("staging."):
        show_landed(connection, [])
        return f"FROM ({statement('staging.page_references' if table == REFERENCES else table)}) LIMIT 0"
    show_inputs(connection, lake, [])
    if table == "peloton.tracks":
        for monthly in ("peloton.rides", "peloton.songs"):
            show_stored(connection, lake, monthly)
    return f"FROM ({statement(table)}) LIMIT 0"


@cache
def column_types() -> dict[str, dict[str, str]]:
    """The DuckDB type of every column of the typed tables."""
    return _types(MONTHLY_TABLES + WHOLE_TABLES)


@cache
def _staging_types() -> dict[str, dict[str, str]]:
    return _types(STAGING_TABLES)


def _types(tables: Iterable[str]) -> dict[str, dict[str, str]]:
    with tempfile.TemporaryDirectory() as nothing, connect() as connection:
        lake = Lake(Path(nothing))
        empty = {table: connection.sql(_empty(connection, lake, table)) for table in tables}
        return {
            table: dict(zip(rows.columns, map(str, rows.types), strict=True)) for table, rows in empty.items()
        }


def show_inputs(connection: duckdb.DuckDBPyConnection, lake: Lake, months: Iterable[str] | None) -> None:
    """Make the staging tables readable, months of those that have months."""
    for table in (LISTINGS, DETAILS):
        show_stored(connection, lake, table, months)
    show_stored(connection, lake, FULL_WALKS)
    show_stored(connection, lake, REFERENCES)
    connection.execute('CREATE OR REPLACE VIEW reference_entries AS FROM "references"')


def merge_listings(
    connection: duckdb.DuckDBPyConnection, lake: Lake, files: Sequence[Path], anew: bool = False
) -> ListingChange:
    """Merge the list rows of landed pages into the stored listings, or write these `anew` from the pages alone.

    A class that moved to another month leaves its old one: both months are written.
    """
    if not files:
        return ListingChange()
    show_landed(connection, files)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {statement(LISTINGS)}")
    show_stored(connection, lake, LISTINGS, () if anew else None)
    connection.execute(statement("staging.keep_known_times"))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS"
        " SELECT DISTINCT air_month FROM fresh WHERE air_month IS NOT NULL UNION"
        " SELECT DISTINCT air_month FROM ride_listings SEMI JOIN fresh USING (ride_id)"
    )
    touched = {str(row[0]) for row in connection.execute("SELECT air_month FROM touched").fetchall()}
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE stored AS FROM ride_listings SEMI JOIN touched USING (air_month)"
    )
    seen, created, updated, unplaced = connection.execute(statement("staging.listing_changes")).fetchall()[0]
    connection.execute("CREATE OR REPLACE VIEW sightings AS FROM stored UNION ALL BY NAME FROM fresh")
    months = {*touched, *lake.months(LISTINGS)} if anew else touched
    lake.write_months(connection, LISTINGS, statement("staging.merge_listings"), months)
    return ListingChange(seen, created, updated, tuple(unplaced))


def merge_references(
    connection: duckdb.DuckDBPyConnection, lake: Lake, files: Sequence[Path], kind: str, anew: bool = False
) -> None:
    """Merge what landed files of a `kind` (page or answer) say of instructors, class types and equipment."""
    if not files:
        return
    show_landed(connection, files)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {statement(f'staging.{kind}_references')}")
    show_stored(connection, lake, REFERENCES, () if anew else None)
    connection.execute('CREATE OR REPLACE VIEW sightings AS FROM "references" UNION ALL BY NAME FROM fresh')
    lake.write(REFERENCES, connection.sql(statement("staging.merge_references")))


def stale_months(lake: Lake, *tables: str) -> list[str]:
    """Months of which one of these tables has to be built again.

    Their list rows or details are newer (neighbours of what was synced), or an older version built them, without
    a column that the table has by now, or the clock was ahead when they were built.
    """

    def is_stale(table: str, month: str) -> bool:
        built = lake.path(table, month)
        if not built.exists() or (built_at := built.stat().st_mtime) > time.time():
            return True
        inputs = lake.files(LISTINGS, [month]) + lake.files(DETAILS, [month])
        if any(path.stat().st_mtime >= built_at for path in inputs):
            return True
        return not table_docs()[table].columns.keys() <= lake.columns(built)

    return [month for month in lake.months(LISTINGS) if any(is_stale(table, month) for table in tables)]


def stage_details(
    connection: duckdb.DuckDBPyConnection, lake: Lake, landing: Landing, months: Iterable[str]
) -> None:
    """Read all landed details of some months into their typed staging files."""
    chosen = list(months)
    show_landed(
        connection, [path for month in chosen for path in landing.sealed(PROVIDER, "ride_details", month)]
    )
    lake.write_months(connection, DETAILS, statement(DETAILS), chosen)


def stage_full_walks(connection: duckdb.DuckDBPyConnection, lake: Lake, landing: Landing) -> None:
    """Read the records of clean full walks."""
    show_landed(connection, landing.sealed(PROVIDER, "full_walks"))
    lake.write(FULL_WALKS, connection.sql(statement(FULL_WALKS)))


def build_months(
    connection: duckdb.DuckDBPyConnection, lake: Lake, months: Iterable[str], tables: Iterable[str]
) -> dict[str, dict[str, int]]:
    """Write months of the typed tables from their staging files; give rows per table and month."""
    chosen = sorted(set(months))
    show_inputs(connection, lake, chosen)
    return {table: lake.write_months(connection, table, statement(table), chosen) for table in tables}


def build_whole(
    connection: duckdb.DuckDBPyConnection, lake: Lake, tables: Iterable[str] = WHOLE_TABLES
) -> dict[str, int]:
    """Write tables that have no months; give rows per table."""
    show_inputs(connection, lake, None)
    for table in ("peloton.rides", "peloton.songs"):
        show_stored(connection, lake, table)
    return {table: lake.write(table, connection.sql(statement(table))) for table in tables}


def rebuild(lake: Lake, landing: Landing) -> dict[str, int]:
    """All typed tables again from the landing zone, without a request; give rows per table."""

    def stage_list() -> None:
        with connect() as own:
            pages = landing.sealed(PROVIDER, "ride_archived")
            merge_listings(own, lake, pages, anew=True)  # what an older parser made of them must not win
            merge_references(own, lake, pages, "page", anew=True)
            for resource in ("instructors", "metadata_mappings"):
                merge_references(own, lake, landing.sealed(PROVIDER, resource), "answer")
            stage_full_walks(own, lake, landing)

    def stage(months: Sequence[str]) -> None:
        with connect() as own:
            own.execute("SET threads = 1")  # the batches are what runs side by side
            stage_details(own, lake, landing, months)

    def build(months: Sequence[str]) -> dict[str, dict[str, int]]:
        with connect() as own:
            own.execute("SET threads = 1")
            return build_months(own, lake, months, MONTHLY_TABLES)

    with ThreadPoolExecutor(REBUILD_THREADS) as threads:
        listed = threads.submit(stage_list)
        list(threads.map(stage, batched(landing.segments(PROVIDER, "ride_details"), BATCH_MONTHS)))
        listed.result()
        months = sorted({*lake.months(LISTINGS), *lake.months(DETAILS)})
        built = list(threads.map(build, batched(months, BATCH_MONTHS)))
    rows = {table: sum(sum(batch[table].values()) for batch in built) for table in MONTHLY_TABLES}
    with connect() as connection:
        return rows | build_whole(connection, lake)


def batched(months: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Slices of a list, so that memory does not grow with the library."""
    return (months[start : start + size] for start in range(0, len(months), size))
