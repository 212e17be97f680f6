"""The place where all processes of a host agree on a provider's pace: a SQLite file.

pyrate-limiter keeps the pace; this file adds what it has no notion of: holds that a provider asked for and
the count of a day. Surprising: only pyrate's buckets are used, not its Limiter, whose waiting loop adds 50 ms
to every wait, and not its file lock, which looks again every 50 ms only: too coarse for a slot of 200 ms. An
immediate SQLite transaction around check and insert is the lock instead, and dies with its process.
"""

from __future__ import annotations

import math
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from pyrate_limiter import Rate, RateItem, SQLiteBucket

from resources.errors import StorageProblem
from resources.redact import one_line
from resources.sqlite_files import write_ahead

LOCK_WAIT_S = 30.0
LATE_MS = 3
RELEASES_PER_S = 50  # above this rate calls leave in small groups, since the pace is kept in whole ms
EVEN = 0.96  # of the even distance is the least between two calls: room to make up for a late one
LEAK_EVERY_CALLS = 100  # how often rows older than the window are swept out

_TABLES = """
CREATE TABLE IF NOT EXISTS holds (
    name TEXT PRIMARY KEY, set_utc REAL, until_utc REAL, set_uptime REAL, until_uptime REAL, reason TEXT);
CREATE TABLE IF NOT EXISTS spent (
    name TEXT, day TEXT, sent INTEGER DEFAULT 0, refused INTEGER DEFAULT 0, PRIMARY KEY (name, day));
"""


@dataclass(frozen=True)
class Pace:
    """An allowed rate, and by how much everything is stretched to stay under it."""

    per_second: float
    pad: float

    def even_rate(self) -> Rate:
        """One call, or one small group, at even distances."""
        group = self._group
        groups_per_s = self.per_second if group == 1 else self.per_second // group
        return Rate(group, max(1, int(1000 / groups_per_s * (1 + self.pad))))

    def window_rates(self) -> list[Rate]:
        """A second's worth of calls in a bit more than any second, nearly even.

        Against a window a late call delays one call of the next second; against a distance it delays all.
        """
        if self.per_second < 2:
            return [self.even_rate()]
        count = int(self.per_second)
        distance_ms = int(self._group * 1000 / self.per_second * EVEN)
        window_ms = int(count * 1000 / self.per_second * (1 + self.pad))
        return [Rate(self._group, max(1, distance_ms)), Rate(count, window_ms)]

    @property
    def _group(self) -> int:
        return max(1, math.ceil(self.per_second / RELEASES_PER_S))


def uptime_s() -> float:
    """Seconds since boot: the same in every process of a host, moved by no clock change."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)  # counts a laptop's sleep, unlike monotonic on Linux
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class FileLedger:
    """The ledger of one host, `state/limits.sqlite`."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._table = "pace_" + re.sub(r"\W", "_", name)
        self._lock = threading.RLock()  # one connection, one transaction at a time
        self._db: sqlite3.Connection | None = None
        self._pid = 0
        self._bucket: SQLiteBucket | None = None
        self._calls = 0
        self._slot = threading.local()

    def take(self, pace: Pace) -> tuple[float, str]:
        with self._transaction() as db:
            held_s, reason = self._held(db)
            if held_s > 0:
                return held_s, reason
            bucket = self._bucket_on(db, pace)
            self._count(db, "sent")
            item = RateItem(self.name, int(uptime_s() * 1000))
            if bucket.put(item):  # commits
                self._calls += 1
                if self._calls % LEAK_EVERY_CALLS == 0:
                    bucket.leak(item.timestamp)
                self._slot.taken_ms = item.timestamp
                return 0.0, ""
            db.rollback()
            wait_ms = cast(int, bucket.waiting(item))
            if wait_ms > bucket.rates[-1].interval + 1:  # rows of the future: the host was started anew
                bucket.flush()
                wait_ms = bucket.rates[-1].interval
            return max(wait_ms, 1) / 1000, ""

    def sent(self) -> None:
        """This thread's call is on the wire now; when that took long, its place in the window is now."""
        taken_ms, now_ms = getattr(self._slot, "taken_ms", 0), int(uptime_s() * 1000)
        if taken_ms and now_ms - taken_ms > LATE_MS:
            with self._transaction() as db:
                db.execute(
                    f'UPDATE "{self._table}" SET item_timestamp = ? WHERE rowid ='  # noqa: S608
                    f' (SELECT max(rowid) FROM "{self._table}" WHERE item_timestamp = ?)',
                    (now_ms, taken_ms),
                )
                db.commit()
        self._slot.taken_ms = 0

    def hold(self, seconds: float, reason: str) -> None:
        now, uptime = time.time(), uptime_s()
        with self._transaction() as db:
            if self._held(db)[0] < seconds:
                db.execute(  # columns by name: the file may be shared with a newer version that has more of them
                    "INSERT OR REPLACE INTO holds (name, set_utc, until_utc, set_uptime, until_uptime, reason)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (self.name, now, now + seconds, uptime, uptime + seconds, reason),
                )
            db.commit()

    def held(self) -> tuple[float, str]:
        with self._transaction() as db:
            return self._held(db)

    def refused(self) -> None:
        with self._transaction() as db:
            self._count(db, "refused")
            db.commit()

    def today(self) -> tuple[int, int]:
        with self._transaction() as db:
            row = db.execute(
                "SELECT sent, refused FROM spent WHERE name = ? AND day = ?", (self.name, _day())
            ).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def _held(self, db: sqlite3.Connection) -> tuple[float, str]:
        row = db.execute(
            "SELECT set_utc, until_utc, set_uptime, until_uptime, reason FROM holds WHERE name = ?",
            (self.name,),
        ).fetchone()
        if row is None:
            return 0.0, ""
        set_utc, until_utc, set_uptime, until_uptime, reason = row
        if uptime_s() >= set_uptime:
            return max(0.0, until_uptime - uptime_s()), reason
        # Started anew since. Never longer than it was at first, whatever the wall clock says now.
        return max(0.0, min(until_utc - time.time(), until_utc - set_utc)), reason

    def _count(self, db: sqlite3.Connection, column: str) -> None:
        add = (1, 0) if column == "sent" else (0, 1)
        db.execute(
            "INSERT INTO spent (name, day, sent, refused) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET sent = sent + excluded.sent, refused = refused + excluded.refused",
            (self.name, _day(), *add),
        )

    def _bucket_on(self, db: sqlite3.Connection, pace: Pace) -> SQLiteBucket:
        if self._bucket is None or self._bucket.conn is not db:
            self._bucket = SQLiteBucket(pace.window_rates(), db, self._table)
        self._bucket.rates = pace.window_rates()
        return self._bucket

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                db = self._connection()
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                finally:
                    if db.in_transaction:
                        db.rollback()
        except (sqlite3.Error, OSError) as error:
            raise StorageProblem(
                f"The limit ledger {self.path} cannot be used ({one_line(error)})",
                "Check free space and rights; the file only holds counters and may be deleted.",
            ) from error

    def _connection(self) -> sqlite3.Connection:
        if self._db is None or self._pid != os.getpid():  # a forked child must not use its parent's
            self.path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self.path, timeout=LOCK_WAIT_S, check_same_thread=False)
            write_ahead(db, self.path)
            db.execute("PRAGMA synchronous = NORMAL")
            db.executescript(_TABLES)
            db.execute(f'CREATE TABLE IF NOT EXISTS "{self._table}" (name TEXT, item_timestamp INTEGER)')
            db.execute(f'CREATE INDEX IF NOT EXISTS "{self._table}_time" ON "{self._table}" (item_timestamp)')
            db.commit()
            self._db, self._pid = db, os.getpid()
        return self._db


def _day() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")
