"""How fast time series of workouts get from the landing zone into the warehouse, next to merely reading the answers.

    .venv/bin/python -m bench.samples [--workouts 400]

Series of 360 to 3,600 points with 10 metrics. The second figure is what `json.loads` alone takes for the same lines in
the same process: a floor that moves with the machine.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.rebuild import Made
from peloton_assets.staging import merge_workouts, stage_months
from peloton_assets.transform import WORKOUT_TABLES, build_months, connect, write_missing
from resources.lake import Lake
from resources.landing import Landing, read_lines
from resources.state import State
from resources.warehouse import open_warehouse, publish

METRICS, POINTS, MONTHS = 10, (360, 720, 1800, 3600), 12
DAY_S, START_S = 86_400, 1_735_689_600  # 2025-01-01


def graph(draw: random.Random, points: int) -> dict[str, Any]:
    """An answer as the provider gives it, with plausible numbers."""
    return {
        "duration": points * 5,
        "seconds_since_pedaling_start": [*range(1, points * 5, 5)],
        "summaries": [{"slug": "total_output", "value": 300.0, "display_unit": "kj"}],
        "average_summaries": [],
        "metrics": [
            {
                "slug": f"metric_{number}" if number else "output", "display_unit": "watts", "average_value": 150.0,
                "max_value": 300.0, "values": [round(draw.uniform(0, 300), 1) for _ in range(points)],
            }
            for number in range(METRICS)
        ],
    }  # fmt: skip


def land(landing: Landing, workouts: int) -> int:
    """Land a list and its graphs; give the number of values."""
    draw, values, rows = random.Random(7), 0, []
    months: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for number in range(workouts):
        start = START_S + number * 365 * DAY_S // workouts
        answer = graph(draw, POINTS[number % len(POINTS)])
        values += METRICS * POINTS[number % len(POINTS)]
        months.setdefault(f"{datetime.fromtimestamp(start, UTC):%Y-%m}", []).append(
            (f"workout{number}", answer)
        )
        rows.append({"id": f"workout{number}", "user_id": "member", "created_at": start, "start_time": start,
                     "status": "COMPLETE", "timezone": "UTC"})  # fmt: skip
    with landing.writer("peloton", "user_workouts", "2026-11-21") as writer:
        writer.write(Made(json.dumps({"data": rows})), "member")
    for month, answers in months.items():
        with landing.writer("peloton", "performance_graphs", month) as writer:
            for item, answer in answers:
                writer.write(Made(json.dumps(answer)), item)
    return values


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workouts", type=int, default=400)
    workouts = parser.parse_args().workouts
    with tempfile.TemporaryDirectory() as folder:
        landing, lake, state = (
            Landing(Path(folder) / "landing"),
            Lake(Path(folder) / "lake"),
            State(Path(folder) / "state"),
        )
        values = land(landing, workouts)
        files = landing.sealed("peloton", "performance_graphs")
        began = time.perf_counter()
        for path in files:
            for line in read_lines(path):
                json.loads(line)
        read_s = time.perf_counter() - began
        began = time.perf_counter()
        with connect() as connection:
            merge_workouts(connection, lake, landing.sealed("peloton", "user_workouts"))
            months = landing.segments("peloton", "performance_graphs")
            stage_months(connection, lake, landing, "performance_graphs", months)
            staged_s = time.perf_counter() - began
            build_months(connection, lake, months, WORKOUT_TABLES)
            write_missing(connection, lake)
        built_s = time.perf_counter() - began
        target = Path(folder) / "warehouse.duckdb"
        publish(target, lake, state)
        all_s = time.perf_counter() - began
        with open_warehouse(target) as warehouse:
            (stored,) = warehouse.execute("SELECT count(*) FROM peloton.workout_samples").fetchall()[0]
        assert stored == values, (stored, values)
        print(f"{workouts} workouts, {values:,} values")
        print(f"read by json.loads alone   {read_s:6.2f} s  {values / read_s:12,.0f} values/s")
        print(f"staged                     {staged_s:6.2f} s  {values / staged_s:12,.0f} values/s")
        print(f"typed                      {built_s:6.2f} s  {values / built_s:12,.0f} values/s")
        print(f"in the warehouse           {all_s:6.2f} s  {values / all_s:12,.0f} values/s")


if __name__ == "__main__":
    main()
