"""Builds `warehouse.duckdb` from the lake: a fresh file, validated, then swapped in.

Nobody ever writes to the file that people read, so readers never block a build and are never blocked: who has
the old file open keeps its snapshot. A stale `.wal` beside the published name would make the new file
unopenable and goes away before the swap.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import duckdb
import polars as pl

from resources.duckdb_session import BEGIN
from resources.errors import StorageProblem
from resources.files import replacing, storage_errors
from resources.lake import Lake
from resources.state import TABLES as STATE_TABLES
from resources.state import State
from resources.table_docs import TableDoc, macro_files, table_docs, view_docs

OLDEST_DUCKDB = (2, 0)  # below it, a kill after DDL left files unopenable 60 times of 60
STORAGE_VERSION = "v1.5.0"  # what the common clients can open; the default of 2.0 is newer
ROW_GROUP_ROWS = 30_720  # small groups give the second core something to do on tables of some 100,000 rows
PUBLISHED_MODE = 0o444
DUCKDB_MAGIC = b"DUCK"  # at byte 8 of every DuckDB file


def require_duckdb() -> None:
    """Raise StorageProblem when the installed DuckDB is too old to write safely."""
    if tuple(int(part) for part in duckdb.__version__.split(".")[:2]) < OLDEST_DUCKDB:
        raise StorageProblem(
            f"DuckDB {duckdb.__version__} can leave a file unopenable after a crash",
            "Install the locked versions: run make again, or pip install -r constraints.txt.",
        )


def publish(target: Path, lake: Lake, state: State) -> dict[str, int]:
    """Build the warehouse beside `target` and swap it in; give rows per table.

    Raises StorageProblem, leaving `target` as it was, when the disk fails or a table is not what it should be.
    """
    require_duckdb()
    if target.exists():
        require_warehouse(target)
    # One builder at a time: another one would take this one's file for a leftover of the dead.
    with state.locks.hold("warehouse"):
        for leftover in target.parent.glob(f".{target.name}.*.tmp*"):
            leftover.unlink()
        with replacing(target) as temporary:
            rows = lake.read_steadily(lambda: _build(temporary, lake, state))
            temporary.chmod(PUBLISHED_MODE)
            with suppress(FileNotFoundError):
                target.with_name(target.name + ".wal").unlink()
        if lake.store:
            lake.store.publish(target)
    return rows


def require_warehouse(path: Path) -> None:
    """Raise StorageProblem unless `path` is a DuckDB file."""
    if not path.exists():
        raise StorageProblem(
            f"There is no warehouse at {path} yet", "Run `paceline sync peloton` or `make demo`."
        )
    with storage_errors(path), path.open("rb") as file:
        if file.read(12)[8:] != DUCKDB_MAGIC:
            raise StorageProblem(
                f"{path} is not a DuckDB file",
                "Move it away and run `paceline rebuild`, which builds it from the landing zone.",
            )


def open_warehouse(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published warehouse, in UTC."""
    require_warehouse(path)
    try:
        connection = duckdb.connect(path, read_only=True)
    except duckdb.Error as error:
        raise StorageProblem(
            f"{path} cannot be opened: {str(error).splitlines()[0]}",
            "Move it away and run `paceline rebuild`, which builds it from the landing zone.",
        ) from error
    connection.execute(BEGIN)
    return connection


def _build(path: Path, lake: Lake, state: State) -> dict[str, int]:
    path.unlink(missing_ok=True)  # of an attempt before, while a table was replaced
    with duckdb.connect() as connection:
        connection.execute(BEGIN)
        connection.execute(
            f"ATTACH {_quoted(str(path))} AS warehouse"
            f" (STORAGE_VERSION '{STORAGE_VERSION}', ROW_GROUP_SIZE {ROW_GROUP_ROWS})"
        )
        connection.execute("USE warehouse")
        rows = {}
        for doc in table_docs().values():
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {doc.name.split('.')[0]}")
            content = _content(connection, doc, lake, state)
            if content is None:
                continue
            content.create(doc.name)
            _validate(connection, doc)
            rows[doc.name] = _count(connection, f"SELECT count(*) FROM {doc.name}")
        connection.execute(_comments(table_docs()[name] for name in rows))
        for macro in macro_files():
            connection.execute(macro.read_text())
        views = [doc for doc in view_docs().values() if rows.keys() >= {*doc.reads}]
        for view in views:
            connection.execute(view.sql_file.read_text())
        connection.execute(_comments(views))
        connection.execute("CHECKPOINT warehouse")
        connection.execute("USE memory")
        connection.execute("DETACH warehouse")
    return rows


def _content(
    connection: duckdb.DuckDBPyConnection, doc: TableDoc, lake: Lake, state: State
) -> duckdb.DuckDBPyRelation | None:
    """What the table shall hold: Parquet files of the lake, or a table of the state file."""
    schema, name = doc.name.split(".")
    if schema != "ops" or name not in STATE_TABLES:
        return lake.read(connection, doc.name)
    found = state.rows(f"SELECT * FROM {name}")
    columns = state.columns(name)
    frame = pl.DataFrame(
        [[None if row[column] is None else str(row[column]) for column in columns] for row in found],
        schema=dict.fromkeys(columns, pl.String),
        orient="row",
    )
    arrow = ArrowStream(frame)  # noqa: F841 (DuckDB finds it by its name)
    connection.execute("CREATE OR REPLACE TEMP TABLE state_rows AS FROM arrow")
    return connection.sql(doc.sql_file.read_text())


class ArrowStream:
    """Hands a polars frame to DuckDB without pyarrow, by the Arrow C stream."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def _validate(connection: duckdb.DuckDBPyConnection, doc: TableDoc) -> None:
    """The last gate before the swap: every documented column is there, and the key is unique and not null."""
    columns = [row[0] for row in connection.execute(f"DESCRIBE {doc.name}").fetchall()]
    if columns != list(doc.columns):
        raise StorageProblem(
            f"{doc.name} has the columns {columns}, its documentation says {list(doc.columns)}",
            "Run `paceline rebuild`; if that does not help, please report it.",
        )
    key = ", ".join(doc.key)
    nulls = " OR ".join(f"{column} IS NULL" for column in doc.key)
    bad = 0
    if not _is_in_order(connection, doc):
        # Equal keys have equal hashes, and counting those takes half the time; different keys may have them too.
        bad = _count(connection, f"SELECT count(*) - count(DISTINCT hash({key})) FROM {doc.name}")
    if bad:
        doubled = f"FROM {doc.name} SELECT {key} GROUP BY ALL HAVING count(*) > 1"
        bad = _count(connection, f"SELECT count(*) FROM ({doubled})")
    bad += _count(connection, f"SELECT count(*) FROM {doc.name} WHERE {nulls}")
    if bad:
        raise StorageProblem(
            f"{doc.name} holds {bad} keys that are doubled or NULL ({key})",
            "The published warehouse was left as it is. Run `paceline rebuild`.",
        )


def _is_in_order(connection: duckdb.DuckDBPyConnection, doc: TableDoc) -> bool:
    """Whether rows stand in runs of equal keys but for the last column, which only grows, and no run comes twice.

    Then no key is there twice, which this tells in a sixth of the time; series are stored so.
    """
    *head, last = doc.key
    if not head:
        return False
    same = " AND ".join(f"{column} IS NOT DISTINCT FROM lag({column}) OVER ()" for column in head)
    steps = (
        f"SELECT {', '.join(head)}, {same} AS goes_on, {last} > lag({last}) OVER () AS grows FROM {doc.name}"
    )
    return not _count(
        connection,
        f"SELECT count(*) FILTER (goes_on AND grows IS NOT TRUE) + count(*) FILTER (NOT goes_on)"
        f" - count(DISTINCT ({', '.join(head)})) FILTER (NOT goes_on) FROM ({steps})",
    )


def _comments(docs: Iterable[TableDoc]) -> str:
    """All comments as one script in one transaction: one by one they take longer than the tables."""
    statements = ["BEGIN"]
    for doc in docs:
        statements.append(f"COMMENT ON {'VIEW' if doc.reads else 'TABLE'} {doc.name} IS {_quoted(doc.about)}")
        for column, meaning in doc.columns.items():
            statements.append(f'COMMENT ON COLUMN {doc.name}."{column}" IS {_quoted(meaning)}')
    return ";\n".join([*statements, "COMMIT"])


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
