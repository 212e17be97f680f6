"""The lake: typed Parquet, one file a month (or `all` for tables without months), replaced atomically.

`lake/<schema>/<table>/<YYYY-MM>.parquet`. Writing the same month again is idempotent, any number of
processes may write different months at once, and no reader or writer ever takes a lock. Several hosts share it by
an object storage, where a file is written before it is here.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb
import polars as pl

from resources.errors import WrittenElsewhere
from resources.files import fsync_file, replacing, safe_name, storage_errors

WHOLE = "all"
# Above this number one sync of the whole system is cheaper than an fsync for each file.
MOST_SINGLE_FSYNCS = 4
MOST_READS = 5
STAGING = "staging."  # tables made of landed answers; all others are made of tables

if TYPE_CHECKING:
    from resources.object_store import ObjectStore

T = TypeVar("T")


class Lake:
    """Typed tables below one folder; a table is named `schema.table`."""

    def __init__(self, root: Path, store: ObjectStore | None = None) -> None:
        self.root, self.store = root, store

    def pull(self) -> None:
        """Bring what other hosts wrote."""
        if self.store:
            self.store.pull(self.root, "*/*/*.parquet")

    def path(self, table: str, month: str = WHOLE) -> Path:
        """Where a month of a table is kept, whether or not it exists yet."""
        schema, name = table.split(".")
        return self.root / safe_name(schema) / safe_name(name) / f"{safe_name(month)}.parquet"

    def files(self, table: str, months: Iterable[str] | None = None) -> list[Path]:
        """The files of a table that exist, oldest month first; only those months when given."""
        if months is None:
            return sorted(self.path(table).parent.glob("*.parquet"))
        return [path for path in (self.path(table, month) for month in sorted(set(months))) if path.exists()]

    def months(self, table: str) -> list[str]:
        """The months stored of a table, oldest first."""
        return [path.stem for path in self.files(table)]

    def write(self, table: str, rows: duckdb.DuckDBPyRelation, month: str = WHOLE) -> int:
        """Replace one month of a table by `rows`; give how many there are. Empty months are kept, typed."""
        path = self.path(table, month)
        with replacing(path) as temporary:
            rows.write_parquet(str(temporary), compression="zstd")
            self._store(table, temporary, path)
        return self.row_count([path])

    def _store(self, table: str, written: Path, path: Path) -> None:
        if self.store:
            self.store.push(written, path, derived=not table.startswith(STAGING))

    def write_months(
        self, connection: duckdb.DuckDBPyConnection, table: str, sql: str, months: Iterable[str]
    ) -> dict[str, int]:
        """Replace several months by the rows of a query, which tells them apart in a column `lake_month`.

        That column is not stored. Months without rows are kept, typed and empty; rows of other months are an
        error of the caller. Gives rows per month. All files are on the disk before the first one is renamed.
        """
        connection.execute(f"CREATE OR REPLACE TEMP TABLE to_write AS {sql}")
        counts = dict.fromkeys(sorted(set(months)), 0)
        counts |= dict(
            connection.execute("SELECT lake_month, count(*) FROM to_write GROUP BY ALL").fetchall()
        )
        folder = self.path(table).parent
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
            try:
                if any(counts.values()):
                    with _one_thread(connection):  # several threads would write several files a month
                        connection.table("to_write").write_parquet(
                            str(temporary), compression="zstd", partition_by=["lake_month"], overwrite=True
                        )
                for month in (month for month, rows in counts.items() if not rows):
                    empty = temporary / f"lake_month={month}"
                    empty.mkdir()
                    nothing = connection.sql("SELECT * EXCLUDE (lake_month) FROM to_write LIMIT 0")
                    nothing.write_parquet(str(empty / "data_0.parquet"), compression="zstd")
                self._rename_months(table, temporary)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        return counts

    def _rename_months(self, table: str, temporary: Path) -> None:
        written = {
            path: self.path(table, path.parent.name.removeprefix("lake_month="))
            for path in sorted(temporary.glob("lake_month=*/*.parquet"))
        }
        for path, target in written.items():
            self._store(table, path, target)
        if len(written) > MOST_SINGLE_FSYNCS:
            os.sync()
        else:
            for path in written:
                fsync_file(path)
        for path, target in written.items():
            path.replace(target)
        fsync_file(temporary.parent)

    def read(
        self, connection: duckdb.DuckDBPyConnection, table: str, months: Iterable[str] | None = None
    ) -> duckdb.DuckDBPyRelation | None:
        """The rows of a table as a relation, or None when nothing is stored yet."""
        files = [str(path) for path in self.files(table, months)]
        if not files:
            return None
        with storage_errors(self.path(table).parent):
            # Files of an older version may lack a column that a newer one added.
            return connection.read_parquet(files, union_by_name=True)

    def read_steadily(self, read: Callable[[], T]) -> T:
        """What `read` gives, which may write as well.

        Files that another run replaces meanwhile may look damaged, and what another host wrote meanwhile must not be
        replaced: then it reads anew.
        """
        for _ in range(MOST_READS - 1):
            before = self._stamps()
            try:
                return read()
            except WrittenElsewhere:
                self.pull()
            except duckdb.Error:
                if self._stamps() == before:
                    raise
        return read()

    def _stamps(self) -> dict[str, tuple[int, int]]:
        stats = {str(path): path.stat() for path in self.root.glob("*/*/*.parquet")}
        return {path: (stat.st_mtime_ns, stat.st_ino) for path, stat in stats.items()}

    def values(self, table: str, column: str, month: str) -> set[str]:
        """The different values of a column in one month of a table."""
        files = self.files(table, [month])
        return set(pl.read_parquet(files, columns=[column])[column]) if files else set()

    @staticmethod
    def columns(file: Path) -> set[str]:
        """Names of the columns of one file, from its footer only."""
        return set(pl.read_parquet_schema(file))

    @staticmethod
    def row_count(files: list[Path]) -> int:
        """Rows in these files, from their footers only."""
        if not files:
            return 0
        # Files of different versions differ in their columns.
        scan = pl.scan_parquet(files, missing_columns="insert", extra_columns="ignore")
        return int(scan.select(pl.len()).collect().item())


@contextmanager
def _one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    before = connection.execute("SELECT current_setting('threads')").fetchone()
    connection.execute("SET threads = 1")
    try:
        yield
    finally:
        connection.execute(f"SET threads = {before[0] if before else 1}")
