"""Limits in fixed windows of the clock, shared by all processes of a host and corrected by what the provider says.

A call takes one from every window or from none, in one immediate SQLite transaction. What an answer tells of the
provider's own count is the truth of who else spends; calls under way that it may not know of yet are added.
Surprising: windows are the provider's, so they are cut by its clock, not by ours: the difference is learnt from `Date`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from resources.files import storage_errors

LOCK_WAIT_S = 30.0
LONGEST_SKEW_S = 86_400.0

_TABLES = """
CREATE TABLE IF NOT EXISTS windows (
    name TEXT, bucket TEXT, period_s INTEGER, began INTEGER NOT NULL, used INTEGER NOT NULL, under_way INTEGER NOT NULL,
    allowed INTEGER, PRIMARY KEY (name, bucket, period_s));
CREATE TABLE IF NOT EXISTS clock_skews (name TEXT PRIMARY KEY, skew_s REAL NOT NULL);
"""


@dataclass(frozen=True)
class Window:
    """A limit of ours: at most `ceiling` calls of a bucket in each full `period_s` of the provider's clock."""

    bucket: str
    period_s: int
    ceiling: int


@dataclass(frozen=True)
class Told:
    """What an answer says of one window: calls that count by now, and how many may."""

    bucket: str
    period_s: int
    used: int
    allowed: int


@dataclass(frozen=True)
class Spent:
    """State of one window, for people."""

    window: Window
    used: int
    allowed: int
    resets_in_s: float


class WindowLedger:
    """The windows of one application on this host."""

    def __init__(self, path: Path, name: str, windows: Sequence[Window]) -> None:
        self.path = path
        self.name = name
        self.windows = tuple(windows)

    def take(self, reserve_share: float = 0.0) -> tuple[float, Window | None]:
        """Take one call: (0, None) when it may go, else seconds to the end of the window that is full.

        `reserve_share` of each window is left for others, such as a person's command beside a background sync.
        """
        with self._transaction() as db:
            now = self._now(db)
            states = [self._state(db, window, now) for window in self.windows]
            full = [one for one in states if one.used >= max(1, int(one.allowed * (1 - reserve_share)))]
            if full:
                last = max(full, key=lambda one: one.resets_in_s)
                return last.resets_in_s, last.window
            for window in self.windows:
                self._add(db, window, used=1, under_way=1)
        return 0.0, None

    def answered(self, told: Sequence[Told], server_time: float | None) -> None:
        """A call came back, with what the provider counts; nothing told where its answer says nothing."""
        with self._transaction() as db:
            if server_time is not None and abs(skew := server_time - time.time()) < LONGEST_SKEW_S:
                db.execute("INSERT OR REPLACE INTO clock_skews VALUES (?, ?)", (self.name, skew))
            now = self._now(db)
            for window in self.windows:
                self._state(db, window, now)
                self._add(db, window, used=0, under_way=-1)
            for one in told:
                db.execute(
                    "UPDATE windows SET used = max(used, ? + under_way), allowed = ?"
                    " WHERE name = ? AND bucket = ? AND period_s = ?",
                    (one.used, one.allowed, self.name, one.bucket, one.period_s),
                )

    def fill(self, bucket: str | None, period_s: int) -> float:
        """The provider refused: no call until the end of this window (of all buckets where it did not say which)."""
        with self._transaction() as db:
            now = self._now(db)
            for window in self.windows:
                if window.period_s == period_s and bucket in (None, window.bucket):
                    state = self._state(db, window, now)
                    self._add(db, window, used=max(0, state.allowed - state.used), under_way=0)
        return self._left(now, period_s)

    def spent(self) -> list[Spent]:
        """All windows as they are now."""
        with self._transaction() as db:
            now = self._now(db)
            return [self._state(db, window, now) for window in self.windows]

    def _state(self, db: sqlite3.Connection, window: Window, now: float) -> Spent:
        key = (self.name, window.bucket, window.period_s)
        began = int(now // window.period_s) * window.period_s
        where = "name = ? AND bucket = ? AND period_s = ?"
        row = db.execute(f"SELECT began, used, allowed FROM windows WHERE {where}", key).fetchone()  # noqa: S608
        if row is None:
            db.execute("INSERT INTO windows VALUES (?, ?, ?, ?, 0, 0, NULL)", (*key, began))
            row = (began, 0, None)
        elif row[0] != began:
            db.execute(f"UPDATE windows SET began = ?, used = 0, under_way = 0 WHERE {where}", (began, *key))  # noqa: S608
            row = (began, 0, row[2])
        allowed = window.ceiling if row[2] is None else min(window.ceiling, row[2])
        return Spent(window, row[1], allowed, self._left(now, window.period_s))

    def _add(self, db: sqlite3.Connection, window: Window, used: int, under_way: int) -> None:
        db.execute(
            "UPDATE windows SET used = used + ?, under_way = max(0, under_way + ?)"
            " WHERE name = ? AND bucket = ? AND period_s = ?",
            (used, under_way, self.name, window.bucket, window.period_s),
        )

    @staticmethod
    def _left(now: float, period_s: int) -> float:
        return period_s - now % period_s

    def _now(self, db: sqlite3.Connection) -> float:
        row = db.execute("SELECT skew_s FROM clock_skews WHERE name = ?", (self.name,)).fetchone()
        return time.time() + (row[0] if row else 0.0)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self.path, timeout=LOCK_WAIT_S, isolation_level=None)) as db:
                db.execute(
                    "PRAGMA synchronous = OFF"
                )  # a count that is lost with the power is told by the next answer
                db.execute("BEGIN IMMEDIATE")
                try:
                    for statement in _TABLES.strip().split(";\n"):
                        db.execute(statement)
                    yield db
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
