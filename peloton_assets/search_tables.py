"""The tables of the song search, made of typed tables.

What classes play (`ride_plays`) is written for the months whose songs changed. The tracks and their index are written
as a whole, but titles are only read, and their words made, of tracks whose newest class is another one than before or
lies in such a month: a month more costs little. The same songs give the same tables, whichever months came first.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import duckdb

from peloton_assets.transform import (
    SEARCH_TABLES,
    is_older,
    lacks_columns,
    show_search_views,
    show_stored,
    statement,
    write_missing,
)
from resources.lake import Lake

RIDE_PLAYS, TRACKS, TRACK_TERMS = SEARCH_TABLES
PLAYED = ("peloton.rides", "peloton.songs")


def build_search_tables(
    connection: duckdb.DuckDBPyConnection, lake: Lake, anew: bool = False
) -> dict[str, int]:
    """Write what changed; `anew` everything, trusting nothing that was written before. Gives rows per table."""

    def build() -> dict[str, int]:
        months = lake.months("peloton.songs")
        write_plays(
            connection, lake, months if anew else [each for each in months if lacks_plays(lake, each)]
        )
        write_tracks(
            connection, lake, anew or any(lacks_columns(lake, TRACKS, path) for path in lake.files(TRACKS))
        )
        lake.write(TRACK_TERMS, connection.sql(statement(TRACK_TERMS)))
        return {table: lake.row_count(lake.files(table)) for table in SEARCH_TABLES}

    built = lake.read_steadily(build)
    write_missing(connection, lake)
    return built


def write_plays(connection: duckdb.DuckDBPyConnection, lake: Lake, months: Sequence[str]) -> None:
    """Write some months of what classes play."""
    began = time.time()
    for table in PLAYED:
        show_stored(connection, lake, table, months)
    lake.write_months(connection, RIDE_PLAYS, statement(RIDE_PLAYS), months)
    _date_back(lake, RIDE_PLAYS, began, months)


def write_tracks(connection: duckdb.DuckDBPyConnection, lake: Lake, anew: bool) -> None:
    """Write the tracks and show them."""
    began = time.time()
    for table in ("peloton.rides", "peloton.song_artists", RIDE_PLAYS, TRACKS):
        show_stored(connection, lake, table)
    built = lake.path(TRACKS)
    changed = [month for month in lake.months(RIDE_PLAYS) if is_older(built, lake.files(RIDE_PLAYS, [month]))]
    show_search_views(connection, "search.no_tracks" if anew else "search.known_tracks", changed)
    connection.execute("CREATE OR REPLACE TEMP TABLE counted AS FROM counted_tracks")
    connection.execute("CREATE OR REPLACE VIEW counted_tracks AS FROM counted")  # asked twice
    months = connection.execute(
        "SELECT DISTINCT played_month FROM counted_tracks WHERE NOT is_known"
    ).fetchall()
    show_stored(connection, lake, "peloton.songs", [month for (month,) in months])
    lake.write(TRACKS, connection.sql(statement(TRACKS)))
    _date_back(lake, TRACKS, began)
    show_stored(connection, lake, TRACKS)


def lacks_plays(lake: Lake, month: str) -> bool:
    """Whether what classes of a month play is missing, older than they or their songs, or of an older version."""
    built = lake.path(RIDE_PLAYS, month)
    inputs = [path for table in PLAYED for path in lake.files(table, [month])]
    return is_older(built, inputs) or lacks_columns(lake, RIDE_PLAYS, built)


def _date_back(lake: Lake, table: str, began: float, months: Sequence[str] | None = None) -> None:
    """What another run writes while a table is made is newer than it, and not in it."""
    if lake.store:
        return  # files that hosts share are as old as what they are made of already
    for path in lake.files(table, months):
        os.utime(path, (began, began))
