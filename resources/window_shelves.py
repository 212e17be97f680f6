"""Where the counts of windows are kept: a SQLite file of one host, or a Redis or PostgreSQL that several share.

Each has one page of text per application, and changes it alone. Surprising: the time is that of the shelf, not of the
host that asks, so that hosts whose clocks differ still agree when a window ends.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol, TypeVar

from resources.files import storage_errors
from resources.limit_ledger import uptime_s
from resources.limit_servers import is_redis, limit_tables, redis_client, redis_faults
from resources.window_book import Count, Moment, OpenPage, Page

LOCK_WAIT_S = 30.0
KEEP_S = 8 * 86_400
T = TypeVar("T")
Edit = Callable[[OpenPage], T]


class Shelf(Protocol):
    """One page per application."""

    def change(self, name: str, edit: Edit[T]) -> T:
        """Alone with the page: read it, let it be edited, keep it; gives what `edit` gave. It may be called twice."""


def shelf_at(place: Path | str) -> Shelf:
    """The shelf of a file or of an address."""
    if isinstance(place, Path):
        return FileShelf(place)
    return RedisShelf(place) if is_redis(place) else PostgresShelf(place)


class FileShelf:
    """The file of one host; an immediate transaction is the lock, and dies with its process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def change(self, name: str, edit: Edit[T]) -> T:
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self.path, timeout=LOCK_WAIT_S, isolation_level=None)) as db:
                # A count that is lost with the power is told by the next answer.
                db.execute("PRAGMA synchronous = OFF")
                db.execute("BEGIN IMMEDIATE")
                try:
                    db.execute("CREATE TABLE IF NOT EXISTS window_pages (name TEXT PRIMARY KEY, page TEXT)")
                    row = db.execute("SELECT page FROM window_pages WHERE name = ?", (name,)).fetchone()
                    page = Page.read(row[0]) if row else _page_of_before(db, name)
                    result = edit(OpenPage(page, self.now()))
                    db.execute("INSERT OR REPLACE INTO window_pages VALUES (?, ?)", (name, page.text()))
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
        return result

    def now(self) -> Moment:
        return Moment(time.time(), uptime_s())


class PostgresShelf:
    """A table of the database of LIMITER_URL; the lock is that of the row."""

    def __init__(self, address: str) -> None:
        self._database = limit_tables(address)

    def change(self, name: str, edit: Edit[T]) -> T:
        with self._database.transaction() as session:
            session.execute("INSERT INTO window_pages VALUES (?, NULL) ON CONFLICT DO NOTHING", (name,))
            row = session.execute(
                "SELECT page FROM window_pages WHERE name = ? FOR UPDATE", (name,)
            ).fetchone()
            page = Page.read(row[0])
            result = edit(OpenPage(page, self.now(session)))
            session.execute("UPDATE window_pages SET page = ? WHERE name = ?", (page.text(), name))
        return result

    def now(self, session: Any) -> Moment:
        (seconds,) = session.execute("SELECT extract(epoch FROM clock_timestamp())::FLOAT").fetchone()
        return Moment(seconds, seconds)


class RedisShelf:
    """A key; who finds it changed meanwhile begins anew."""

    def __init__(self, address: str) -> None:
        self._client = redis_client(address)

    def change(self, name: str, edit: Edit[T]) -> T:
        key = f"paceline:{name}:windows"

        def attempt(pipe: Any) -> T:
            page = Page.read(pipe.get(key))
            result = edit(OpenPage(page, self.now()))
            pipe.multi()
            pipe.set(key, page.text(), ex=KEEP_S)
            return result

        with redis_faults():
            result: T = self._client.transaction(attempt, key, value_from_callable=True)
        return result

    def now(self) -> Moment:
        seconds, microseconds = self._client.time()
        moment_s = seconds + microseconds / 1e6
        return Moment(moment_s, moment_s)


def _page_of_before(db: sqlite3.Connection, name: str) -> Page:
    """What a file of an earlier version tells, which had a row for each window."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'call_windows'").fetchone():
        return Page()
    rows = db.execute(
        "SELECT bucket, period_s, began, used, allowed FROM call_windows WHERE name = ?", (name,)
    )
    return Page(counts={f"{bucket} {period_s}": Count(*rest) for bucket, period_s, *rest in rows})
