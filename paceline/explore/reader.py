"""One request's view of the published warehouse: opened for it and closed after it.

Opening takes some milliseconds, and the next request sees the warehouse that was swapped in meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from resources.errors import StorageProblem
from resources.warehouse import open_warehouse

SQL = Path(__file__).with_name("sql")
# What fills the tables of a schema, for who has none yet.
COMMANDS = {
    "peloton": "paceline sync peloton",
    "peloton.workouts": "paceline sync workouts",
    "peloton.workout_overview": "paceline sync workouts",
    "peloton.workout_samples": "paceline sync workouts",
    "iracing": "paceline sync iracing",
    "strava": "paceline sync strava",
    "ops": "paceline sync peloton",
}

Row = dict[str, Any]


class NotYet(StorageProblem):
    """The warehouse lacks what a page shows, because nothing was synced for it yet."""

    def __init__(self, what: str, command: str) -> None:
        super().__init__(what, f"Run `{command}`, or `make demo` for an invented warehouse.")
        self.command = command


class Reader:
    """Named questions (`sql/<name>.sql`) to the warehouse."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @cached_property
    def tables(self) -> dict[str, Row]:
        """Tables and views by name, with what they are and about how many rows they hold."""
        return {row["name"]: row for row in self.rows("tables")}

    def has(self, *tables: str) -> bool:
        """Whether all these tables are there; one may be empty."""
        return self.tables.keys() >= {*tables}

    def require(self, *tables: str) -> None:
        """Raise NotYet where one of these tables is missing."""
        for table in tables:
            if table not in self.tables:
                command = COMMANDS.get(table) or COMMANDS[table.split(".")[0]]
                raise NotYet("The warehouse holds nothing to show here yet", command)

    def rows(self, name: str, **values: object) -> list[Row]:
        """All rows of a question; times in UTC."""
        found = self._connection.execute((SQL / f"{name}.sql").read_text(), values)
        columns = [column[0] for column in found.description or []]
        return [dict(zip(columns, map(_in_utc, row), strict=True)) for row in found.fetchall()]

    def row(self, name: str, **values: object) -> Row | None:
        """The first row of a question."""
        return next(iter(self.rows(name, **values)), None)


@contextmanager
def reading(warehouse: Path) -> Iterator[Reader]:
    """The warehouse for one request. Raises NotYet where there is none."""
    if not warehouse.exists():
        raise NotYet("There is no warehouse yet", "paceline sync peloton")
    with open_warehouse(warehouse) as connection:
        connection.execute("SET python_enable_replacements = false")
        yield Reader(connection)


def _in_utc(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
