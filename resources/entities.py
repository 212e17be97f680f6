"""Things as providers told them last: one staging table of kind, id, moment and JSON, a file for each kind.

The newest sighting wins, whenever and in whatever order documents are merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from resources.lake import Lake
from resources.landed import show_landed

SQL = Path(__file__).with_name("sql") / "entities"
BATCH_BYTES = 64 * 2**20  # of sealed files that are read together


@dataclass
class Change:
    """What newly merged documents changed; `without_id` rows could not be stored."""

    seen: int = 0
    created: int = 0
    updated: int = 0
    without_id: int = 0

    def add(self, other: Change) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def merge_entities(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: str,
    files: Sequence[Path],
    found: str,
    anew: bool = False,
) -> Change:
    """Merge what the query `found` makes of landed files; `anew` leaves out what is stored."""
    if not files and not anew:
        return Change()
    read_landed(connection, files, found)
    kinds = {row[0] for row in connection.execute("SELECT DISTINCT kind FROM fresh").fetchall()}
    if anew:
        kinds |= {*lake.months(table)}
    stored = None if anew else lake.read(connection, table, kinds)
    connection.execute("CREATE OR REPLACE TEMP TABLE stored AS FROM fresh LIMIT 0")
    if stored is not None:
        stored.insert_into("stored")
    change = Change(*connection.execute((SQL / "changes.sql").read_text()).fetchall()[0])
    connection.execute("CREATE OR REPLACE VIEW sightings AS FROM stored UNION ALL BY NAME FROM fresh")
    if kinds:
        lake.write_months(connection, table, (SQL / "merge.sql").read_text(), kinds)
    return change


def read_landed(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], found: str) -> None:
    """Make what a query makes of the view `landed` a table `fresh`, a bounded part of the files at a time."""
    connection.execute("DROP TABLE IF EXISTS fresh")
    for place, batch in enumerate(batches(files) or [[]]):
        show_landed(connection, batch)
        into = "INSERT INTO fresh BY NAME" if place else "CREATE TEMP TABLE fresh AS"
        connection.execute(f"{into} {found}")


def batches(files: Sequence[Path]) -> list[list[Path]]:
    """The files in groups of bounded size, so that memory does not grow with the landing zone."""
    groups: list[list[Path]] = []
    left = 0
    for path in files:
        size = path.stat().st_size
        if not groups or size > left:
            groups.append([])
            left = BATCH_BYTES
        groups[-1].append(path)
        left -= size
    return groups
