"""Where small facts that many processes write are kept: a SQLite file of one host, or a PostgreSQL for several.

The SQL of both is one: what SQLite and PostgreSQL have in common, with `?` for each value.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import urlsplit

from resources.errors import UsageProblem
from resources.locks import FileLocks, Locks
from resources.redact import one_line, remember_address
from resources.sqlite_files import SqliteDatabase

Place = Path | str  # a folder, or the address of a database


class Result(Protocol):
    """What a statement gave."""

    @property
    def description(self) -> Any: ...

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Session(Protocol):
    """An open transaction."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Result: ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Result: ...


class Database(Protocol):
    """One schema of tables, brought up to date when it is opened."""

    @property
    def locks(self) -> Locks:
        """Locks that everybody sees who shares these tables."""

    def transaction(self) -> AbstractContextManager[Session]:
        """All or nothing, and short: others wait meanwhile."""

    def snapshot(self) -> AbstractContextManager[Session]:
        """To read several tables as they are at one moment, while others write."""


def database_at(place: Place, name: str, scripts: Path) -> Database:
    """The tables called `name`: the file `name.sqlite` of a folder, or those of a shared database."""
    if isinstance(place, Path):
        return SqliteDatabase(place / f"{name}.sqlite", scripts)
    shared: Database = postgres(place).PostgresDatabase(place, name, scripts)
    return shared


def locks_at(place: Place) -> Locks:
    """The locks of the same place, which can be had also when its tables are damaged."""
    locks: Locks = FileLocks(place) if isinstance(place, Path) else postgres(place).PostgresLocks(place)
    return locks


def postgres(address: str, variable: str = "STATE_URL") -> ModuleType:
    """The module for PostgreSQL, whose driver one host does not need. UsageProblem for another kind of address."""
    remember_address(address)
    scheme = urlsplit(address).scheme
    if scheme not in ("postgres", "postgresql"):
        raise UsageProblem(
            f"{variable} begins with {one_line(scheme, 30) or 'nothing'}://",
            "Use postgresql://host/database with user and password before the host, or leave it empty on one host.",
        )
    driver("psycopg", "psycopg[binary,pool]", variable)
    return importlib.import_module("resources.postgres")


def driver(module: str, package: str, variable: str) -> Any:
    """A module that is only installed where several hosts work together."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise UsageProblem(
            f"{variable} needs the Python package {package}, which is not installed",
            f'Run `.venv/bin/pip install "{package}"`, or leave {variable} empty on a single host.',
        ) from None
