"""SQLite files that several processes write, and begin to use at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from resources.errors import StorageProblem
from resources.files import storage_errors
from resources.locks import FileLocks
from resources.migrations import migrate, refuse_newer

BUSY_TIMEOUT_S = 30


class SqliteDatabase:
    """The tables of one file, brought up to date by the scripts of a folder. Each call has a connection of its own."""

    def __init__(self, path: Path, scripts: Path) -> None:
        self.path = path
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with storage_errors(path), _named(path):
            refuse_newer(path, scripts)
        with self.transaction() as connection:
            write_ahead(connection, path)
            migrate(connection, path, scripts)

    @property
    def locks(self) -> FileLocks:
        return FileLocks(self.path.parent)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self.path), _named(self.path):
            connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S)
            try:
                with connection:
                    yield connection
            finally:
                connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        with self.transaction() as connection:
            connection.execute("BEGIN")
            yield connection


def write_ahead(connection: sqlite3.Connection, path: Path) -> None:
    """Put a file into WAL mode. SQLite does not wait for others while it changes the mode, so they wait here."""
    if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        return
    with FileLock(path.with_name(f".{path.name}.mode.lock")):
        connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """SQLite reports a foreign file without naming it; say which file and what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if "not a database" not in str(error) and "malformed" not in str(error):
            raise
        raise StorageProblem(
            f"{path} is not a state file of Paceline",
            "Move it away; coverage is proven anew by the next sync.",
        ) from error
