"""PostgreSQL in place of the local files, when several hosts work together (STATE_URL, LIMITER_URL).

All is in the schema `paceline`, so that Dagster's own tables may lie in the same database. A lock is an advisory lock
of a connection of its own: it is gone the moment that connection is, whoever was killed. Surprising: the same holds
for a restart of the server, so whoever believes to hold a lock is asked for it again at each of its transactions.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from resources.errors import DatabaseUnavailable, StorageProblem
from resources.locks import FOREVER, POLL_S, Busy
from resources.migrations import require_known, scripts
from resources.redact import one_line, remember_address

SCHEMA = "paceline"
CONNECT_WITHIN_S = 10
POOL_WAIT_S, ATTEMPT_S = 20.0, 2.0  # a server that is started anew is back by then
SLOWEST_POLL_S = 0.5
# A host that lost its power or its network says no goodbye: both sides find out within a minute.
KEEP_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
SESSION = (
    f"-c search_path={SCHEMA},public -c timezone=UTC -c synchronous_commit=on"
    + "".join(f" -c tcp_{name}={value}" for name, value in KEEP_ALIVE.items())
)  # fmt: skip
# What these words mean in SQLite, where a number has no width.
WIDER = {"INTEGER": "BIGINT", "REAL": "DOUBLE PRECISION"}
NUL, SHOWN_NUL = "\x00", "\u2400"  # PostgreSQL stores every sign but this one

# The pool tells each of its attempts; who waits in vain gets one sentence instead.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)

_held: dict[psycopg.Connection, tuple[str, str]] = {}


class PostgresSession:
    """A transaction that takes SQL as SQLite spells it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor:
        return self._connection.execute(_spelt(sql), _storable(values))

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> psycopg.Cursor:
        cursor = self._connection.cursor()
        cursor.executemany(_spelt(sql), map(_storable, rows))
        return cursor


class PostgresLocks:
    """Advisory locks of one database, the same for all hosts."""

    def __init__(self, address: str, variable: str = "STATE_URL") -> None:
        self.address = address
        self.variable = variable

    @contextmanager
    def hold(self, name: str, wait_s: float = FOREVER) -> Iterator[None]:
        with faults(self.address, self.variable):
            connection = psycopg.connect(_conninfo(self.address, f"lock {name}"), autocommit=True)
        with closing(connection):
            with faults(self.address, self.variable):
                _wait_for(connection, name, wait_s)
            _held[connection] = self.address, name
            try:
                yield
            finally:
                del _held[connection]


class PostgresDatabase:
    """The tables that the scripts of a folder make, called `part`, brought up to date when this is made."""

    def __init__(
        self, address: str, part: str, folder: Path, variable: str = "STATE_URL", asks_for_locks: bool = True
    ) -> None:
        remember_address(address)
        self.address = address
        self.variable = variable
        self.locks = PostgresLocks(address, variable)
        self._asks_for_locks = asks_for_locks
        self._migrate(part, folder)

    @contextmanager
    def transaction(self) -> Iterator[PostgresSession]:
        self._require_locks()  # before a wait that would be in vain, and after it
        with faults(self.address, self.variable), _connection_of(pool_of(self.address)) as connection:
            self._require_locks()
            yield PostgresSession(connection)

    @contextmanager
    def snapshot(self) -> Iterator[PostgresSession]:
        with self.transaction() as session:
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield session

    def _require_locks(self) -> None:
        """Raise DatabaseUnavailable when a lock that this process believes to hold is gone."""
        for connection, (whose, name) in list(_held.items()):
            if whose == self.address and self._asks_for_locks:
                try:
                    connection.execute("SELECT 1")
                except psycopg.Error as error:
                    raise DatabaseUnavailable(
                        f"The lock {name!r} was lost with its connection ({one_line(error, 120)})",
                        "Somebody else may hold it now. Run the same command again; what arrived is kept.",
                    ) from None

    def _migrate(self, part: str, folder: Path) -> None:
        """Apply what is lacking, all of it or nothing; whoever comes second finds it done."""
        known = scripts(folder)
        with (
            faults(self.address, self.variable),
            # Not from the pool, which would hide for a while why nobody can connect.
            psycopg.connect(_conninfo(self.address), autocommit=True) as connection,
        ):
            version = _version(connection, part)
            if version < len(known):
                # Of the session: a transaction that waited would not see what was made meanwhile.
                connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (SCHEMA,))
                with connection.transaction():
                    version = _apply(connection, part, known)
        what = f"The database of {self.variable}"
        require_known(version, len(known), what, f"name another database in {self.variable}")


@contextmanager
def faults(address: str, variable: str) -> Iterator[None]:
    """A server that is away, full or refuses us, as a sentence with the next step."""
    try:
        yield
    except PoolTimeout:
        raise _unavailable(_why(address), variable) from None
    except (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.ReadOnlySqlTransaction,
        psycopg.errors.InvalidSchemaName,
    ) as error:
        raise _unavailable(error, variable) from None  # what it quotes may be a token
    except psycopg.ProgrammingError as error:
        if error.sqlstate:  # told by the server: a fault of ours
            raise
        raise StorageProblem(
            f"{variable} is no address of a database",  # its words may quote a part of the password
            "Write it like postgresql://host:5432/database, with user and password before the host.",
        ) from None


def _unavailable(error: object, variable: str) -> DatabaseUnavailable:
    told = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return DatabaseUnavailable(
        f"The database of {variable} cannot be used ({one_line(told or error, 200)})",
        f"Start it, or mend {variable}; then run the same command again: nothing that is stored is lost.",
    )


def _why(address: str) -> object:
    """The pool only tells that it has waited."""
    try:
        psycopg.connect(_conninfo(address)).close()
    except psycopg.Error as error:
        return error
    return f"no connection was free for {POOL_WAIT_S:.0f} s"


def pool_of(address: str) -> ConnectionPool:
    """The connections of this process; a forked child must not use its parent's."""
    return _pool(address, os.getpid())


@cache
def _pool(address: str, _: int) -> ConnectionPool:
    return ConnectionPool(
        _conninfo(address),
        min_size=0,
        max_size=4,
        max_idle=60,
        timeout=ATTEMPT_S,
        reconnect_timeout=ATTEMPT_S,
        open=True,
        num_workers=1,
        check=ConnectionPool.check_connection,
        configure=_configure,
    )


@contextmanager
def _connection_of(pool: ConnectionPool) -> Iterator[psycopg.Connection]:
    """A connection for one transaction. The pool itself pauses longer and longer while a server is away."""
    end = time.monotonic() + POOL_WAIT_S
    while True:
        try:
            connection = pool.getconn()
            break
        except PoolTimeout:
            if time.monotonic() > end:
                raise
    try:
        with connection:
            yield connection
    finally:
        pool.putconn(connection)


def _configure(connection: psycopg.Connection) -> None:
    connection.adapters.register_loader("numeric", _Number)


class _Number(Loader):
    """A sum of whole numbers is one too, as it is in SQLite."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


def _conninfo(address: str, who: str = "") -> str:
    theirs: dict[str, Any] = {
        key: value for key, value in conninfo_to_dict(address).items() if value is not None
    }
    options = f"{SESSION} {theirs.pop('options', '')}".strip()
    ours: dict[str, Any] = {
        "connect_timeout": CONNECT_WITHIN_S,
        "application_name": f"paceline {who}".strip(),
        **KEEP_ALIVE,
    }
    return make_conninfo("", **{**ours, **theirs, "options": options})


def _wait_for(connection: psycopg.Connection, name: str, wait_s: float) -> None:
    """Ask again and again, since a waiting query would hold back the server's clean-up, and Ctrl-C."""
    end, pause_s = time.monotonic() + wait_s, POLL_S
    while True:
        row = connection.execute(
            "SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))", (SCHEMA, name)
        ).fetchone()
        if row and row[0]:
            return
        left_s = end - time.monotonic() if wait_s >= 0 else pause_s
        if left_s <= 0:
            raise Busy(name)
        time.sleep(min(pause_s, left_s))
        pause_s = min(SLOWEST_POLL_S, pause_s * 1.5)


def _version(connection: psycopg.Connection, part: str) -> int:
    row = connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.schema_versions",)).fetchone()
    if not row or row[0] is None:
        return 0
    row = connection.execute("SELECT version FROM schema_versions WHERE part = %s", (part,)).fetchone()
    return int(row[0]) if row else 0


def _apply(connection: psycopg.Connection, part: str, known: Sequence[str]) -> int:
    """Run the scripts that were not run yet; give the version."""
    version = _version(connection, part)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {SCHEMA}.schema_versions (part TEXT PRIMARY KEY, version BIGINT NOT NULL)"
    )
    for script in known[version:]:
        connection.execute(_widened(script))
    connection.execute(
        "INSERT INTO schema_versions VALUES (%s, %s)"
        " ON CONFLICT (part) DO UPDATE SET version = greatest(excluded.version, schema_versions.version)",
        (part, len(known)),
    )
    return max(version, len(known))


def _widened(script: str) -> str:
    return re.sub(r"\b(INTEGER|REAL)\b", lambda found: WIDER[found[0]], script)


def _spelt(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


def _storable(values: Sequence[Any]) -> list[Any]:
    return [value.replace(NUL, SHOWN_NUL) if isinstance(value, str) else value for value in values]
