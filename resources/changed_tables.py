"""Writes of a table only the files that would say something else than before, so that nothing else is built again."""

from __future__ import annotations

import duckdb

from resources.lake import WHOLE, Lake

ANY_MONTH = "1970-01"  # of an empty table with months


def write_changed(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: str, query: str, has_months: bool
) -> dict[str, int]:
    """Rows of each file written, by month (or `all`). The query of a table with months tells them in `lake_month`.

    A table of which nothing is known exists all the same, empty.
    """
    name = table.split(".")[1]
    part = "* EXCLUDE (lake_month), lake_month" if has_months else f"*, '{WHOLE}' AS lake_month"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE now_{name} AS SELECT {part} FROM ({query})")
    changed = changed_parts(connection, lake, table, f"now_{name}", ANY_MONTH if has_months else WHOLE)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE changed AS SELECT unnest($1) AS lake_month", [sorted(changed)]
    )
    if not changed:
        return {}
    return lake.write_months(
        connection, table, f"FROM now_{name} SEMI JOIN changed USING (lake_month)", changed
    )


def changed_parts(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: str, fresh: str, otherwise: str
) -> set[str]:
    """Months (or `all`) of which the stored rows are not the fresh ones; all of them where columns differ."""
    parts = {row[0] for row in connection.execute(f"SELECT DISTINCT lake_month FROM {fresh}").fetchall()}
    files = lake.files(table)
    if not files:
        return parts or {otherwise}
    columns = connection.table(fresh).columns
    if any(lake.columns(path) != {*columns} - {"lake_month"} for path in files):
        return parts | {path.stem for path in files}
    stored = connection.read_parquet([str(path) for path in files], filename=True)
    stored.create_view("stored_rows", replace=True)
    rows = f"SELECT {', '.join(columns)} FROM {fresh}"
    before = (
        f"SELECT {', '.join(name for name in columns if name != 'lake_month')},"
        " parse_filename(filename, true) AS lake_month FROM stored_rows"
    )
    differing = f"((({rows}) EXCEPT ALL ({before})) UNION ALL (({before}) EXCEPT ALL ({rows})))"
    changed = connection.execute(f"SELECT DISTINCT lake_month FROM {differing}").fetchall()
    return {row[0] for row in changed}
