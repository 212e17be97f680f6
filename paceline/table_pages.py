"""Writes docs/tables.md from a published warehouse: `make docs`.

The warehouse is built empty for the purpose, by the same code and from the same SQL files as a full one, so the
page says what a real warehouse holds without needing one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from iracing_assets.rebuild import build_iracing
from peloton_assets.search_tables import build_search_tables
from peloton_assets.transform import MONTHLY_TABLES, build_months, build_whole, connect
from resources.lake import Lake
from resources.landing import Landing
from resources.settings import CHECKOUT
from resources.state import State
from resources.table_docs import table_docs, view_docs
from resources.warehouse import open_warehouse, publish
from strava_assets.rebuild import build_strava

PAGE = CHECKOUT / "docs" / "tables.md"
COLUMNS = (Path(__file__).with_name("sql") / "columns.sql").read_text()
MACROS = (Path(__file__).with_name("sql") / "macros.sql").read_text()
HEAD = """# Tables of the warehouse

Written by `make docs` from a warehouse; the texts come from the head of each SQL file. Times are UTC, keys are
unique and never NULL. Everything here can be asked with `paceline sql "..."` or any DuckDB client from 1.5 on.
"""


def page() -> str:
    """The text of docs/tables.md."""
    with tempfile.TemporaryDirectory() as folder:
        lake, target = Lake(Path(folder) / "lake"), Path(folder) / "warehouse.duckdb"
        with connect() as connection:
            build_months(connection, lake, ["2024-01"], MONTHLY_TABLES)
            build_whole(connection, lake)
            build_search_tables(connection, lake)
        build_iracing(lake)
        build_strava(lake, Landing(Path(folder) / "landing"))
        publish(target, lake, State(Path(folder) / "state"))
        with open_warehouse(target) as warehouse:
            found = warehouse.execute(COLUMNS).fetchall()
            macros = warehouse.execute(MACROS).fetchall()
    parts = [HEAD]
    for doc in (*table_docs().values(), *view_docs().values()):
        lines = [
            f"| `{name}` | {kind} | {meaning} |" for table, name, kind, meaning in found if table == doc.name
        ]
        key = ", ".join(f"`{column}`" for column in doc.key)
        kind = "View. " if doc.reads else ""
        parts.append(
            f"## {doc.name}\n\n{kind}{doc.about}\n\nKey: {key}\n\n"
            "| column | type | meaning |\n|---|---|---|\n" + "\n".join(lines) + "\n"
        )
    functions = "\n".join(f"- `{name}({', '.join(parameters)})`" for name, parameters in macros)
    parts.append(f"## Macros\n\n{functions}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
