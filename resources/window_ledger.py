"""Limits in fixed windows of the clock, shared by all processes of a host and corrected by what the provider says.

A call takes one from every window or from none, in one immediate SQLite transaction. Where an answer tells of more
than ours, others spend too. Calls under way when a window ends count in the next one as well: nobody knows when they
arrive. They are not added to what an answer tells: it may know of them, and a limit would never be used up.
Surprising: windows are the provider's, so they are cut by its clock, not by ours: the difference is learnt from `Date`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from resources.files import storage_errors
from resources.limit_ledger import uptime_s

LOCK_WAIT_S = 30.0
LONGEST_SKEW_S = 2 * 86_400.0
LONGEST_CALL_S = 120.0  # connecting, waiting and reading; an older call died with its process
SKEW_LASTS_S = 900.0

_TABLES = """
CREATE TABLE IF NOT EXISTS call_windows (
    name TEXT, bucket TEXT, period_s INTEGER, began INTEGER NOT NULL, used INTEGER NOT NULL, allowed INTEGER,
    PRIMARY KEY (name, bucket, period_s));
CREATE TABLE IF NOT EXISTS calls_under_way (name TEXT, caller TEXT, since REAL NOT NULL, PRIMARY KEY (name, caller));
CREATE TABLE IF NOT EXISTS provider_clocks (name TEXT PRIMARY KEY, ahead_s REAL NOT NULL, learnt REAL NOT NULL);
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
    """The windows of one application on this host. Each thread has one call under way at most."""

    def __init__(self, path: Path, name: str, windows: Sequence[Window], caller: str = "") -> None:
        self.path = path
        self.name = name
        self.windows = tuple(windows)
        self._caller = caller

    def take(self, reserve_share: float = 0.0) -> tuple[float, Window | None]:
        """Take one call: (0, None) when it may go, else seconds to the end of the window that is full.

        `reserve_share` of each window is left for others, such as a person's command beside a background sync.
        """
        with self._transaction() as db:
            states = self._states(db)
            full = [one for one in states if one.used >= max(1, int(one.allowed * (1 - reserve_share)))]
            if full:
                last = max(full, key=lambda one: one.resets_in_s)
                return last.resets_in_s, last.window
            db.execute("UPDATE call_windows SET used = used + 1 WHERE name = ?", (self.name,))
            db.execute(
                "INSERT OR REPLACE INTO calls_under_way VALUES (?, ?, ?)",
                (self.name, self.caller, uptime_s()),
            )
        return 0.0, None

    def answered(self, told: Sequence[Told], server_time: float | None) -> None:
        """This thread's call came back, with what the provider counts; nothing told where its answer says nothing."""
        server_time = _sensible(server_time)
        with self._transaction() as db:
            if server_time is not None:
                self._learn(db, server_time - time.time())
            self._states(db)  # before the call is forgotten: it may count in the window that begins now
            db.execute("DELETE FROM calls_under_way WHERE name = ? AND caller = ?", (self.name, self.caller))
            for one in told:
                db.execute(
                    "UPDATE call_windows SET used = max(used, ?), allowed = ?"
                    " WHERE name = ? AND bucket = ? AND period_s = ? AND began = ifnull(?, began)",
                    (one.used, one.allowed, self.name, one.bucket, one.period_s,
                     _begin(server_time, one.period_s)),
                )  # fmt: skip

    def fill(self, bucket: str | None, period_s: int, server_time: float | None = None) -> float:
        """The provider refused: no call until the end of this window (of all buckets where it did not say which).

        Seconds until then; 0 when that window has ended since.
        """
        server_time = _sensible(server_time)
        with self._transaction() as db:
            states = self._states(db)
            for one in states:
                if one.window.period_s == period_s and bucket in (None, one.window.bucket):
                    db.execute(
                        "UPDATE call_windows SET used = max(used, ?)"
                        " WHERE name = ? AND bucket = ? AND period_s = ? AND began = ifnull(?, began)",
                        (one.allowed, self.name, one.window.bucket, period_s, _begin(server_time, period_s)),
                    )
            now = self._now(db)
        is_over = server_time is not None and server_time // period_s < now // period_s
        return 0.0 if is_over else period_s - now % period_s

    def spent(self) -> list[Spent]:
        """All windows as they are now."""
        with self._transaction() as db:
            return self._states(db)

    @property
    def caller(self) -> str:
        """This thread of this process."""
        return self._caller or f"{os.getpid()} {threading.get_ident()}"

    def _states(self, db: sqlite3.Connection) -> list[Spent]:
        """Every window, begun anew where its time has come."""
        now = self._now(db)
        return [self._state(db, window, now) for window in self.windows]

    def _state(self, db: sqlite3.Connection, window: Window, now: float) -> Spent:
        key = (self.name, window.bucket, window.period_s)
        began = int(now // window.period_s) * window.period_s
        where = "name = ? AND bucket = ? AND period_s = ?"
        row = db.execute(f"SELECT began, used, allowed FROM call_windows WHERE {where}", key).fetchone()  # noqa: S608
        if row is None:
            db.execute("INSERT INTO call_windows VALUES (?, ?, ?, ?, 0, NULL)", (*key, began))
            row = (began, 0, None)
        elif began > row[0] or row[0] - now > LONGEST_CALL_S:  # a little back is an answer that took long
            row = (began, self._under_way(db), row[2])
            db.execute(f"UPDATE call_windows SET began = ?, used = ? WHERE {where}", (*row[:2], *key))  # noqa: S608
        allowed = window.ceiling if row[2] is None else min(window.ceiling, row[2])
        return Spent(window, row[1], allowed, row[0] + window.period_s - now)

    def _under_way(self, db: sqlite3.Connection) -> int:
        now = uptime_s()
        (count,) = db.execute(
            "SELECT count(*) FROM calls_under_way WHERE name = ? AND since BETWEEN ? AND ?",
            (self.name, now - LONGEST_CALL_S, now),
        ).fetchone()
        return int(count)

    def _learn(self, db: sqlite3.Connection, ahead_s: float) -> None:
        """How far the provider's clock is ahead. It tells whole seconds, and late, so the most it told is right."""
        row = db.execute(
            "SELECT ahead_s, learnt FROM provider_clocks WHERE name = ?", (self.name,)
        ).fetchone()
        is_new = row is None or abs(row[0] - ahead_s) > LONGEST_CALL_S  # one of the clocks was set
        if is_new or ahead_s > row[0] or not 0 <= uptime_s() - row[1] < SKEW_LASTS_S:
            db.execute(
                "INSERT OR REPLACE INTO provider_clocks VALUES (?, ?, ?)", (self.name, ahead_s, uptime_s())
            )
        if is_new:  # windows of the future were cut by a wrong clock
            now = time.time() + ahead_s
            db.execute("UPDATE call_windows SET began = -1 WHERE name = ? AND began > ?", (self.name, now))

    def _now(self, db: sqlite3.Connection) -> float:
        row = db.execute("SELECT ahead_s FROM provider_clocks WHERE name = ?", (self.name,)).fetchone()
        return time.time() + (row[0] if row else 0.0)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self.path, timeout=LOCK_WAIT_S, isolation_level=None)) as db:
                # A count that is lost with the power is told by the next answer.
                db.execute("PRAGMA synchronous = OFF")
                db.execute("BEGIN IMMEDIATE")
                try:
                    for statement in _TABLES.strip().split(";\n"):
                        db.execute(statement)
                    yield db
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")


def _sensible(moment: float | None) -> float | None:
    """A moment near enough to ours to be true."""
    return moment if moment is not None and abs(moment - time.time()) <= LONGEST_SKEW_S else None


def _begin(moment: float | None, period_s: int) -> int | None:
    """When the window of a moment began."""
    return None if moment is None else int(moment // period_s) * period_s
