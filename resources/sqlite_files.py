"""SQLite files that several processes begin to use at once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from filelock import FileLock


def write_ahead(connection: sqlite3.Connection, path: Path) -> None:
    """Put a file into WAL mode. SQLite does not wait for others while it changes the mode, so they wait here."""
    if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        return
    with FileLock(path.with_name(f".{path.name}.mode.lock")):
        connection.execute("PRAGMA journal_mode = WAL")
