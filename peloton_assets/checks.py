"""Asset checks. Those about rows are SQL files in sql/checks that select the offending rows; the others ask the
state file. A blocking check that fails keeps the warehouse from being published.
"""

import re
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb

from peloton_assets.transform import MONTHLY_TABLES, SQL, WHOLE_TABLES, connect, show_stored
from peloton_assets.workspace import SOURCE, now
from resources.lake import Lake
from resources.settings import load_settings
from resources.state import State

SHOWN_ROWS = 10
STALE_AFTER = timedelta(days=2)  # the schedule syncs daily; one missed day is no news


def row_checks() -> list[dg.AssetChecksDefinition]:
    """One check per file of sql/checks."""
    return [_row_check(path) for path in sorted((SQL / "checks").glob("*.sql"))]


def _row_check(path: Path) -> dg.AssetChecksDefinition:
    sql = path.read_text()
    head = dict(re.findall(r"^-- (check|asset|blocking): (.+)$", sql, re.MULTILINE))

    @dg.asset_check(
        asset=["peloton", head["asset"]],
        name=path.stem,
        description=head["check"],
        blocking=head["blocking"] == "true",
    )
    def check() -> dg.AssetCheckResult:
        with connect() as connection:
            show_tables(connection, Lake(load_settings().lake_dir))
            bad = connection.sql(sql)
            count = len(bad)
            columns, rows = bad.columns, bad.limit(SHOWN_ROWS).fetchall()
        table = "\n".join(" | ".join(map(str, row)) for row in [columns, *rows])
        return dg.AssetCheckResult(
            passed=count == 0, metadata={"offending rows": count, "first of them": table if count else "none"}
        )

    return check


def show_tables(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """All typed tables of the lake under their bare names; classes also with the file they are in."""
    for table in (*MONTHLY_TABLES, *WHOLE_TABLES):
        show_stored(connection, lake, table)
    if files := [str(path) for path in lake.files("peloton.rides")]:
        connection.read_parquet(files, filename=True, union_by_name=True).create_view("rides", replace=True)
    else:
        connection.execute(
            "CREATE OR REPLACE VIEW rides AS SELECT *, NULL::VARCHAR AS filename FROM empty_rides"
        )


@dg.asset_check(asset=["peloton", "ride_details"], description="Every month that was asked for is complete.")
def coverage_complete() -> dg.AssetCheckResult:
    gaps = _state().rows(
        "SELECT month, resource, reason FROM coverage WHERE source = ? AND state <> 'complete' ORDER BY month DESC",
        SOURCE,
    )
    shown = "; ".join(f"{gap['month']} {gap['resource']}: {gap['reason']}" for gap in gaps[:SHOWN_ROWS])
    return dg.AssetCheckResult(
        passed=not gaps,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"incomplete": len(gaps), "first of them": shown or "none"},
    )


@dg.asset_check(
    asset=["peloton", "ride_list"], description="The current month was read in the last two days."
)
def list_is_fresh() -> dg.AssetCheckResult:
    month = now().strftime("%Y-%m")
    proven = _state().complete_months(SOURCE, "ride_list").get(month)
    return dg.AssetCheckResult(
        passed=proven is not None and now() - proven < STALE_AFTER,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"last proven": proven.isoformat() if proven else "never"},
    )


@dg.asset_check(
    asset=["peloton", "ride_details"],
    description="The provider's answers have no field that is new or changed its type. Each is reported once.",
)
def no_drift(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    found = _state().rows("SELECT resource, path, kind, detail, run_id FROM drift WHERE source = ?", SOURCE)
    news = [row for row in found if row["run_id"] == context.run.run_id]
    shown = "; ".join(
        f"{row['resource']} {row['path']}: {row['kind']} {row['detail']}" for row in news[:SHOWN_ROWS]
    )
    return dg.AssetCheckResult(
        passed=not news,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"new": len(news), "first of them": shown or "none", "known drift": len(found) - len(news)},
    )


def _state() -> State:
    return State(load_settings().state_dir)
