"""The other door: the CSV export of the members' web site, and rows that came by both doors."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from in_process import InProcess, crawl_workouts
from observing import Row, by_id, rows

from peloton_assets.history_csv import read_csv
from peloton_assets.members import Record
from peloton_assets.pending import merge_pending
from peloton_assets.rebuild import rebuild
from peloton_assets.workspace import Workspace, now
from resources.errors import UsageProblem
from sandbox.messages import Request

HEAD = "Workout Timestamp,Length (minutes),Fitness Discipline,Total Output,Avg. Speed (kph),Avg. Resistance,Title\n"
ZONES = {"IST": "+05:30"}


@pytest.fixture
def provider() -> InProcess:
    return InProcess(120, date(2021, 6, 30), workouts=90)


@pytest.fixture
def work(provider: InProcess, data_dir: Path) -> Workspace:
    return provider.workspace(data_dir)


def export(provider: InProcess) -> str:
    user = provider.peloton.members[0].user_id if hasattr(provider.peloton, "members") else ""
    answer = provider.world.handle(
        Request("GET", f"/peloton/api/user/{user}/workout_history_csv", "timezone=UTC", provider._headers)
    )
    return answer.body.decode()


def bring_in(work: Workspace, text: str, account: str = "default") -> None:
    with work.crawling():
        with work.landing.writer("peloton", "workout_csv", "2026-11") as writer:
            writer.write(Record("file:test.csv", now(), json.dumps({"csv": text, "zones": ZONES})), account)
        merge_pending(work.lake, work.landing, work.state)


def workouts(work: Workspace) -> dict[str, Row]:
    rebuild(work.lake, work.landing)
    return by_id(work.lake, "peloton.workouts", "workout_id")


def test_without_a_sign_in_the_file_is_all(work: Workspace, provider: InProcess) -> None:
    text = export(provider)
    bring_in(work, text)
    stored = workouts(work)
    assert len(stored) == len(read_csv(text, ZONES)) > 80
    assert {row["source"] for row in stored.values()} == {"csv"}
    assert all(row["ride_id"] is None for row in stored.values()), "the export names no class by its id"
    measured = [row for row in rows(work.lake, "peloton.workout_summaries") if row["avg_output"]]
    assert measured


@pytest.mark.parametrize("first", ["file", "API"])
def test_rows_from_both_doors_are_one(work: Workspace, provider: InProcess, first: str) -> None:
    text = export(provider)
    if first == "file":
        bring_in(work, text)
    crawl_workouts(work)
    if first == "API":
        bring_in(work, text)
    stored = workouts(work)
    truth = {row["id"]: row for row in provider.act("workouts", {"member": 0})}
    assert stored.keys() == truth.keys()
    assert {item for item, row in stored.items() if row["source"] == "both"} == {
        item for item, row in truth.items() if row["in_csv"]
    }


@pytest.mark.tier("N")
def test_the_same_file_again_changes_nothing(work: Workspace, provider: InProcess) -> None:
    text = export(provider)
    bring_in(work, text)
    before = workouts(work)
    bring_in(work, text)
    assert workouts(work) == before


def test_files_of_two_people_stay_apart(work: Workspace, provider: InProcess) -> None:
    text = export(provider)
    bring_in(work, text)
    bring_in(work, text, "somebody else")
    stored = workouts(work)
    assert len(stored) == 2 * len(read_csv(text, ZONES))
    assert {row["username"] for row in stored.values()} == {"default", "somebody else"}


@pytest.mark.parametrize(
    ("moment", "hour"),
    [
        ("(UTC)", 7),
        ("(EST)", 12),
        ("(EDT)", 11),
        ("(-05)", 12),
        ("(+0530)", 1),
        ("(-03:30)", 10),
        ("(CEST)", 5),
    ],
)
def test_the_offset_of_the_zone_counts(moment: str, hour: int) -> None:
    (row,) = read_csv(HEAD + f"2024-03-05 07:12 {moment},30,Cycling,200,30.1,45%,A title\n")
    assert row["start_s"] // 3600 % 24 == hour
    assert (row["total_work_j"], row["length_s"], row["avg_resistance"], row["speed_unit"]) == (
        200_000,
        1800,
        45,
        "kph",
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "Workout Timestamp"),
        ("a,b\n1,2\n", "Workout Timestamp"),
        (HEAD + "yesterday,30,Cycling,,,,\n", "yesterday"),
        (HEAD + "2024-03-05 07:12 (IST),30,Cycling,,,,\n", "IST"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, named: str) -> None:
    with pytest.raises(UsageProblem, match=named):
        read_csv(text)


def test_what_means_two_zones_can_be_said() -> None:
    (row,) = read_csv(HEAD + "2024-03-05 07:12 (IST),30,Cycling,,,,\n", {"IST": "+05:30"})
    assert row["start_s"] % 86400 == (1 * 60 + 42) * 60
