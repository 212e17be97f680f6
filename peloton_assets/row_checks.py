"""Asset checks about rows: files of sql/checks, each a query for offending rows, and one for the key of every table.

A blocking one is about what we made and keeps the warehouse from being published; the others are about what the
provider sent and only warn. Surprising: those of one step of the graph run in one step too, since a step costs more
than all their queries; those of the warehouse look at all tables together, when none of them is about to change.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb

from peloton_assets.transform import MONTHLY_TABLES, SQL, WHOLE_TABLES, connect, show_stored
from resources.lake import Lake
from resources.redact import one_line
from resources.settings import load_settings
from resources.table_docs import TableDoc, table_docs

SHOWN_ROWS = 10
LONGEST_CELL_CHARS = 80
# Assets that one step makes; their checks run together after it.
STEPS = {
    "rides": ("rides",),
    "music": ("playlists", "songs", "song_artists"),
    "references": ("instructors", "class_types", "equipment"),
    "tracks": ("tracks",),
    "workouts": ("workouts",),
    "workout_series": ("workout_summaries", "workout_samples"),
    "warehouse": ("warehouse",),
}


@dataclass(frozen=True)
class RowCheck:
    """A query that finds nothing as long as an asset is what it should be."""

    name: str
    asset: str
    about: str
    blocking: bool
    sql: str

    @property
    def spec(self) -> dg.AssetCheckSpec:
        key = [self.asset] if self.asset == "warehouse" else ["peloton", self.asset]
        return dg.AssetCheckSpec(self.name, asset=key, description=self.about, blocking=self.blocking)


def row_checks() -> dict[str, RowCheck]:
    """All of them by name."""
    keys = [key_check(table_docs()[table]) for table in (*MONTHLY_TABLES, *WHOLE_TABLES)]
    return {check.name: check for check in (*keys, *map(read_check, sorted((SQL / "checks").glob("*.sql"))))}


def key_check(doc: TableDoc) -> RowCheck:
    """No row of a table without its key, and no key twice."""
    name = doc.name.split(".")[1]
    key = ", ".join(doc.key)
    missing = " OR ".join(f"{column} IS NULL" for column in doc.key)
    sql = f"SELECT {key}, count(*) AS times FROM {name} GROUP BY ALL HAVING count(*) > 1 OR {missing}"  # noqa: S608
    return RowCheck(f"key_of_{name}", name, f"{key} is there and unique.", True, sql)


def read_check(path: Path) -> RowCheck:
    """The head of a file says what it is about."""
    sql = path.read_text()
    head = dict(re.findall(r"^-- (check|asset|blocking): (.+)$", sql, re.MULTILINE))
    return RowCheck(path.stem, head["asset"], head["check"], head["blocking"] == "true", sql)


def row_check_definitions() -> list[dg.AssetChecksDefinition]:
    """One definition for each step of the graph that has checks."""
    every = row_checks().values()
    return [
        _together(step, [check for check in every if check.asset in assets]) for step, assets in STEPS.items()
    ]


def _together(step: str, checks: list[RowCheck]) -> dg.AssetChecksDefinition:
    specs = [check.spec for check in checks]

    @dg.multi_asset_check(name=f"rows_of_{step}", specs=specs, can_subset=True)
    def rows_of_step(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        chosen = [check for check in checks if check.spec.key in context.selected_asset_check_keys]
        lake = Lake(load_settings().lake_dir)

        def look() -> list[dg.AssetCheckResult]:
            with connect() as connection:
                show_tables(connection, lake, chosen)
                return [_result(connection, check) for check in chosen]

        yield from lake.read_steadily(look)

    return rows_of_step


def _result(connection: duckdb.DuckDBPyConnection, check: RowCheck) -> dg.AssetCheckResult:
    bad = connection.sql(check.sql)
    count = len(bad)
    shown = [bad.columns, *bad.limit(SHOWN_ROWS).fetchall()]
    table = "\n".join(" | ".join(one_line(cell, LONGEST_CELL_CHARS) for cell in row) for row in shown)
    return dg.AssetCheckResult(
        asset_key=check.spec.asset_key,
        check_name=check.name,
        passed=count == 0,
        severity=dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN,
        metadata={"offending rows": count, "first of them": table if count else "none"},
    )


def show_tables(connection: duckdb.DuckDBPyConnection, lake: Lake, checks: list[RowCheck]) -> None:
    """The typed tables that these checks name, under their bare names; classes also with the file they are in."""
    named = {word for check in checks for word in re.findall(r"\w+", check.sql)}
    for table in (*MONTHLY_TABLES, *WHOLE_TABLES):
        if table.split(".")[1] in named:
            show_stored(connection, lake, table)
    if "rides" not in named:
        return
    if files := [str(path) for path in lake.files("peloton.rides")]:
        connection.read_parquet(files, filename=True, union_by_name=True).create_view("rides", replace=True)
    else:
        connection.execute(
            "CREATE OR REPLACE VIEW rides AS SELECT *, NULL::VARCHAR AS filename FROM empty_rides"
        )
