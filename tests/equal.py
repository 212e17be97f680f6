"""When two warehouses are equal: the same rows in every user table, whatever day each was asked for.

The hash of a table is taken over all of its rows, sorted, without the columns that tell when something was
asked or found out. Facts about runs and measures of the machine (`RUN_TABLES`) belong to the history of
one data folder and are no user tables; what is known to be complete (`ops.coverage`) is one.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

RUN_TIME_COLUMNS = (
    "first_listed_at",
    "last_listed_at",
    "details_fetched_at",
    "graph_fetched_at",
    "proven_at",
    "run_id",
    "pages",
)
RUN_TABLES = (
    "ops.sync_runs", "ops.failures", "ops.drift",
    "ops.connections", "ops.limits", "ops.backlog", "ops.findings", "ops.sizes",
)  # fmt: skip
USER_TABLES = "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"

Content = dict[str, tuple[int, str]]  # rows and hash by table


def content(warehouse: Path, without: tuple[str, ...] = RUN_TIME_COLUMNS) -> Content:
    """Rows and a hash over all rows of every user table; `without` names columns left out."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = [table for (table,) in connection.execute(USER_TABLES).fetchall() if table not in RUN_TABLES]
        return {table: _content(connection, table, without) for table in tables}


def _content(connection: duckdb.DuckDBPyConnection, table: str, without: tuple[str, ...]) -> tuple[int, str]:
    rows, hashed = connection.execute(
        "SELECT count(*), md5(string_agg(line, chr(10) ORDER BY line)) FROM (SELECT to_json(kept)::VARCHAR AS line"
        f" FROM (SELECT COLUMNS(lambda name: name NOT IN {('', *without)!r}) FROM {table}) AS kept)"
    ).fetchall()[0]
    return rows, hashed
