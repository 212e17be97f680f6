"""`paceline export`: a table, the rows of a query, or the hits of a song search, as a CSV or Parquet file."""

from __future__ import annotations

import shutil
import sys
import tempfile
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import typer
from rich.text import Text

from paceline.exports import Format, Rows, write
from paceline.sealed import not_understood, sealed, select
from paceline.show import err, inert
from paceline.songs import find
from resources.errors import StorageProblem, UsageProblem
from resources.files import replacing
from resources.settings import load_settings
from resources.warehouse import require_warehouse

MEMORY = "2GB"
STDOUT = "-"
SQL = Path(__file__).with_name("sql")
MOST_HITS = 1_000_000
HIT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "track_title": pl.String,
    "artist_names": pl.List(pl.String),
    **dict.fromkeys(
        ("album_name", "ride_id", "ride_title", "instructor_name", "fitness_discipline"), pl.String
    ),
    "duration_s": pl.Int64,
    "air_time": pl.Datetime("us", "UTC"),
    "start_offset_s": pl.Int64,
    "score": pl.Float64,
    "why": pl.String,
    **dict.fromkeys(("plays", "classes"), pl.Int64),
    "is_explicit": pl.Boolean,
    **dict.fromkeys(("difficulty", "language", "power_zone_kind"), pl.String),
    "last_taken": pl.Datetime("us", "UTC"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    table: str | None = typer.Argument(
        None, metavar="[TABLE]", help="A table or view, such as peloton.songs.", show_default=False
    ),
    sql: str | None = typer.Option(None, help="The rows of this SELECT instead."),
    songs: str | None = typer.Option(None, help="The hits of this song search instead."),
    format_: Format | None = typer.Option(
        None, "--format", help="What to write.", show_default="what FILE ends with, else csv"
    ),
    out: str = typer.Option(STDOUT, metavar="FILE", help="The file to write; - is standard output."),
) -> None:
    """Write rows to a file. In CSV, a text that a spreadsheet would take for a formula gets an apostrophe in front.

    Example: paceline export peloton.songs --out songs.parquet
    """
    if sum(asked is not None for asked in (table, sql, songs)) != 1:
        raise UsageProblem("One thing can be exported at a time", "Give a TABLE, or --sql, or --songs.")
    chosen = format_ or (Format.parquet if out.endswith(".parquet") else Format.csv)
    warehouse = load_settings().warehouse_file
    require_warehouse(warehouse)
    if songs is not None:
        hits, _ = find(warehouse, songs, {}, MOST_HITS)
        _write(frame_of_hits(hits), out, chosen)
        return
    with sealed(warehouse, MEMORY) as connection:
        try:
            query = sql if sql is not None else f"FROM {_known(connection, table or '')}"
            select(connection, query)
            _write(connection.sql(query), out, chosen)
        except duckdb.Error as error:
            raise not_understood(error) from error


def frame_of_hits(hits: list[dict[str, Any]]) -> pl.DataFrame:
    """Hits of the song search as rows; no hits are no rows, and a column without a value keeps its type."""
    types = {name: kind for name, kind in HIT_COLUMNS.items() if not hits or name in hits[0]}
    return pl.DataFrame(hits, schema_overrides=types) if hits else pl.DataFrame(schema=types)


def _known(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """The name, if the warehouse has such a table or view."""
    names = [row[0] for row in connection.execute((SQL / "export_names.sql").read_text()).fetchall()]
    if table not in names:
        near = get_close_matches(table, names, 3)
        raise UsageProblem(
            f"The warehouse has no table {inert(table)!r}",
            f"Did you mean {' or '.join(near)}?" if near else "See docs/tables.md for the tables.",
        )
    return table


def _write(rows: Rows, out: str, format_: Format) -> None:
    if out != STDOUT:
        path = Path(out)
        try:
            if path.is_dir():
                raise UsageProblem(f"{inert(out)} is a folder", "Name a file, such as songs.csv.")
            with replacing(path) as temporary:
                write(rows, temporary, format_)
        except (OSError, ValueError, duckdb.IOException) as error:
            raise StorageProblem(
                f"{inert(out)} cannot be written ({type(error).__name__})", "Use another --out FILE."
            ) from error
        err.print(Text(f"Wrote {inert(out)}."), soft_wrap=True)
        return
    if sys.stdout.isatty():
        raise UsageProblem(
            "A terminal is no place for a file",
            "Name one, as in --out songs.csv, or send it to another program.",
        )
    with tempfile.TemporaryDirectory(prefix="paceline-") as folder:
        path = Path(folder) / f"rows.{format_}"
        write(rows, path, format_)
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
