"""Asset checks about rows: files of sql/checks, each a query for offending rows, and one for the key of every table.

A blocking one is about what we made and keeps the warehouse from being published; the others are about what the
provider sent and only warn. Surprising: those of one step of the graph run in one step too, since a step costs more
than all their queries; those of the warehouse look at all tables together, when none of them is about to change.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb

from resources.data_folder import open_lake
from resources.lake import Lake
from resources.redact import one_line
from resources.settings import load_settings
from resources.table_docs import TableDoc

SHOWN_ROWS = 10
LONGEST_CELL_CHARS = 80


@dataclass(frozen=True)
class RowCheck:
    """A query that finds nothing as long as an asset (its key with slashes) is what it should be."""

    name: str
    asset: str
    about: str
    blocking: bool
    sql: str

    @property
    def spec(self) -> dg.AssetCheckSpec:
        return dg.AssetCheckSpec(
            self.name, asset=self.asset.split("/"), description=self.about, blocking=self.blocking
        )


# A connection in which the typed tables that some checks name are readable under their bare names.
Show = Callable[[Lake, list[RowCheck]], duckdb.DuckDBPyConnection]


def key_check(doc: TableDoc) -> RowCheck:
    """No row of a table without its key, and no key twice."""
    schema, name = doc.name.split(".")
    key = ", ".join(doc.key)
    missing = " OR ".join(f"{column} IS NULL" for column in doc.key)
    sql = f"SELECT {key}, count(*) AS times FROM {name} GROUP BY ALL HAVING count(*) > 1 OR {missing}"  # noqa: S608
    return RowCheck(f"key_of_{name}", f"{schema}/{name}", f"{key} is there and unique.", True, sql)


def read_check(path: Path, schema: str) -> RowCheck:
    """The head of a file says what it is about."""
    sql = path.read_text()
    head = dict(re.findall(r"^-- (check|asset|blocking): (.+)$", sql, re.MULTILINE))
    asset = (
        head["asset"] if "/" in head["asset"] or head["asset"] == "warehouse" else f"{schema}/{head['asset']}"
    )
    return RowCheck(path.stem, asset, head["check"], head["blocking"] == "true", sql)


def row_check_definitions(
    steps: Mapping[str, Iterable[str]], checks: Iterable[RowCheck], show: Show
) -> list[dg.AssetChecksDefinition]:
    """One definition for each step of the graph that has checks; a step is named with the assets it makes."""
    every = list(checks)
    return [
        _together(step, [check for check in every if check.asset in assets], show)
        for step, assets in steps.items()
    ]


def _together(step: str, checks: list[RowCheck], show: Show) -> dg.AssetChecksDefinition:
    specs = [check.spec for check in checks]

    @dg.multi_asset_check(name=f"rows_of_{step}", specs=specs, can_subset=True)
    def rows_of_step(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        chosen = [check for check in checks if check.spec.key in context.selected_asset_check_keys]
        lake = open_lake(load_settings())

        def look() -> list[dg.AssetCheckResult]:
            with show(lake, chosen) as connection:
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
