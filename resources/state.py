"""Coverage, differences, failures, sync runs, drift and list positions: the small mutable facts.

"Complete" is a fact recorded here by whoever proved it, never inferred from rows that happen to be there.
Many processes may write, one short transaction per call: in a SQLite file of the data folder, or in the PostgreSQL
of STATE_URL, where several hosts share them. So every statement here is what both of them understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from resources.database import Place, Session, database_at
from resources.locks import Locks
from resources.migrations import scripts

NAME = "paceline"
MIGRATIONS = Path(__file__).with_name("sql") / "state"
KILLED = "The process ended without a word: it was killed, or the machine stopped."
TABLES = (
    "coverage", "differences", "failures", "sync_runs", "drift",
    "connections", "limits", "backlog", "findings", "sizes",
)  # fmt: skip
RETRY_AFTER_FAILURE = timedelta(0)  # a failed item is tried again by the next run
RETRY_AFTER_NOT_SERVED = timedelta(days=30)  # 404 and 410 speak of the item: asking daily would be rude


def utc_text(moment: datetime) -> str:
    """RFC 3339 in UTC, the form of every time in this file."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Difference:
    """An item by which a month's rows differ from the provider's count; `effect` is 1 for one that is only stored."""

    item: str
    reason: str
    effect: int = -1


@dataclass(frozen=True)
class Coverage:
    """What is known of one month of one resource. `state` is complete, incomplete or unknown.

    `rows` is `provider_count` and the effects of all `differences`.
    """

    resource: str
    month: str
    state: str
    reason: str | None = None
    rows: int | None = None
    provider_count: int | None = None
    pages: int | None = None
    differences: tuple[Difference, ...] = ()


@dataclass
class SyncCounts:
    """What a run did, in the words of `sync --json`. `minimum_requests` is what could not be avoided."""

    requests: int = 0
    minimum_requests: int = 0
    fetched: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: int = 0


class State:
    """The state of one data folder, or of several hosts."""

    def __init__(self, place: Place) -> None:
        self.database = database_at(place, NAME, MIGRATIONS)

    @property
    def locks(self) -> Locks:
        """Locks that everybody sees who shares this state."""
        return self.database.locks

    def _connection(self) -> AbstractContextManager[Session]:
        return self.database.transaction()

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of a query over the state tables."""
        with self._connection() as connection:
            cursor = connection.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def copy_from(self, other: State) -> None:
        """Take over the content of another state, consistent even while that one is written."""
        with other.database.snapshot() as source, self._connection() as connection:
            for table in all_tables():
                found = source.execute(f"SELECT * FROM {table}")  # noqa: S608
                columns = [f'"{column[0]}"' for column in found.description]
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
                connection.executemany(
                    f"INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608
                    f" VALUES ({', '.join('?' * len(columns))})",
                    found.fetchall(),
                )

    def columns(self, table: str) -> list[str]:
        """Names of the columns of a state table."""
        with self._connection() as connection:
            found = connection.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608
            return [column[0] for column in found.description]

    def replace_rows(self, table: str, rows: Sequence[Mapping[str, Any]], **of: str) -> None:
        """Let `rows` take the place of all rows of a table that have the values `of`, which they get themselves."""
        where = " AND ".join(f"{name} = ?" for name in of)
        with self._connection() as connection:
            connection.execute(f"DELETE FROM {table} WHERE {where}", tuple(of.values()))  # noqa: S608
            for row in rows:
                full = {**of, **row}
                names, places = ", ".join(full), ", ".join("?" * len(full))
                connection.execute(
                    f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608
                    tuple(full.values()),
                )

    def forget_days(self, table: str, before: str) -> None:
        """Throw away the rows of days (YYYY-MM-DD) before this one."""
        with self._connection() as connection:
            connection.execute(f"DELETE FROM {table} WHERE day < ?", (before,))  # noqa: S608

    # coverage

    def record_coverage(
        self, source: str, entries: Iterable[Coverage], run_id: str, now: datetime, account: str = ""
    ) -> None:
        """Replace what is known of these months, but for when they were proven: that tells who was complete."""
        known = list(entries)
        with self._connection() as connection:
            connection.executemany(
                "INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (source, resource, account, month) DO UPDATE SET state = excluded.state,"
                ' reason = excluded.reason, "rows" = excluded."rows", provider_count = excluded.provider_count,'
                " pages = excluded.pages, proven_at = coalesce(excluded.proven_at, coverage.proven_at),"
                " run_id = excluded.run_id",
                [
                    (source, c.resource, account, c.month, c.state, c.reason, c.rows, c.provider_count,
                     c.pages, utc_text(now) if c.state == "complete" else None, run_id)
                    for c in known
                ],
            )  # fmt: skip
            connection.executemany(
                "DELETE FROM differences WHERE source = ? AND resource = ? AND account = ? AND month = ?",
                [(source, c.resource, account, c.month) for c in known],
            )
            connection.executemany(
                "INSERT INTO differences VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (source, c.resource, account, c.month, d.item, d.reason, d.effect, run_id)
                    for c in known
                    for d in c.differences
                ],
            )

    def complete_months(self, source: str, resource: str, account: str = "") -> dict[str, datetime]:
        """Months recorded complete, and when that was proven."""
        found = self.rows(
            "SELECT month, proven_at FROM coverage"
            " WHERE source = ? AND resource = ? AND account = ? AND state = 'complete'",
            source, resource, account,
        )  # fmt: skip
        return {row["month"]: datetime.fromisoformat(row["proven_at"]) for row in found}

    # failures

    def record_failure(
        self, source: str, resource: str, item: str, error: Exception, now: datetime,
        wait: timedelta = RETRY_AFTER_FAILURE, account: str = "",
    ) -> None:  # fmt: skip
        """Note that an item failed (again); `error` must be free of secrets, as PacelineErrors are."""
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)"
                " ON CONFLICT (source, resource, account, id) DO UPDATE SET error_class = excluded.error_class,"
                " message = excluded.message, attempts = failures.attempts + 1,"
                " last_failed_at = excluded.last_failed_at, next_try = excluded.next_try",
                (source, resource, account, item, type(error).__name__, str(error), utc_text(now),
                 utc_text(now), utc_text(now + wait)),
            )  # fmt: skip

    def clear_failures(self, source: str, resource: str, items: Iterable[str], account: str = "") -> None:
        """Forget failures of items that succeeded."""
        with self._connection() as connection:
            connection.executemany(
                "DELETE FROM failures WHERE source = ? AND resource = ? AND account = ? AND id = ?",
                [(source, resource, account, item) for item in items],
            )

    def mark(self, name: str) -> datetime | None:
        """A remembered moment."""
        text = self.note(name)
        return datetime.fromisoformat(text) if text else None

    def set_mark(self, name: str, moment: datetime) -> None:
        """Remember a moment."""
        self.set_note(name, utc_text(moment))

    def note(self, name: str) -> str | None:
        """A remembered word."""
        found = self.rows("SELECT value FROM marks WHERE name = ?", name)
        return str(found[0]["value"]) if found else None

    def set_note(self, name: str, text: str) -> None:
        """Remember a word."""
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO marks VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, text),
            )

    def next_tries(self, source: str, resource: str, account: str = "") -> dict[str, datetime]:
        """Items that failed, and the moment before which each must not be asked again."""
        found = self.rows(
            "SELECT id, next_try FROM failures WHERE source = ? AND resource = ? AND account = ?",
            source, resource, account,
        )  # fmt: skip
        return {row["id"]: datetime.fromisoformat(row["next_try"]) for row in found}

    # runs

    def start_run(
        self, run_id: str, source: str, resource: str, partition: str, now: datetime, outcome: str = "running"
    ) -> None:
        """Note that a run is `waiting` or `running`; a repeated step of the same run starts its counts again."""
        with self._connection() as connection:
            key = (run_id, source, resource, partition)
            connection.execute(
                "DELETE FROM sync_runs WHERE run_id = ? AND source = ? AND resource = ? AND partition = ?",
                key,
            )
            connection.execute(
                "INSERT INTO sync_runs (run_id, source, resource, partition, started, outcome)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (*key, utc_text(now), outcome),
            )

    def close_dead_runs(self, source: str, now: datetime, ended: Iterable[str] = ()) -> None:
        """End the rows of processes that died. Only for who holds the lock without which nothing is running.

        Who waits for that lock may live: of those only the runs that are known to have `ended`.
        """
        with self._connection() as connection:
            dead = "UPDATE sync_runs SET outcome = 'failed', ended = ?, stop_reason = ?, exit_code = 1"
            told = (utc_text(now), KILLED, source)
            connection.execute(f"{dead} WHERE source = ? AND outcome = 'running'", told)
            connection.executemany(
                f"{dead} WHERE source = ? AND outcome = 'waiting' AND run_id = ?",
                [(*told, run_id) for run_id in ended],
            )

    def waiting_runs(self, source: str) -> list[str]:
        """Runs that wait for the lock, or died while they waited."""
        found = self.rows(
            "SELECT DISTINCT run_id FROM sync_runs WHERE source = ? AND outcome = 'waiting'", source
        )
        return [row["run_id"] for row in found]

    def end_run(
        self, run_id: str, source: str, resource: str, partition: str, counts: SyncCounts, now: datetime,
        outcome: str = "done", stop_reason: str | None = None, exit_code: int = 0,
        resume_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Note how a run ended. `outcome` is done, stopped or failed."""
        with self._connection() as connection:
            connection.execute(
                "UPDATE sync_runs SET ended = ?, requests = ?, minimum_requests = ?, fetched = ?,"
                " created = ?, updated = ?, skipped = ?, errors = ?, outcome = ?, stop_reason = ?, exit_code = ?,"
                " resume_at = ? WHERE run_id = ? AND source = ? AND resource = ? AND partition = ?",
                (utc_text(now), counts.requests, counts.minimum_requests, counts.fetched, counts.created,
                 counts.updated, counts.skipped, counts.errors, outcome, stop_reason, exit_code,
                 utc_text(resume_at) if resume_at else None, run_id, source, resource, partition),
            )  # fmt: skip

    # drift

    def record_drift(
        self, source: str, resource: str, found: Iterable[tuple[str, str, str]], run_id: str, now: datetime
    ) -> int:
        """Note (path, kind, detail) triples; give how many were never seen before."""
        with self._connection() as connection:
            return connection.executemany(
                "INSERT INTO drift VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [(source, resource, *triple, utc_text(now), run_id) for triple in found],
            ).rowcount

    # merged files

    def merged_files(self, source: str, resource: str) -> set[str]:
        """Names of the landed files that are in the lake."""
        found = self.rows("SELECT file FROM merged_files WHERE source = ? AND resource = ?", source, resource)
        return {row["file"] for row in found}

    def record_merged(self, source: str, resource: str, files: Iterable[str]) -> None:
        """Note that these landed files are in the lake."""
        with self._connection() as connection:
            connection.executemany(
                "INSERT INTO merged_files VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(source, resource, file) for file in files],
            )

    def forget_merged(self, source: str, resource: str, files: Iterable[str]) -> None:
        """Note that these landed files have to be merged again if they are there."""
        if forgotten := [(source, resource, file) for file in files]:
            with self._connection() as connection:
                connection.executemany(
                    "DELETE FROM merged_files WHERE source = ? AND resource = ? AND file = ?", forgotten
                )

    # positions

    def positions(self, source: str, resource: str) -> dict[str, int]:
        """Remembered rows from the old end of the list up to and including each month."""
        found = self.rows(
            "SELECT month, rows_from_end FROM list_positions WHERE source = ? AND resource = ?",
            source,
            resource,
        )
        return {row["month"]: row["rows_from_end"] for row in found}

    def record_positions(self, source: str, resource: str, positions: dict[str, int]) -> None:
        """Remember where months begin."""
        with self._connection() as connection:
            connection.executemany(
                "INSERT INTO list_positions VALUES (?, ?, ?, ?)"
                " ON CONFLICT (source, resource, month) DO UPDATE SET rows_from_end = excluded.rows_from_end",
                [(source, resource, month, rows) for month, rows in positions.items()],
            )


@cache
def all_tables() -> tuple[str, ...]:
    """Names of the tables, from the statements that make them."""
    made = (re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", script) for script in scripts(MIGRATIONS))
    return tuple(dict.fromkeys(name for names in made for name in names))
