"""Only the list of workouts is launched; the daemon does the rest by itself, up to the published warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from observing import month_of_time
from stack import Stack

from resources.state import State
from sandbox.client import Sandbox

pytestmark = [pytest.mark.stack, pytest.mark.tier("N")]

MONTHS = ["2026-07-01", "2026-08-01", "2026-09-01"]
FOLLOW_IN_S = 300
STORED = """
    SELECT w.workout_id, count(s.second) > 0 FROM peloton.workouts AS w
    LEFT JOIN peloton.workout_samples AS s USING (workout_id) GROUP BY ALL
"""


def test_classes_and_graphs_follow_the_list(stack: Stack, env: dict[str, str], sandbox: Sandbox) -> None:
    told = [row for row in sandbox.workouts() if row["status"] == "COMPLETE"]
    state, warehouse = (
        State(Path(env["PACELINE_DATA_DIR"]) / "state"),
        Path(env["PACELINE_DATA_DIR"]) / "warehouse.duckdb",
    )
    stack.launch_backfill([["peloton", "workout_list"]], MONTHS)

    def listed() -> set[str]:
        return set(state.complete_months("peloton", "workouts", "default"))

    stack.until(lambda: {month[:7] for month in MONTHS} <= listed(), FOLLOW_IN_S, "the list")

    def published() -> dict[str, bool]:
        with duckdb.connect(warehouse, read_only=True) as connection:
            tables = {
                row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            }
            return (
                dict(connection.execute(STORED).fetchall())
                if {"workouts", "workout_samples"} <= tables
                else {}
            )

    expected = {
        row["id"]
        for row in told
        if row["has_graph"]
        and state.complete_months("peloton", "workouts", "default").keys() >= {month_of(row)}
    }
    assert expected
    stack.until(
        lambda: all(published().get(item) for item in expected),
        FOLLOW_IN_S,
        "graphs in the published warehouse",
    )
    classes = {row["ride_id"] for row in told if row["id"] in expected and row["details_status"] == 200}
    with duckdb.connect(warehouse, read_only=True) as connection:
        detailed = connection.execute(
            "SELECT ride_id FROM peloton.rides WHERE details_fetched_at IS NOT NULL"
        ).fetchall()
    assert classes <= {ride for (ride,) in detailed}
    limits = [
        tag["value"] for run in stack.runs() for tag in run["tags"] if tag["key"] == "dagster/max_runtime"
    ]
    assert limits, "what asks item by item has a hard limit"


def month_of(row: dict[str, object]) -> str:
    return month_of_time(int(str(row["start_time"])))
