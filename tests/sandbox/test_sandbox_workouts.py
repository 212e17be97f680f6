"""The list of workouts: its pages, order, summary and joins, what kinds of workout there are, and its control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from probe import Probe

from sandbox.client import Sandbox, SandboxError

Rows = list[dict[str, Any]]
COUNT = 1_500
NO_RIDE = "0" * 32


@pytest.fixture(scope="module")
def member() -> Iterator[Probe]:
    """A member with a long history. Tests only read it."""
    with Sandbox(rate=0, classes=1_200, workouts=COUNT) as sandbox:
        yield Probe(sandbox)


@pytest.fixture(scope="module")
def joined(member: Probe) -> Rows:
    return member.walk_workouts(joins="ride,ride.instructor")


@pytest.fixture(scope="module")
def facts(member: Probe) -> Rows:
    return member.sandbox.workouts()


@pytest.fixture
def own() -> Iterator[Probe]:
    """A short history that the test may change."""
    with Sandbox(rate=0, classes=120, workouts=30) as sandbox:
        yield Probe(sandbox)


# ------------------------------------------------------------------ pages


def test_pages_hold_no_more_than_a_hundred_and_say_where_they_end(member: Probe) -> None:
    page = member.workouts(limit=1_000)
    assert (page["limit"], page["count"], len(page["data"])) == (100, 100, 100)
    assert (page["total"], page["page_count"], page["page"]) == (COUNT, COUNT // 100, 0)
    assert (page["show_previous"], page["show_next"], page["sort_by"]) == (False, True, "-created_at,-pk")
    last_row = page["data"][-1]
    assert page["next"] == {"workout_id": last_row["id"], "created_at": last_row["created_at"]}
    assert page["aggregate_stats"] == []

    last = member.workouts(limit=100, page=COUNT // 100 - 1)
    assert (last["show_previous"], last["show_next"], last["next"]) == (True, False, None)
    assert member.workouts()["limit"] == 20
    beyond = member.workouts(limit=100, page=99)
    assert (beyond["data"], beyond["next"], beyond["total"]) == ([], None, COUNT)
    assert member.get(f"/api/user/{member.user_id}/workouts", limit=0).status == 400
    assert member.get(f"/api/user/{member.user_id}/workouts", page="x").status == 400


def test_order_is_by_creation_and_a_few_began_in_another(joined: Rows) -> None:
    created = [row["created_at"] for row in joined]
    assert created == sorted(created, reverse=True)
    assert len({row["id"] for row in joined}) == COUNT
    late = [row for row in joined if row["created_at"] - row["start_time"] > 600]
    assert len(late) == 2
    starts = [row["start_time"] for row in joined]
    assert sum(a < b for a, b in pairwise(starts)) == len(late)
    assert all(0 < row["start_time"] - row["created_at"] < 100 for row in joined if row not in late)


def test_the_list_can_be_turned_round(member: Probe) -> None:
    page = member.workouts(sort_by="created", limit=5)
    assert page["data"][::-1] == member.walk_workouts()[-5:]


def test_workouts_grow_denser_towards_the_last_day(member: Probe) -> None:
    summary = member.workouts(limit=1)["summary"]
    years = Counter(dict.fromkeys(range(2019, 2027), 0))
    for month, count in summary.items():
        years[int(month[:4])] += count
    assert years[2025] > 1.8 * years[2019]
    assert max(summary) == "2026-11"


def test_the_summary_counts_all_by_the_month_of_the_setting(member: Probe, joined: Rows) -> None:
    def months(measure: Any) -> Counter[str]:
        return Counter(datetime.fromtimestamp(measure(row), UTC).strftime("%Y-%m") for row in joined)

    def shift(row: dict[str, Any]) -> int:
        return int(row["device_time_created_at"] - row["created_at"])

    wanted = {
        "local_created": months(lambda row: row["device_time_created_at"]),
        "utc_created": months(lambda row: row["created_at"]),
        "local_start": months(lambda row: row["start_time"] + shift(row)),
        "utc_start": months(lambda row: row["start_time"]),
    }
    assert member.workouts(limit=1)["summary"] == dict(wanted["local_created"])
    for setting, months_of in wanted.items():
        member.sandbox.settings(summary_month=setting)
        summary = member.workouts(limit=1)["summary"]
        assert summary == dict(months_of)
        assert sum(summary.values()) == COUNT
    member.sandbox.settings(summary_month="local_created")
    assert wanted["local_created"] != wanted["utc_created"], "some are at a month's edge"
    at_edge = [r for r in joined if _month(r["created_at"]) != _month(r["device_time_created_at"])]
    assert {shift(row) > 0 for row in at_edge} == {True, False}, "west and east of Greenwich"


def _month(time_s: int) -> int:
    return datetime.fromtimestamp(time_s, UTC).month


# ------------------------------------------------------------------ kinds


def test_joins_decide_where_the_ride_is(member: Probe) -> None:
    plain, ride = member.workouts(), member.workouts(joins="ride")
    below = member.workouts(joins="peloton.ride,user")
    for row, with_ride, with_session in zip(plain["data"], ride["data"], below["data"], strict=True):
        assert {"ride", "peloton", "user"}.isdisjoint(row)
        inner = with_ride.pop("ride")
        assert with_ride == row
        assert with_session.pop("user")["id"] == member.user_id
        session = with_session.pop("peloton")
        assert with_session == row
        if row["workout_type"] == "freestyle":
            assert session is None and inner["id"] == NO_RIDE
        else:
            assert session == {"id": row["peloton_id"], "ride": inner}
            assert inner is None or "instructor" not in inner


def test_most_take_a_class_of_the_library_and_some_do_not(member: Probe, joined: Rows, facts: Rows) -> None:
    listed = {row["id"]: row for row in member.sandbox.classes()}
    truth = {row["id"]: row for row in facts}
    seen: Counter[str] = Counter()
    for row in joined:
        fact, ride = truth[row["id"]], row["ride"]
        seen["all"] += 1
        if ride is None:
            seen["null"] += 1
            assert row["peloton_id"] and fact["ride_id"] in listed and not fact["ride_in_row"]
            assert member.get(f"/api/peloton/{row['peloton_id']}").json["ride_id"] == fact["ride_id"]
        elif ride["id"] == NO_RIDE:
            seen["just ride"] += 1
            assert set(ride) == {
                "id",
                "is_archived",
                "instructor",
                "title",
                "scheduled_start_time",
                "duration",
            }
            assert (row["peloton_id"], row["workout_type"], fact["ride_id"]) == (None, "freestyle", None)
            assert row["title"] == ride["title"] and row["title"].endswith(" Just Ride")
        else:
            assert row["title"] is None and ride["id"] == fact["ride_id"]
            assert fact["details_status"] == listed[ride["id"]]["details_status"]
            assert ride["scheduled_start_time"] == listed[ride["id"]]["scheduled_start_time"]
            seen["scenic"] += row["workout_type"] == "scenic"
            seen["not listed"] += not fact["ride_listed"] and fact["details_status"] == 200
            seen["gone"] += fact["details_status"] == 404
            assert fact["details_status"] == 200 or "-" in ride["id"]
        seen[row["fitness_discipline"]] += 1
    assert seen["not listed"] > COUNT / 40 and seen["gone"] > COUNT / 60
    assert seen["null"] == pytest.approx(COUNT / 53, rel=0.3)
    assert seen["just ride"] == pytest.approx(COUNT / 19, rel=0.3)
    assert seen["scenic"] > COUNT / 50
    for discipline in ("cycling", "running", "strength", "meditation", "yoga", "caesar", "bike_bootcamp"):
        assert seen[discipline], discipline


def test_one_is_running_and_one_was_left_running(joined: Rows) -> None:
    running = [place for place, row in enumerate(joined) if row["status"] == "IN_PROGRESS"]
    assert running == [0, COUNT - 1 - COUNT // 3]
    for place, row in enumerate(joined):
        if place in running:
            assert row["end_time"] is None
        else:
            assert row["status"] == "COMPLETE" and row["end_time"] > row["start_time"]


def test_clocks(joined: Rows) -> None:
    names = Counter(row["timezone"] for row in joined)
    assert {"America/New_York", "Etc/GMT+5", "Asia/Tokyo", "Atlantis/Harbor", None} <= set(names)
    off = 0
    for row in joined:
        shift = row["device_time_created_at"] - row["created_at"]
        if row["timezone"] in (None, "Atlantis/Harbor"):
            continue
        clock = datetime.fromtimestamp(row["created_at"], ZoneInfo(row["timezone"])).utcoffset()
        assert clock is not None
        off += shift != clock.total_seconds()
        assert clock.total_seconds() - shift in (0, 1)
        if row["timezone"] == "Etc/GMT+5":
            assert shift in (-5 * 3600, -5 * 3600 - 1)
    assert 0 < off < COUNT / 30
    assert all(row["created_at"] == row["created"] for row in joined)


def test_fields_grow_over_the_years_and_work_is_done_on_machines(joined: Rows) -> None:
    by_year: dict[int, set[int]] = {}
    for row in joined:
        by_year.setdefault(datetime.fromtimestamp(row["created_at"], UTC).year, set()).add(
            len(row.keys() - {"ride"})
        )
        machine = row["metrics_type"] is not None
        assert (row["total_work"] > 0) == machine
        assert row["has_pedaling_metrics"] == (row["metrics_type"] == "cycling")
        if row["fitness_discipline"] in ("strength", "meditation", "yoga", "stretching"):
            assert not machine
    assert [by_year[year] for year in (2019, 2020, 2021, 2022, 2026)] == [{23}, {28}, {30}, {32}, {32}]
    zones = Counter(type(row["effort_zones"]).__name__ for row in joined if "effort_zones" in row)
    assert set(zones) == {"dict", "NoneType"}


# ------------------------------------------------------------------ control


def test_facts_agree_with_rows(joined: Rows, facts: Rows) -> None:
    names = ("id", "created_at", "start_time", "end_time", "status", "timezone", "total_work", "peloton_id")
    for row, fact in zip(joined, facts, strict=True):
        assert {name: row[name] for name in names} == {name: fact[name] for name in names}
        assert fact["has_graph"] == (row["metrics_type"] is not None)


def test_added_workouts_come_first_and_are_counted(own: Probe) -> None:
    before = own.workouts(limit=1)
    new = own.sandbox.add_workouts(2)
    after = own.workouts(limit=30)
    assert [row["id"] for row in after["data"][:2]] == [row["id"] for row in new]
    assert (before["total"], after["total"]) == (30, 32)
    assert sum(after["summary"].values()) == 32
    assert {row["status"] for row in new} == {"COMPLETE"}
    assert own.get("/api/me").json["total_workouts"] == 32


def test_workouts_are_added_at_a_time_of_a_class_with_fields(own: Probe) -> None:
    ride_id = own.sandbox.classes()[3]["id"]
    fields = {"ride_id": ride_id, "timezone": "Asia/Tokyo", "title": "Mine"}
    new = own.sandbox.add_workouts(1, at=1_600_000_000, status="IN_PROGRESS", **fields)[0]
    assert (new["created_at"], new["ride_id"], new["status"]) == (1_600_000_000, ride_id, "IN_PROGRESS")
    row = next(row for row in own.walk_workouts(joins="ride") if row["id"] == new["id"])
    assert (row["end_time"], row["title"], row["ride"]["id"]) == (None, "Mine", ride_id)
    assert row["device_time_created_at"] == 1_600_000_000 + 9 * 3600
    done = own.sandbox.finish_workout(new["id"])
    assert (done["status"], done["end_time"] > done["start_time"]) == ("COMPLETE", True)
    assert own.get(f"/api/workout/{new['id']}").json["end_time"] == done["end_time"]


def test_the_running_workout_is_finished_and_has_done_more(own: Probe) -> None:
    before = own.sandbox.workouts()[0]
    after = own.sandbox.finish_workout(before["id"])
    assert (before["status"], after["status"], before["end_time"]) == ("IN_PROGRESS", "COMPLETE", None)
    assert not before["has_graph"] or after["total_work"] > before["total_work"]
    assert own.workouts()["data"][0]["end_time"] == after["end_time"]


def test_workouts_are_deleted_and_edited(own: Probe) -> None:
    rows = own.walk_workouts()
    own.sandbox.delete_workouts(rows[0]["id"], rows[5]["id"])
    left = own.workouts(limit=100)
    assert [row["id"] for row in left["data"]] == [row["id"] for row in rows[1:5] + rows[6:]]
    assert (left["total"], sum(left["summary"].values())) == (28, 28)
    assert own.get(f"/api/workout/{rows[0]['id']}").status == 404

    other = rows[9]
    fields = {"total_work": 12.5, "name": "Else", "effort_zones": {"odd": 1}, "created_at": 1_700_000_000}
    assert own.sandbox.edit_workout(other["id"], fields)["total_work"] == 12.5
    row = next(row for row in own.walk_workouts() if row["id"] == other["id"])
    assert {name: row[name] for name in fields} == fields
    assert own.get(f"/api/workout/{other['id']}").json["name"] == "Else"
    created = [row["created_at"] for row in own.walk_workouts()]
    assert created == sorted(created, reverse=True)
    for action, body in (("finish_workout", {"id": "x"}), ("delete_workouts", {"ids": ["x"]})):
        with pytest.raises(SandboxError, match="no such workout"):
            own.sandbox.control(action, body)


def test_a_removed_class_stays_in_the_history(own: Probe) -> None:
    fact = next(row for row in own.sandbox.workouts() if row["ride_listed"] and row["ride_in_row"])
    own.sandbox.remove(fact["ride_id"])
    after = next(row for row in own.sandbox.workouts() if row["id"] == fact["id"])
    assert (after["ride_listed"], after["details_status"]) == (False, 404)
    assert own.get(f"/api/workout/{fact['id']}").json["ride"]["id"] == fact["ride_id"]


def test_faults_hit_by_endpoint_and_by_id(own: Probe) -> None:
    id_ = own.workouts()["data"][3]["id"]
    own.sandbox.faults(
        {"kind": "status", "status": 503, "endpoint": "workouts", "id": own.user_id},
        {"kind": "status", "status": 500, "endpoint": "workout", "id": id_},
    )
    assert [own.get(f"/api/user/{own.user_id}/workouts").status for _ in range(2)] == [503, 200]
    assert [own.get(f"/api/workout/{id_}").status for _ in range(2)] == [500, 200]
    counted = own.sandbox.counters()["by_endpoint"]
    assert (counted["workouts"], counted["workout"], counted["session"]) == (3, 2, 0)


@pytest.mark.tier("N")
def test_two_processes_tell_the_same_history() -> None:
    options = {"rate": 0, "classes": 150, "workouts": 120, "members": 2, "seed": 5}
    with Sandbox(**options) as one, Sandbox(**options) as two:
        one.publish(3)
        for member in (0, 1):
            query = {"joins": "ride,ride.instructor"}
            probes = [Probe(sandbox, member) for sandbox in (one, two)]
            rows = [probe.walk_workouts(**query) for probe in probes]
            assert rows[0] == rows[1]
            paths = [f"/api/workout/{row['id']}/performance_graph?every_n=9" for row in rows[0][::7]]
            paths += [f"/api/workout/{row['id']}" for row in rows[0][::5]]
            paths.append(f"/api/user/{rows[0][0]['user_id']}/workout_history_csv")
            answers = [
                [probe.get(path).body for path in order]
                for probe, order in ((probes[0], paths), (probes[1], paths[::-1]))
            ]
            assert answers[0] == answers[1][::-1]
