"""`paceline sql`: a read-only query on the published warehouse."""

from __future__ import annotations

import duckdb
import typer

from paceline.show import err, out, print_json, table
from resources.errors import UsageProblem
from resources.settings import load_settings
from resources.warehouse import open_warehouse

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
    with open_warehouse(load_settings().warehouse_file) as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute(
            "SET python_enable_replacements = false"
        )  # a name is a table, never a variable of ours
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type not in _READING:
                raise UsageProblem("Only one SELECT statement is possible", "The warehouse is read-only.")
            found = connection.execute(statements[0])
            columns = [column[0] for column in found.description or []]
            shown = found.fetchmany(rows)
            more = found.fetchone() is not None
        except duckdb.Error as error:
            raise UsageProblem(f"DuckDB says: {error}", "See docs/tables.md for the tables.") from error
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in shown])
    else:
        table(columns, shown)
        out.print(f"{len(shown)} rows")
    if more:
        err.print(f"There are more rows than the {rows} shown; ask for more with --rows.")


_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
