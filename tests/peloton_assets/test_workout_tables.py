"""What becomes of workouts and graphs: every value of the provider, in the right place and unit, or no row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from in_process import InProcess, crawl_workouts
from landed import Zone
from observing import Row, by_id, rows

from peloton_assets.rebuild import rebuild
from peloton_assets.workspace import Workspace
from resources.state import State
from resources.warehouse import open_warehouse, publish

UNTIL = date(2021, 6, 30)
ZEROS = "0" * 32


@pytest.fixture(scope="module")
def provider() -> InProcess:
    return InProcess(120, UNTIL, workouts=130)


@pytest.fixture(scope="module")
def crawled(provider: InProcess, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    work = provider.workspace(tmp_path_factory.mktemp("workouts"))
    crawl_workouts(work)
    rebuild(work.lake, work.landing)
    return work


@pytest.fixture(scope="module")
def truth(provider: InProcess, crawled: Workspace) -> dict[str, Row]:
    return {row["id"]: row for row in provider.act("workouts", {"member": 0})}


def test_a_workout_leads_to_its_class_also_by_way_of_the_session(
    crawled: Workspace, truth: dict[str, Row]
) -> None:
    stored = by_id(crawled.lake, "peloton.workouts", "workout_id")
    assert any(not row["ride_in_row"] and row["ride_id"] for row in truth.values()), "some name no class"
    for item, told in truth.items():
        expected = None if told["ride_id"] in (None, ZEROS) else told["ride_id"]
        assert stored[item]["ride_id"] == expected


def test_every_class_that_was_taken_has_a_row(crawled: Workspace, truth: dict[str, Row]) -> None:
    taken = {row["ride_id"] for row in truth.values()} - {None, ZEROS}
    rides = by_id(crawled.lake, "peloton.rides")
    unnamed = {row["ride_id"] for row in truth.values() if not row["ride_in_row"]}
    assert taken - unnamed <= rides.keys()
    assert all(row["is_placeholder"] for row in rides.values()), "no list was read here"
    for told in truth.values():
        if told["ride_id"] in rides and told["details_status"] == 200:
            assert rides[told["ride_id"]]["details_fetched_at"]


def test_zero_ids_and_sessions_are_never_asked_for_as_classes(
    provider: InProcess, crawled: Workspace
) -> None:
    asked = set(provider.world.log.details_by_id)
    sessions = {row["peloton_id"] for row in provider.act("workouts", {"member": 0})}
    assert ZEROS not in asked
    assert not asked & sessions


def test_samples_are_those_of_the_provider(
    provider: InProcess, crawled: Workspace, truth: dict[str, Row]
) -> None:
    stored: dict[tuple[str, str, int], tuple[float, str]] = {
        (row["workout_id"], row["metric"], row["second"]): (row["value"], row["unit"])
        for row in rows(crawled.lake, "peloton.workout_samples")
    }
    compared = 0
    for item in [item for item, row in truth.items() if row["status"] == "COMPLETE"][:40]:
        told = provider.act("graph", {"id": item, "every_n": 5})
        expected = {
            (item, each["metric"], each["second"]): (each["value"], each["unit"])
            for each in told["values"]
            if each["value"] is not None
        }
        found = {key: value for key, value in stored.items() if key[0] == item}
        assert found.keys() == expected.keys()
        for key, (value, unit) in expected.items():
            assert found[key] == (pytest.approx(value), unit)
        compared += len(expected)
    assert compared > 10_000


def test_summaries_are_those_of_the_provider(
    provider: InProcess, crawled: Workspace, truth: dict[str, Row]
) -> None:
    stored = by_id(crawled.lake, "peloton.workout_summaries", "workout_id")
    complete = [item for item, row in truth.items() if row["status"] == "COMPLETE"]
    assert stored.keys() == set(complete), "a workout in progress has no graph to keep"
    for item in complete[:60]:
        told = provider.act("graph", {"id": item})
        for metric, average in told["averages"].items():
            assert stored[item][f"avg_{metric}"] == pytest.approx(average)
            assert stored[item][f"max_{metric}"] == pytest.approx(told["maxima"][metric])
        assert (stored[item]["heart_rate_missing_s"] or 0) >= 0


def test_the_song_of_the_peak_is_told_with_its_certainty(crawled: Workspace) -> None:
    target = crawled.settings.data_dir / "warehouse.duckdb"
    publish(target, crawled.lake, State(crawled.settings.state_dir))
    with open_warehouse(target) as warehouse:
        found = warehouse.execute(
            "SELECT o.workout_id, o.peak_song, o.peak_song_certainty, o.peak_song_margin_s, o.peak_output_second,"
            " r.pedaling_start_offset_s, o.ride_id"
            " FROM peloton.workout_overview AS o JOIN peloton.rides AS r USING (ride_id)"
            " WHERE o.peak_song IS NOT NULL"
        ).fetchall()
        assert found
        for _, song, certainty, margin, second, offset, ride in found:
            moment = second + (offset or 0)
            playing = warehouse.execute(
                "SELECT title FROM peloton.songs WHERE ride_id = ? AND start_offset_s <= ?"
                " ORDER BY start_offset_s DESC LIMIT 1",
                [ride, moment],
            ).fetchall()
            assert playing == [(song,)]
            assert margin >= 0
            assert certainty == (
                "offset unknown" if offset is None else "sure" if margin >= 15 else "near a change"
            )


@pytest.fixture
def graphs(recorded: Path, tmp_path: Path) -> Iterator[tuple[Zone, dict[str, Row]]]:
    """Every recorded graph, landed as that of an invented workout."""
    zone = Zone(tmp_path)
    told = {
        path.stem: json.loads(path.read_text()) for path in sorted((recorded / "performance_graph").glob("*"))
    }
    workouts = [
        {"id": item, "user_id": "member", "created_at": 1_715_000_000, "start_time": 1_715_000_000,
         "status": "COMPLETE", "timezone": "Etc/GMT+5", "fitness_discipline": "cycling"}
        for item in told
    ]  # fmt: skip
    zone.land("user_workouts", "2026-11-01", ("member", {"data": workouts}))
    zone.land("performance_graphs", "2024-05", *told.items())
    zone.build()
    yield zone, told


def test_every_recorded_graph_is_read_to_its_last_value(graphs: tuple[Zone, dict[str, Row]]) -> None:
    zone, told = graphs
    stored: dict[tuple[str, str], dict[int, float]] = {}
    for row in rows(zone.lake, "peloton.workout_samples"):
        stored.setdefault((row["workout_id"], row["metric"]), {})[row["second"]] = row["value"]
    summaries = by_id(zone.lake, "peloton.workout_summaries", "workout_id")
    assert summaries.keys() == told.keys()
    for item, graph in told.items():
        seconds = graph["seconds_since_pedaling_start"]
        assert summaries[item]["sample_count"] == len(seconds)
        metrics = graph["metrics"] + [
            each for metric in graph["metrics"] for each in metric.get("alternatives", [])
        ]
        for metric in metrics:
            name = metric.get("slug") or metric["display_name"].lower()
            expected = {s: v for s, v in zip(seconds, metric["values"], strict=True) if v is not None}
            assert stored[item, name] == pytest.approx(expected)
            assert summaries[item][f"avg_{name}"] == pytest.approx(metric["average_value"])
            assert summaries[item][f"{name}_unit"] == metric["display_unit"]
        for summary in graph["summaries"]:
            column = {"total_output": "total_output_kj", "calories": "calories_kcal"}.get(summary["slug"])
            if column:
                assert summaries[item][column] == pytest.approx(summary["value"])


def test_a_posix_zone_is_the_other_way_round(graphs: tuple[Zone, dict[str, Row]]) -> None:
    zone, _ = graphs
    for row in rows(zone.lake, "peloton.workouts"):
        assert (row["start_time"].replace(tzinfo=None) - row["start_time_local"]).total_seconds() == 5 * 3600


def test_metres_and_kilometres_an_hour_whatever_the_member_sees(graphs: tuple[Zone, dict[str, Row]]) -> None:
    zone, _ = graphs
    summaries = by_id(zone.lake, "peloton.workout_summaries", "workout_id")
    metric, imperial, rowed = (
        summaries["philosowaffle__4"],
        summaries["philosowaffle__11"],
        summaries["philosowaffle__6"],
    )
    assert (metric["distance_unit"], metric["distance_m"]) == ("km", pytest.approx(8370))
    assert (metric["speed_unit"], metric["avg_speed_kph"]) == ("kph", pytest.approx(25.2))
    assert (imperial["distance_unit"], imperial["distance_m"]) == ("mi", pytest.approx(7.97 * 1609.344))
    assert (rowed["distance_unit"], rowed["distance_m"]) == ("m", pytest.approx(1023.28))
    assert rowed["heart_rate_missing_s"] == 0, "-53 was told"
