"""Brings a SQLite file to the schema of this version: numbered `.sql` files, each in one transaction.

`user_version` inside the file tells the last one that was applied; it changes in the same transaction, so whoever
is killed leaves the file as it was before or after. Surprising: the first look at a file goes past SQLite's usual
way of opening, which tidies up the write-ahead log: a file of a newer version must keep every byte.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from resources.errors import StorageProblem


@cache
def scripts(folder: Path) -> tuple[str, ...]:
    """The texts of `1_....sql`, `2_....sql`, ... in order."""
    numbered = sorted((int(path.name.partition("_")[0]), path) for path in folder.glob("*.sql"))
    return tuple(path.read_text() for _, path in numbered)


def refuse_newer(path: Path, folder: Path) -> None:
    """Raise StorageProblem when a newer Paceline wrote this file; read it without changing anything."""
    if path.exists():
        unread_log = path.with_name(path.name + "-wal").exists()
        how = "mode=ro" if unread_log else "mode=ro&immutable=1"
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as connection:
            _require_known(version(connection), path, folder)


def require_known(found: int, known: int, what: str, otherwise: str) -> None:
    """Raise StorageProblem when a newer Paceline wrote this."""
    if found > known:
        raise StorageProblem(
            f"{what} was written by a newer Paceline (version {found}, this one knows {known})",
            f"Nothing was changed. Update Paceline, or {otherwise}.",
        )


def migrate(connection: sqlite3.Connection, path: Path, folder: Path) -> None:
    """Apply what the file lacks. Safe in many processes at once, and whenever one is killed."""
    for number, script in enumerate(scripts(folder), 1):
        if version(connection) >= number:
            continue
        connection.execute("BEGIN IMMEDIATE")
        if version(connection) < number:  # nobody else was first
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.commit()
    _require_known(version(connection), path, folder)


def version(connection: sqlite3.Connection) -> int:
    """Number of the last migration that was applied; 0 for a new file and for one of before the migrations."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _require_known(found: int, path: Path, folder: Path) -> None:
    require_known(found, len(scripts(folder)), str(path), "set PACELINE_DATA_DIR to another folder")


def _statements(script: str) -> Iterator[str]:
    """One by one, since `executescript` would commit what is open."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
