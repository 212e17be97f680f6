"""The single workout, its session, and the CSV export of the history."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from probe import Probe

from sandbox.client import Sandbox

Rows = list[dict[str, Any]]
COUNT = 600


@pytest.fixture(scope="module")
def riders() -> Iterator[tuple[Probe, Probe]]:
    with Sandbox(rate=0, classes=600, workouts=COUNT, members=2) as sandbox:
        yield Probe(sandbox), Probe(sandbox, member=1)


@pytest.fixture(scope="module")
def facts(riders: tuple[Probe, Probe]) -> Rows:
    return riders[0].sandbox.workouts()


def export(probe: Probe, **query: Any) -> Rows:
    reply = probe.get(f"/api/user/{probe.user_id}/workout_history_csv", **query)
    assert reply.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(reply.body.decode(), newline="")))


def test_the_single_workout_is_richer_and_has_its_ride(riders: tuple[Probe, Probe], facts: Rows) -> None:
    rows = {row["id"]: row for row in riders[0].walk_workouts()}
    sizes: dict[int, set[int]] = {}
    for fact in facts[::4]:
        own = riders[0].get(f"/api/workout/{fact['id']}").json
        row = rows[fact["id"]]
        assert {name: own[name] for name in row if name != "effort_zones"} == {
            name: value for name, value in row.items() if name != "effort_zones"
        }
        assert {"leaderboard_rank", "total_leaderboard_users", "achievement_templates", "ftp_info"} <= set(
            own
        )
        assert (own["ride"] is not None) == (fact["ride_in_row"] or fact["ride_id"] is None)
        if own["ride"]:
            assert own["ride"]["id"] == fact["ride_id"] or own["ride"]["id"] == "0" * 32
            assert "instructor" in own["ride"]
        year = datetime.fromtimestamp(fact["created_at"], UTC).year
        sizes.setdefault(year, set()).add(len(own))
    assert max(sizes[2019]) < max(sizes[2021]) < max(sizes[2024])


def test_a_session_tells_its_ride(riders: tuple[Probe, Probe], facts: Rows) -> None:
    for fact in facts[:40]:
        if fact["peloton_id"] is None:
            continue
        session = riders[0].get(f"/api/peloton/{fact['peloton_id']}").json
        assert (session["id"], session["ride_id"]) == (fact["peloton_id"], fact["ride_id"])
    reply = riders[0].get(f"/api/peloton/{'0' * 32}")
    assert (reply.status, reply.json["error_code"]) == (404, 110)
    id_ = next(fact["peloton_id"] for fact in facts if fact["peloton_id"])
    riders[0].sandbox.faults({"kind": "status", "status": 500, "endpoint": "session", "id": id_})
    assert [riders[0].get(f"/api/peloton/{id_}").status for _ in range(2)] == [500, 200]


def test_the_export_has_the_columns_of_the_members_units(riders: tuple[Probe, Probe]) -> None:
    names = [list(export(probe)[0]) for probe in riders]
    assert names[0] == [
        "Workout Timestamp", "Live/On-Demand", "Instructor Name", "Length (minutes)", "Fitness Discipline",
        "Type", "Title", "Class Timestamp", "Total Output", "Avg. Watts", "Avg. Resistance",
        "Avg. Cadence (RPM)", "Avg. Speed (mph)", "Distance (mi)", "Calories Burned", "Avg. Heartrate",
        "Avg. Incline", "Avg. Pace (min/mi)",
    ]  # fmt: skip
    metric = {"(mph)": "(kph)", "(mi)": "(km)", "min/mi": "min/km"}
    for name, other in zip(*names, strict=True):
        for imperial, units in metric.items():
            name = name.replace(imperial, units)
        assert name == other


def test_the_export_is_oldest_first_and_lacks_some(riders: tuple[Probe, Probe], facts: Rows) -> None:
    rows = export(riders[0], timezone="America/New_York")
    exported = [fact for fact in reversed(facts) if fact["in_csv"]]
    assert len(rows) == len(exported)
    left_out = [fact for fact in facts if not fact["in_csv"]]
    assert {fact["status"] for fact in left_out} == {"IN_PROGRESS", "COMPLETE"}
    assert COUNT / 60 < len(left_out) < COUNT / 25
    kinds = set()
    for row, fact in zip(rows, exported, strict=True):
        found = re.fullmatch(
            r"(\d{4}-\d\d-\d\d \d\d:\d\d) \(([A-Z+-][A-Z0-9+-]*)\)", row["Workout Timestamp"]
        )
        assert found, row["Workout Timestamp"]
        kinds.add("number" if found[2][0] in "+-" else found[2])
        if found[2] == "UTC":
            assert found[1] == datetime.fromtimestamp(fact["start_time"], UTC).strftime("%Y-%m-%d %H:%M")
        assert (row["Total Output"] != "") == fact["has_graph"]
    assert {"EST", "EDT", "number"} <= kinds


def test_the_exports_clock_may_be_the_one_asked_for(riders: tuple[Probe, Probe]) -> None:
    riders[0].sandbox.settings(csv_timestamps="requested_zone")
    try:
        for zone, label in (("Asia/Tokyo", "(JST)"), ("Nowhere/Land", "(UTC)"), ("Etc/GMT+5", "(-05)")):
            assert {row["Workout Timestamp"][17:] for row in export(riders[0], timezone=zone)} == {label}
    finally:
        riders[0].sandbox.settings(csv_timestamps="workout_zone")


def test_the_export_tells_the_averages_of_the_graphs(riders: tuple[Probe, Probe]) -> None:
    columns = {
        "output": "Avg. Watts", "cadence": "Avg. Cadence (RPM)", "heart_rate": "Avg. Heartrate",
        "incline": "Avg. Incline",
    }  # fmt: skip
    for member, probe in enumerate(riders):
        speed, distance = ("kph", "km") if member else ("mph", "mi")
        names = columns | {"speed": f"Avg. Speed ({speed})", "pace": f"Avg. Pace (min/{distance})"}
        exported = [fact for fact in reversed(probe.sandbox.workouts(member)) if fact["in_csv"]]
        for row, fact in list(zip(export(probe), exported, strict=True))[::9]:
            if not fact["has_graph"]:
                continue
            averages = probe.sandbox.graph(fact["id"], every_n=50)["averages"]
            for slug, name in names.items():
                if slug in averages:
                    assert float(row[name]) == averages[slug], (slug, fact)
            if "resistance" in averages:
                assert row["Avg. Resistance"] == f"{averages['resistance']}%"


def test_another_members_export_is_refused(riders: tuple[Probe, Probe]) -> None:
    path = f"/api/user/{riders[1].user_id}/workout_history_csv"
    assert riders[0].get(path).status == 403
    assert riders[0].get("/api/user/nobody/workout_history_csv").status == 404
    riders[1].sandbox.faults({"kind": "html", "endpoint": "history_csv", "id": riders[1].user_id})
    assert riders[1].get(path).body.startswith(b"<!DOCTYPE")
    assert riders[1].get(path).body == riders[1].get(path).body
