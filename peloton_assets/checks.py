"""Asset checks that ask the state file, and the files themselves. Those about rows are in row_checks.py.

All of them only warn: what they find wrong is told in the tables as well, as coverage, failures or times.
"""

from datetime import timedelta
from pathlib import Path

import dagster as dg

from peloton_assets.differences import NOT_STORED
from peloton_assets.scope import FIRST_YEAR, month_start
from peloton_assets.search_tables import RIDE_PLAYS, TRACK_TERMS, TRACKS, lacks_plays
from peloton_assets.transform import (
    DETAILS,
    FULL_WALKS,
    LISTINGS,
    MONTHLY_TABLES,
    REFERENCES,
    TYPED_TABLES,
    WHOLE_TABLES,
    connect,
    is_older,
    show_stored,
    stale_months,
)
from peloton_assets.workspace import SOURCE, now
from resources.data_folder import open_lake
from resources.settings import load_settings
from resources.state import State, utc_text

SHOWN_ROWS = 10
STALE_AFTER = timedelta(days=2)  # the schedule syncs daily; one missed day is no news
CLOCK_TOLERANCE = timedelta(days=1)
# Where our own clock is written down: table, key and column.
STATE_TIMES = (
    ("coverage", "month", "proven_at"),
    ("failures", "id", "last_failed_at"),
    ("sync_runs", "run_id", "started"),
)
STAGED_TIMES = (
    (LISTINGS, "ride_id", "last_listed_at"),
    (DETAILS, "ride_id", "details_fetched_at"),
    (FULL_WALKS, "started_at", "started_at"),
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
    asset=["peloton", "ride_list"],
    description="What the provider counts and what is stored differ only by rows that ops.differences explains.",
)
def counts_explained() -> dg.AssetCheckResult:
    wrong = _state().rows(
        "SELECT * FROM (SELECT month, resource, c.rows, c.provider_count, coalesce(sum(d.effect), 0) AS explained,"
        " count(*) FILTER (WHERE d.reason = ?) AS not_stored"
        " FROM coverage AS c LEFT JOIN differences AS d USING (source, resource, account, month)"
        " WHERE source = ? AND c.provider_count IS NOT NULL"
        " GROUP BY source, resource, account, month, c.rows, c.provider_count) AS counted"
        " WHERE rows <> provider_count + explained OR not_stored > 0 ORDER BY month DESC",
        NOT_STORED, SOURCE,
    )  # fmt: skip
    shown = "; ".join(
        f"{row['month']} {row['resource']}: {row['rows']} stored of {row['provider_count']} counted,"
        f" {row['explained']} explained, {row['not_stored']} not stored"
        for row in wrong[:SHOWN_ROWS]
    )
    return dg.AssetCheckResult(
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"unexplained": len(wrong), "first of them": shown or "none"},
    )


@dg.asset_check(
    asset=["peloton", "workout_list"],
    description="The last sync of every connected account came to its end. One that fails stops no other.",
)
def every_account_synced() -> dg.AssetCheckResult:
    last = _state().rows(
        "SELECT * FROM (SELECT resource, outcome, stop_reason,"
        " row_number() OVER (PARTITION BY resource ORDER BY started DESC) AS place FROM sync_runs"
        " WHERE source = ? AND (resource = ? OR resource LIKE ?) AND outcome <> 'waiting') AS runs WHERE place = 1",
        SOURCE, "workout_list", "workout_list:%",
    )  # fmt: skip
    failed = [row for row in last if row["outcome"] in ("failed", "stopped")]
    shown = "; ".join(f"{row['resource']}: {row['stop_reason']}" for row in failed[:SHOWN_ROWS])
    return dg.AssetCheckResult(
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"accounts": len(last), "failed": len(failed), "first of them": shown or "none"},
    )


@dg.asset_check(
    asset=["peloton", "ride_list"], description="The current month was read in the last two days."
)
def list_is_fresh() -> dg.AssetCheckResult:
    month = now().strftime("%Y-%m")
    proven = _state().complete_months(SOURCE, "ride_list").get(month)
    return dg.AssetCheckResult(
        passed=proven is not None and timedelta(0) <= now() - proven < STALE_AFTER,
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


@dg.asset_check(
    asset=["peloton", "ride_list"],
    description="No stored time lies in the future or before there were classes: the clock was right. Such times are"
    " not believed: what they prove is proven anew, and what was seen at them counts as seen long ago.",
)
def clock_was_right() -> dg.AssetCheckResult:
    earliest, latest = month_start(f"{FIRST_YEAR}-01"), now() + CLOCK_TOLERANCE
    found = [
        f"{table} {row['id']}: {column} {row['moment']}"
        for table, key, column in STATE_TIMES
        for row in _state().rows(
            f"SELECT {key} AS id, {column} AS moment FROM {table} WHERE {column} NOT BETWEEN ? AND ?",  # noqa: S608
            utc_text(earliest), utc_text(latest),
        )
    ]  # fmt: skip
    with connect() as connection:
        for table, key, column in STAGED_TIMES:
            show_stored(connection, open_lake(load_settings()), table)
            name = table.split(".")[1]
            rows = connection.execute(
                f"SELECT {key}, {column} FROM {name} WHERE {column} NOT BETWEEN ? AND ?",  # noqa: S608
                [earliest, latest],
            ).fetchall()
            found += [f"{name} {key}: {column} {moment}" for key, moment in rows]
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"impossible times": len(found), "first of them": "; ".join(found[:SHOWN_ROWS]) or "none"},
    )


@dg.asset_check(
    asset="warehouse",
    description="No table is older than what it is made of, and the warehouse is not older than any table.",
)
def tables_are_current() -> dg.AssetCheckResult:
    settings = load_settings()
    lake = open_lake(settings)
    staged = [path for table in (LISTINGS, DETAILS, REFERENCES) for path in lake.files(table)]
    tables = {table: lake.files(table) for table in TYPED_TABLES}
    old = [f"{table} {month}" for table in MONTHLY_TABLES for month in stale_months(lake, table)]
    old += [f"{RIDE_PLAYS} {month}" for month in lake.months("peloton.songs") if lacks_plays(lake, month)]
    old += [table for table in (*WHOLE_TABLES, TRACKS, TRACK_TERMS) if _is_older(tables[table], staged)]
    if _is_older([settings.warehouse_file], [path for files in tables.values() for path in files]):
        old.append(settings.warehouse_file.name)
    return dg.AssetCheckResult(
        passed=not old,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"out of date": len(old), "first of them": "; ".join(old[:SHOWN_ROWS]) or "none"},
    )


def _is_older(made: list[Path], of: list[Path]) -> bool:
    """Whether one of the files, or all of them, were made before what they are made of."""
    return bool(of) and (not made or any(is_older(path, of) for path in made))


def _state() -> State:
    return State(load_settings().state_place)
