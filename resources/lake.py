"""The lake: typed Parquet, one file a month (or `all` for tables without months), replaced atomically.

`lake/<schema>/<table>/<YYYY-MM>.parquet`. Writing the same month again is idempotent, any number of
processes may write different months at once, and no reader or writer ever takes a lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import polars as pl

from resources.files import replacing, storage_errors

WHOLE = "all"


class Lake:
    """Typed tables below one folder; a table is named `schema.table`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, table: str, month: str = WHOLE) -> Path:
        """Where a month of a table is kept, whether or not it exists yet."""
        schema, name = table.split(".")
        return self.root / schema / name / f"{month}.parquet"

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
        return self.row_count([path])

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

    @staticmethod
    def row_count(files: list[Path]) -> int:
        """Rows in these files, from their footers only."""
        if not files:
            return 0
        return int(pl.scan_parquet(files).select(pl.len()).collect().item())
