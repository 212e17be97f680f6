"""Rows as a CSV or Parquet file.

A spreadsheet takes a text that begins with = + - or @ for a formula, and titles come from strangers. In CSV such a
text gets an apostrophe in front of it, and so does such a column name; numbers stay as they are. Parquet needs
nothing of that and holds every text sign for sign.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import duckdb

from resources.duckdb_session import BEGIN

FORMULA_SIGNS = "=+-@|\t\r\n＝＋－＠"
# What cannot hold a stranger's text; written, lists and structures begin with a bracket.
_NO_TEXT = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN", "DATE", "TIME", "STRUCT", "MAP",
)  # fmt: skip


class Format(StrEnum):
    """What a file can be."""

    csv = "csv"
    parquet = "parquet"


MEDIA_TYPES = {Format.csv: "text/csv; charset=utf-8", Format.parquet: "application/vnd.apache.parquet"}


class Rows(Protocol):
    """Anything that gives its rows by the Arrow C stream: a frame of polars, a relation of DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The stream."""
        ...


class Stream:
    """Hands the rows of one database to another, which takes a relation of its own only."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._rows.__arrow_c_stream__()


def write(rows: Rows, path: Path, format_: Format) -> None:
    """Write all rows to `path`; what was there is replaced."""
    with duckdb.connect() as connection:
        connection.execute(BEGIN)
        relation = connection.from_arrow(Stream(rows))
        if format_ == Format.parquet:
            relation.write_parquet(str(path), compression="zstd")
        else:
            inert = [
                _inert(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)
            ]
            relation.project(*inert).write_csv(str(path))


def inert_name(name: str) -> str:
    """A column name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in FORMULA_SIGNS and name else name


def _inert(name: str, kind: str) -> Any:
    column = duckdb.ColumnExpression(name)
    if kind.startswith(_NO_TEXT) or kind.endswith("]"):
        return column.alias(inert_name(name))
    text = column.cast("VARCHAR")
    first = duckdb.FunctionExpression("left", text, duckdb.ConstantExpression(1))
    is_formula = first.isin(*map(duckdb.ConstantExpression, FORMULA_SIGNS))
    quoted = duckdb.FunctionExpression("concat", duckdb.ConstantExpression("'"), text)
    return duckdb.CaseExpression(is_formula, quoted).otherwise(text).alias(inert_name(name))
