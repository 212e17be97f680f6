"""Which version of each object the folders of this host hold. Who loses this file brings every object once more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from resources.files import storage_errors

BUSY_TIMEOUT_S = 30
TABLE = (
    "CREATE TABLE IF NOT EXISTS held (address TEXT, key TEXT, e_tag TEXT, size INTEGER, stamp_ns INTEGER,"
    " PRIMARY KEY (address, key)) WITHOUT ROWID"
)


class Held(NamedTuple):
    """A version of an object; of an erased one the size is 0, and there is no file."""

    e_tag: str
    size: int
    stamp_ns: int  # the time of the file, on every host


class ObjectIndex:
    """The versions held of the storage at one address. Several processes of the host share the file."""

    def __init__(self, path: Path, address: str) -> None:
        self.path, self.address = path, address

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """No other process notes anything meanwhile."""
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(
                sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            ) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(TABLE)
                yield connection
                connection.execute("COMMIT")

    def all(self) -> dict[str, Held]:
        """Every version by key."""
        with self.alone() as connection:
            rows = connection.execute(
                "SELECT key, e_tag, size, stamp_ns FROM held WHERE address = ?", [self.address]
            )
            return {key: Held(*version) for key, *version in rows}

    def get(self, connection: sqlite3.Connection, key: str) -> Held | None:
        """The version of one object."""
        row = connection.execute(
            "SELECT e_tag, size, stamp_ns FROM held WHERE address = ? AND key = ?", [self.address, key]
        ).fetchone()
        return Held(*row) if row else None

    def note(self, connection: sqlite3.Connection, key: str, held: Held) -> None:
        """From now on the folder holds this version."""
        connection.execute("INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?)", [self.address, key, *held])
