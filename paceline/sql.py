"""`paceline sql`: a read-only query on the published warehouse."""

from __future__ import annotations

import duckdb
import typer

from paceline.sealed import not_understood, sealed, select
from paceline.show import err, out, print_json, table
from resources.settings import load_settings
from resources.warehouse import require_warehouse

MEMORY = "2GB"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sql")(sql)


def sql(
    query: str = typer.Argument(help="One SELECT statement."),
    rows: int = typer.Option(100, help="Show at most so many rows.", min=1),
    as_json: bool = typer.Option(False, "--json", help="Print rows as JSON."),
) -> None:
    """Ask the warehouse in SQL. Nothing can be written, and no file outside it can be read.

    Example: paceline sql "SELECT title, plays FROM peloton.tracks ORDER BY plays DESC LIMIT 10"
    """
    warehouse = load_settings().warehouse_file
    require_warehouse(warehouse)
    with sealed(warehouse, MEMORY) as connection:
        try:
            found = connection.execute(select(connection, query))
            columns = [column[0] for column in found.description or []]
            shown = found.fetchmany(rows)
            more = found.fetchone() is not None
        except duckdb.Error as error:
            raise not_understood(error) from error
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in shown])
    else:
        table(columns, shown)
        out.print(f"{len(shown)} rows")
    if more:
        err.print(f"There are more rows than the {rows} shown; ask for more with --rows.")
