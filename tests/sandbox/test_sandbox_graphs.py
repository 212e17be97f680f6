"""Performance graphs: which seconds there are, that averages fit the values, units, and what grew over the years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from probe import Probe

from sandbox.client import Sandbox

Rows = list[dict[str, Any]]
COUNT = 900
UNITS = {
    "cycling": ("output", "cadence", "resistance", "speed", "heart_rate"),
    "running": ("output", "pace", "incline", "heart_rate"),
    "caesar": ("output", "stroke_rate", "split_pace", "heart_rate"),
}


@pytest.fixture(scope="module")
def riders() -> Iterator[tuple[Probe, Probe]]:
    """Two members with long histories, one with miles and one with kilometres. Tests only read them."""
    with Sandbox(rate=0, classes=800, workouts=COUNT, members=2) as sandbox:
        yield Probe(sandbox), Probe(sandbox, member=1)


@pytest.fixture(scope="module")
def facts(riders: tuple[Probe, Probe]) -> Rows:
    return riders[0].sandbox.workouts()


@pytest.fixture(scope="module")
def rows(riders: tuple[Probe, Probe]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in riders[0].walk_workouts()}


def graph(probe: Probe, id_: str, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = probe.get(f"/api/workout/{id_}/performance_graph", **query).json
    return answer


def year_of(fact: dict[str, Any]) -> int:
    return datetime.fromtimestamp(fact["created_at"], UTC).year


def metrics_of(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {metric["slug"]: metric for metric in answer["metrics"]}


def test_samples_are_a_step_apart_and_end_with_the_last_second(
    riders: tuple[Probe, Probe], facts: Rows
) -> None:
    firsts: Counter[int] = Counter()
    with_gaps = 0
    for fact in facts[1:200]:
        every = graph(riders[0], fact["id"], every_n=1)
        fifth = graph(riders[0], fact["id"], every_n=5)
        usual = graph(riders[0], fact["id"])
        all_seconds = every["seconds_since_pedaling_start"]
        first, last = all_seconds[0], every["duration"]
        firsts[first] += 1
        with_gaps += len(all_seconds) < last - first + 1
        assert all_seconds[-1] == last == fact["end_time"] - fact["start_time"]
        for answer, step in ((every, 1), (fifth, 5), (usual, 50)):
            seconds = answer["seconds_since_pedaling_start"]
            assert seconds == [s for s in all_seconds if (s - first) % step == 0 or s == last]
            for metric in answer["metrics"]:
                assert len(metric["values"]) == len(seconds)
    assert firsts[1] > 150 and firsts[0] and firsts[2]
    assert 0 < with_gaps < 40
    seventh = next(
        fact for fact in facts if graph(riders[0], fact["id"])["seconds_since_pedaling_start"][0] == 7
    )
    assert seventh["status"] == "COMPLETE"


@pytest.mark.parametrize("step", ["0", "-5", "x"])
def test_a_step_that_is_none_is_refused(riders: tuple[Probe, Probe], facts: Rows, step: str) -> None:
    path = f"/api/workout/{facts[0]['id']}/performance_graph"
    assert riders[0].get(path, every_n=step).status == 400


def test_averages_and_maxima_fit_the_values(
    riders: tuple[Probe, Probe], facts: Rows, rows: dict[str, Any]
) -> None:
    seen: Counter[str] = Counter()
    tolerance = {"speed": 0.06, "incline": 0.01, "split_pace": 0.02}
    for fact in [fact for fact in facts if fact["has_graph"]][:150]:
        answer = graph(riders[0], fact["id"], every_n=1)
        found = metrics_of(answer)
        kind = rows[fact["id"]]["metrics_type"]
        seen[kind] += 1
        assert tuple(found) in (UNITS[kind], UNITS[kind][:-1])
        seen["no heart rate"] += "heart_rate" not in found
        shown = [*found.values(), *(a for m in found.values() for a in m.get("alternatives", []))]
        for metric in shown:
            values = [value for value in metric["values"] if value is not None]
            seen["nulls"] += len(values) < len(metric["values"])
            is_pace = metric["slug"] in ("pace", "split_pace")
            assert metric["max_value"] == (min if is_pace else max)(values)
            if metric["slug"] == "pace":
                speed = metric["alternatives"][0]["average_value"]
                assert metric["average_value"] == round(60 / speed, 2)
            elif len(values) == len(metric["values"]):
                mean = sum(values) / len(values)
                assert metric["average_value"] == pytest.approx(mean, abs=tolerance.get(metric["slug"], 0.6))
        averages = {row["slug"].removeprefix("avg_"): row["value"] for row in answer["average_summaries"]}
        assert averages == {m["slug"]: m["average_value"] for m in shown if m["slug"] != "heart_rate"}
        totals = {row["slug"]: row["value"] for row in answer["summaries"]}
        assert totals["total_output"] == round(fact["total_work"] / 1000)
        assert totals["distance"] > 0 and totals["calories"] >= 0
        assert ("stroke_count" in totals) == (kind == "caesar")
    assert min(seen["cycling"], seen["running"], seen["caesar"], seen["no heart rate"], seen["nulls"]) > 0


@pytest.mark.tier("N")
def test_zones_agree_with_the_list(riders: tuple[Probe, Probe], facts: Rows, rows: dict[str, Any]) -> None:
    missing: Counter[str] = Counter()
    compared = 0
    for fact in [fact for fact in facts if fact["has_graph"]]:
        answer = graph(riders[0], fact["id"], every_n=1)
        heart = metrics_of(answer).get("heart_rate")
        if heart is None:
            assert answer.get("effort_zones") is None
            continue
        missing["negative" if heart["missing_data_duration"] < 0 else "none or some"] += 1
        if year_of(fact) >= 2020:
            assert answer["effort_zones"] == rows[fact["id"]]["effort_zones"]
        if (zones := answer.get("effort_zones")) and len(heart["values"]) == answer["duration"]:
            if None in heart["values"]:
                continue
            compared += 1
            durations = list(zones["heart_rate_zone_durations"].values())
            assert [zone["duration"] for zone in heart["zones"]] == durations
            for zone in heart["zones"]:
                inside = [v for v in heart["values"] if zone["min_value"] <= v <= zone["max_value"]]
                assert len(inside) == zone["duration"]
    assert compared > 50
    assert 0 < missing["negative"] < missing["none or some"] / 20


def test_units_follow_the_member(riders: tuple[Probe, Probe]) -> None:
    for probe, speed, distance, member in ((riders[0], "mph", "mi", 0), (riders[1], "kph", "km", 1)):
        units: dict[str, set[str]] = {}
        drawn = [fact for fact in probe.sandbox.workouts(member) if fact["has_graph"]]
        for fact in drawn[:60] + [fact for fact in drawn if fact["fitness_discipline"] == "caesar"]:
            answer = graph(probe, fact["id"])
            for metric in answer["metrics"]:
                for inner in [metric, *metric.get("alternatives", [])]:
                    units.setdefault(inner["slug"], set()).add(inner["display_unit"])
            for row in answer["summaries"]:
                units.setdefault(row["slug"], set()).add(row["display_unit"])
        assert units["speed"] == {speed}
        assert units["pace"] == {f"min/{distance}"}
        assert units["split_pace"] == {"min/500m"}
        assert units["distance"] == {distance, "m"}


def test_without_a_machine_there_are_seconds_and_no_metrics(riders: tuple[Probe, Probe], facts: Rows) -> None:
    quiet = [fact for fact in facts if not fact["has_graph"]]
    assert {"strength", "meditation", "yoga"} <= {fact["fitness_discipline"] for fact in quiet}
    for fact in quiet[:60]:
        answer = graph(riders[0], fact["id"], every_n=5)
        assert answer["metrics"] == answer["average_summaries"] == []
        assert len(answer["seconds_since_pedaling_start"]) > 10
        assert [row["slug"] for row in answer["summaries"]] in ([], ["calories"])


@pytest.mark.tier("N")
def test_keys_and_splits_grow_over_the_years(riders: tuple[Probe, Probe], facts: Rows) -> None:
    counts: dict[int, set[int]] = {}
    splits: Counter[str] = Counter()
    for fact in [fact for fact in facts if fact["workout_type"] == "class"][::2]:
        answer = graph(riders[0], fact["id"])
        counts.setdefault(year_of(fact), set()).add(len(answer))
        form = answer["splits_data"]
        splits["filled" if form else repr(form)] += 1
        assert answer["location_data"] == []
    assert counts[2019] == {11}
    assert max(counts[2024]) == 20
    assert {"[]", "{}", "None", "filled"} == set(splits)


def test_a_running_workout_shows_what_happened_so_far() -> None:
    with Sandbox(rate=0, classes=200, workouts=10) as sandbox:
        probe = Probe(sandbox)
        bike = next(
            c for c in sandbox.classes() if c["fitness_discipline"] == "cycling" and c["duration"] == 1800
        )
        new = sandbox.add_workouts(1, status="IN_PROGRESS", ride_id=bike["id"])[0]
        before = graph(probe, new["id"], every_n=1)
        assert (before["duration"], before["seconds_since_pedaling_start"][-1]) == (720, 720)
        assert metrics_of(before)["output"]["values"]
        assert before["effort_zones"] is None
        done = sandbox.finish_workout(new["id"])
        after = graph(probe, new["id"], every_n=1)
        assert (after["duration"], done["end_time"] - done["start_time"]) == (1800, 1800)
        assert done["total_work"] == pytest.approx(2.5 * new["total_work"], rel=0.01)


@pytest.mark.tier("N")
def test_the_truth_of_a_graph_is_what_is_served(riders: tuple[Probe, Probe], facts: Rows) -> None:
    for fact in [fact for fact in facts if fact["has_graph"]][:40]:
        for step in (1, 7):
            answer = graph(riders[0], fact["id"], every_n=step)
            truth = riders[0].sandbox.graph(fact["id"], every_n=step)
            assert truth["seconds"] == answer["seconds_since_pedaling_start"]
            served = [
                {"metric": m["slug"], "unit": m["display_unit"], "second": second, "value": value}
                for m in [
                    *answer["metrics"],
                    *(a for m in answer["metrics"] for a in m.get("alternatives", [])),
                ]
                for second, value in zip(truth["seconds"], m["values"], strict=True)
            ]
            assert truth["values"] == served
            assert truth["averages"] == {m["slug"]: m["average_value"] for m in served_metrics(answer)}


def served_metrics(answer: dict[str, Any]) -> Rows:
    return [*answer["metrics"], *(a for m in answer["metrics"] for a in m.get("alternatives", []))]


def test_another_members_graph_is_refused_and_faults_hit_it(riders: tuple[Probe, Probe], facts: Rows) -> None:
    id_ = facts[5]["id"]
    path = f"/api/workout/{id_}/performance_graph"
    assert (riders[1].get(path).status, riders[1].get("/api/workout/x/performance_graph").status) == (
        403,
        404,
    )
    riders[0].sandbox.faults({"kind": "status", "status": 502, "endpoint": "performance_graph", "id": id_})
    assert [riders[0].get(path).status for _ in range(2)] == [502, 200]
    assert riders[0].get(path).body == riders[0].get(path).body
