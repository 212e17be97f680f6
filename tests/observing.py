"""What tests look at after a sync: rows of the lake, the sandbox's truth, and requests by kind."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from peloton_assets.scope import Scope, months_between
from peloton_assets.transform import DETAILS
from peloton_assets.workspace import MonthReport, Workspace
from resources.lake import Lake
from sandbox.client import Sandbox

Row = dict[str, Any]


def rows(lake: Lake, table: str) -> list[Row]:
    """All rows of a lake table."""
    files = lake.files(table)
    return pl.read_parquet(files).to_dicts() if files else []


def by_id(lake: Lake, table: str, key: str = "ride_id") -> dict[str, Row]:
    return {row[key]: row for row in rows(lake, table)}


def month_of_time(unix_s: int) -> str:
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m}"


def listed(sandbox: Sandbox) -> list[Row]:
    """Classes that are on the list now, in its order."""
    found = [row for row in sandbox.classes() if row["listed"]]
    return sorted(found, key=lambda row: row["scheduled_start_time"], reverse=True)


def listed_by_month(sandbox: Sandbox) -> Counter[str]:
    return Counter(month_of_time(row["original_air_time"]) for row in listed(sandbox))


def asked(sandbox: Sandbox) -> Row:
    """Requests since the last reset, by endpoint."""
    by_endpoint: Row = sandbox.counters()["by_endpoint"]
    return by_endpoint


MONTHS = tuple(months_between(date(2019, 1, 1), date(2021, 6, 30)))


def everything(**options: Any) -> Scope:
    """All months in which the small sandbox has classes."""
    return Scope(MONTHS, **options)


SUMMER = Scope(("2020-06", "2020-07", "2020-08"), classes="all")


def newest(sandbox: Sandbox, scope: Scope = SUMMER) -> list[str]:
    """Served classes of a scope in the order in which the sync asks for them."""
    wanted = [row for row in listed(sandbox) if month_of_time(row["original_air_time"]) in scope.months]
    wanted.sort(key=lambda row: row["original_air_time"], reverse=True)
    return [row["id"] for row in wanted if row["details_status"] == 200]


def staged(work: Workspace) -> set[str]:
    """Classes whose details are stored."""
    return {row["ride_id"] for row in rows(work.lake, DETAILS)}


def failures(work: Workspace) -> dict[str, Row]:
    return {row["id"]: row for row in work.state.rows("SELECT * FROM failures")}


def files_of(data_dir: Path) -> dict[str, str]:
    """Every file but those of the limiter and the tokens, which a dry run uses for real."""
    return {
        str(path.relative_to(data_dir)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(data_dir.rglob("*"))
        if path.is_file() and "tokens" not in path.parts and not path.name.lstrip(".").startswith("limits.")
    }


def quiet(_: MonthReport) -> None:
    """Nobody wants to know of finished months."""


def coverage(work: Workspace, resource: str) -> dict[str, Row]:
    found = work.state.rows("SELECT * FROM coverage WHERE resource = ?", resource)
    return {row["month"]: row for row in found}
