"""One question of the query page, in a process of its own: `python -I -m paceline.query_process`.

What must not happen to the server happens here: memory that runs out, an endless query, a fault of the database.
The question comes by standard input and the answer goes to standard output, both as JSON; the environment is
empty, and the operating system's own limits stand behind those of DuckDB.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from paceline.exports import Format, write
from paceline.sealed import not_understood, sealed, select
from resources.errors import PacelineError, UsageProblem

MEGABYTE = 1024 * 1024
BESIDE_DUCKDB_MB = 3 * 1024  # addresses that Python, threads and what DuckDB does not count take
LONGEST_CELL = 2_000  # characters shown of one value
MOST_CHARACTERS = 4_000_000  # of all values shown

Json = dict[str, Any]


def main() -> None:
    """Answer the question on standard input."""
    asked = json.load(sys.stdin)
    try:
        answer = _answer(asked)
    except PacelineError as error:
        answer = {"what": error.what, "next_step": error.next_step}
    json.dump(answer, sys.stdout)


def _answer(asked: Json) -> Json:
    with sealed(Path(asked["warehouse"]), f"{asked['memory_mb']}MB") as connection:
        _limit(asked["seconds"], asked["memory_mb"], asked["most_file_mb"])
        try:
            statement = select(connection, asked["sql"])
            if asked["out"]:
                write(connection.sql(asked["sql"]), Path(asked["out"]), Format(asked["format"]))
                return {}
            found = connection.execute(statement)
            columns = [(column[0], str(column[1])) for column in found.description or []]
            rows = found.fetchmany(asked["rows"] + 1)
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise UsageProblem(
                f"The query needs more than {asked['memory_mb']} MB of memory",
                "Ask for less, for example with a LIMIT.",
            ) from error
        except duckdb.Error as error:
            raise not_understood(error) from error
    shown, is_cut = _shown(rows[: asked["rows"]])
    return {"columns": columns, "rows": shown, "is_cut": is_cut or len(rows) > asked["rows"]}


def _shown(rows: list[tuple[Any, ...]]) -> tuple[list[list[str | None]], bool]:
    """The values as text, as many rows as a page may hold."""
    shown: list[list[str | None]] = []
    left = MOST_CHARACTERS
    for row in rows:
        cells = [None if value is None else _text(value) for value in row]
        left -= sum(len(cell or "") + 1 for cell in cells)
        if left < 0:
            return shown, True
        shown.append(cells)
    return shown, False


def _text(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"


def _limit(seconds: float, memory_mb: int, most_file_mb: int) -> None:
    """Limits of the operating system, where it has them: processor time, memory, size of a file."""
    with suppress(ImportError):
        import resource

        for kind, most in (
            ("RLIMIT_CPU", int(4 * seconds) + 1),
            ("RLIMIT_AS", (memory_mb + BESIDE_DUCKDB_MB) * MEGABYTE),
            ("RLIMIT_FSIZE", most_file_mb * MEGABYTE),
            ("RLIMIT_CORE", 0),
        ):
            with suppress(AttributeError, ValueError, OSError):
                resource.setrlimit(getattr(resource, kind), (most, most))


if __name__ == "__main__":
    main()
