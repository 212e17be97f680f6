"""A connection on which anybody may ask anything: it reads the warehouse, and nothing else of this machine.

DuckDB's own switches do the work: read-only, no external access, no extensions, configuration locked. They leave
one thing open: the path of the database file, which a query may both show and read. So DuckDB opens the file by a
second name in a folder of its own, and that name is gone before the first question comes.

This file and those it imports are kept light: the query page starts a process for each question.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import duckdb

from resources.duckdb_session import BEGIN
from resources.errors import StorageProblem, UsageProblem

ONLY_SELECT = "Only one SELECT statement is possible"
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",  # what does not fit into memory is an error, not a file
}
_SEALS = (
    BEGIN,
    "SET python_enable_replacements = false",  # a name is a table, never a variable of ours
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def sealed(warehouse: Path, memory: str) -> duckdb.DuckDBPyConnection:
    """The warehouse as it is published now, for questions of strangers. `memory` is DuckDB's way to say 512MB."""
    with tempfile.TemporaryDirectory(prefix="paceline-") as folder:
        name = Path(folder) / "warehouse.duckdb"
        try:
            _second_name(warehouse, name)
            connection = duckdb.connect(name, read_only=True, config={**_CONFIG, "memory_limit": memory})
        except FileNotFoundError as error:
            raise StorageProblem(
                "There is no warehouse yet", "Run `paceline sync peloton` or `make demo`."
            ) from error
        except (OSError, duckdb.Error) as error:
            raise StorageProblem(
                f"The warehouse cannot be opened ({type(error).__name__})",
                "Run `paceline rebuild`, which builds it from the landing zone.",
            ) from error
    for seal in _SEALS:
        connection.execute(seal)
    return connection


def _second_name(warehouse: Path, name: Path) -> None:
    try:
        os.link(warehouse, name)
    except OSError:  # another disk, or one without links
        shutil.copyfile(warehouse, name)


def select(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one SELECT that `sql` is. Raises UsageProblem for anything else, and for what DuckDB cannot read."""
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise not_understood(error) from error
    kinds = [_kind(each) for each in statements]
    if len(kinds) != 1 or kinds[0] not in _READING:
        is_pivot = duckdb.StatementType.MULTI in kinds
        raise UsageProblem(
            ONLY_SELECT,
            "PIVOT needs its values: ON column IN ('a', 'b')." if is_pivot else "The warehouse is read-only.",
        )
    return statements[0]


def _kind(statement: duckdb.Statement) -> duckdb.StatementType | None:
    """What kind of statement it is; None for those that DuckDB knows and its Python package has no name for."""
    try:
        return statement.type
    except ValueError:
        return None


def not_understood(error: duckdb.Error) -> UsageProblem:
    """DuckDB's own words about a question."""
    return UsageProblem(f"DuckDB says: {error}", "See docs/tables.md for the tables.")
