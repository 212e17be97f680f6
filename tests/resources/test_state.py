"""The state: facts that many processes write at once, in a file of one host or in the database of several."""

from __future__ import annotations

import ast
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from resources.database import Place
from resources.errors import BadAnswer, NotServed, StorageProblem
from resources.state import Coverage, Difference, State, SyncCounts, all_tables

CHECKOUT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(params=["file", pytest.param("PostgreSQL", marks=pytest.mark.tier("N"))])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A folder, or an empty database."""
    return tmp_path / "state" if request.param == "file" else request.getfixturevalue("database_url")


@pytest.fixture
def state(place: Place) -> State:
    return State(place)


WRITE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from resources.errors import BadAnswer
from resources.state import Coverage, State, SyncCounts
writer = sys.argv[2]
now = datetime.now(UTC)
state = State(sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1]))
for number in range(15):
    state.record_coverage("peloton", [Coverage(f"list {writer}", f"2024-{number:02}", "complete")], writer, now)
    state.record_failure("peloton", "details", "shared", BadAnswer("No", "Go on."), now)
    drift = [("shared", "unknown", "array"), (f"{writer} {number}", "unknown", "x")]
    state.record_drift("peloton", "details", drift, writer, now)
    state.start_run(f"{writer} {number}", "peloton", "list", "", now)
    state.end_run(f"{writer} {number}", "peloton", "list", "", SyncCounts(requests=number), now)
"""


def test_eight_processes_write_at_once_from_the_first_moment(
    place: Place, process: Callable[..., subprocess.Popen[str]]
) -> None:
    """Also the file itself is made by whoever comes first."""
    writers = [process(WRITE, place, number) for number in range(8)]
    for writer in writers:
        assert writer.stderr
        assert (writer.wait(), writer.stderr.read()) == (0, "")
    state = State(place)
    assert state.rows("SELECT count(*) AS n FROM coverage") == [{"n": 8 * 15}]
    assert state.rows("SELECT attempts FROM failures") == [{"attempts": 8 * 15}]
    assert state.rows("SELECT count(*) AS n FROM drift") == [{"n": 1 + 8 * 15}]
    assert state.rows("SELECT count(*) AS n, sum(requests) AS r FROM sync_runs WHERE outcome = 'done'") == [
        {"n": 8 * 15, "r": 8 * sum(range(15))}
    ]


def test_coverage_is_replaced_and_keeps_when_it_was_proven(state: State) -> None:
    state.record_coverage("peloton", [Coverage("ride_list", "2024-05", "incomplete", "stopped")], "a", NOW)
    assert state.complete_months("peloton", "ride_list") == {}
    state.record_coverage("peloton", [Coverage("ride_list", "2024-05", "complete", rows=3)], "b", NOW)
    assert state.complete_months("peloton", "ride_list") == {"2024-05": NOW}
    assert state.complete_months("peloton", "ride_list:yoga") == {}
    assert state.complete_months("peloton", "ride_list", account="other") == {}
    state.record_coverage("peloton", [Coverage("ride_list", "2024-05", "incomplete", "again")], "c", NOW)
    (row,) = state.rows("SELECT state, reason, rows, proven_at, run_id FROM coverage")
    was_proven = NOW.isoformat(timespec="microseconds")
    assert tuple(row.values()) == ("incomplete", "again", None, was_proven, "c")
    assert state.complete_months("peloton", "ride_list") == {}


def test_an_unknown_state_of_coverage_is_refused(state: State) -> None:
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        state.record_coverage("peloton", [Coverage("ride_list", "2024-05", "perhaps")], "a", NOW)


def test_failures_count_and_tell_when_to_try_again(state: State) -> None:
    later = NOW + timedelta(hours=1)
    state.record_failure("peloton", "details", "x", BadAnswer("First", "Go."), NOW)
    state.record_failure("peloton", "details", "x", NotServed("Second", "Go."), later, timedelta(days=30))
    state.record_failure("peloton", "list", "y", BadAnswer("Other", "Go."), NOW)
    assert state.next_tries("peloton", "details") == {"x": later + timedelta(days=30)}
    (row,) = state.rows("SELECT * FROM failures WHERE id = 'x'")
    assert (row["attempts"], row["error_class"], row["message"]) == (2, "NotServed", "Second. Go.")
    assert (row["first_failed_at"], row["last_failed_at"]) == (
        NOW.isoformat(timespec="microseconds"), later.isoformat(timespec="microseconds"),
    )  # fmt: skip
    state.clear_failures("peloton", "details", ["x", "never failed"])
    assert state.next_tries("peloton", "details") == {}
    assert state.next_tries("peloton", "list") == {"y": NOW}


def test_drift_is_news_once(state: State) -> None:
    found = [("a", "unknown", "array"), ("b", "retyped", "string")]
    assert state.record_drift("peloton", "details", found, "first", NOW) == 2
    assert state.record_drift("peloton", "details", [*found, ("a", "unknown", "object")], "second", NOW) == 1
    assert state.record_drift("peloton", "list", found, "second", NOW) == 2
    assert {row["run_id"] for row in state.rows("SELECT run_id FROM drift WHERE path = 'b'")} == {
        "first",
        "second",
    }


def test_a_run_that_is_repeated_starts_its_counts_again(state: State) -> None:
    state.start_run("r", "peloton", "ride_list", "2024-05", NOW)
    state.end_run("r", "peloton", "ride_list", "2024-05", SyncCounts(requests=9), NOW, "failed", "why", 1)
    state.start_run("r", "peloton", "ride_list", "2024-05", NOW)
    (row,) = state.rows("SELECT * FROM sync_runs")
    assert (row["outcome"], row["requests"], row["ended"], row["stop_reason"]) == ("running", 0, None, None)


def test_times_are_utc_whatever_zone_they_came_in(state: State) -> None:
    vienna = datetime.fromisoformat("2026-11-21T13:00:00+01:00")
    state.record_coverage("peloton", [Coverage("ride_list", "2024-05", "complete")], "a", vienna)
    assert state.rows("SELECT proven_at FROM coverage") == [{"proven_at": "2026-11-21T12:00:00.000000+00:00"}]


def test_positions_and_merged_files_are_remembered(state: State) -> None:
    state.record_positions("peloton", "ride_list", {"2024-05": 900, "2024-06": 950})
    state.record_positions("peloton", "ride_list", {"2024-05": 901})
    assert state.positions("peloton", "ride_list") == {"2024-05": 901, "2024-06": 950}
    state.record_merged("peloton", "ride_archived", ["a", "b", "a"])
    assert state.merged_files("peloton", "ride_archived") == {"a", "b"}
    assert state.merged_files("peloton", "instructors") == set()


def test_the_folder_is_private(tmp_path: Path) -> None:
    State(tmp_path / "state")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def filled(state: State) -> dict[str, list[dict[str, object]]]:
    """A row in every table that a sync writes; all tables as they are then."""
    gone = [Difference("x", "hidden")]
    state.record_coverage("peloton", [Coverage("l", "2024-05", "complete", differences=(*gone,))], "r", NOW)
    state.record_failure("peloton", "details", "x", BadAnswer("First", "Go."), NOW)
    state.start_run("r", "peloton", "list", "", NOW)
    state.record_drift("peloton", "list", [("a", "unknown", "array")], "r", NOW)
    state.record_merged("peloton", "list", ["a"])
    state.record_positions("peloton", "list", {"2024-05": 900})
    state.set_mark("looked", NOW)
    return content(state)


def content(state: State) -> dict[str, list[dict[str, object]]]:
    return {name: state.rows(f"SELECT * FROM {name}") for name in all_tables()}


def test_a_copy_takes_over_everything_and_from_either_place(
    state: State, tmp_path: Path, new_database: Callable[[], str]
) -> None:
    """A backup is a file whatever it is of, and a restore is its way back."""
    wanted = filled(state)
    assert sum(map(bool, wanted.values())) == 8
    for place in (tmp_path / "copy", new_database()):
        copy = State(place)
        copy.record_positions("peloton", "what was there before", {"2020-01": 1})
        copy.copy_from(state)
        assert content(copy) == wanted


def test_text_is_kept_sign_for_sign_but_for_the_one_that_no_database_stores(state: State) -> None:
    hostile = "50 % of ? and %s, {x} \u2028 \U0001f6b4 'quoted' -- \\ $1"
    state.set_note(hostile, hostile)
    assert state.note(hostile) == hostile
    state.record_drift("peloton", "list", [("a\x00b", "unknown", "x")], "r", NOW)
    assert state.record_drift("peloton", "list", [("a\x00b", "unknown", "x")], "r", NOW) == 0
    (row,) = state.rows("SELECT path FROM drift")
    assert row["path"] in ("a\x00b", "a\u2400b")


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be looked at " * 99, b"SQLite format 3\x00" * 9]
)
def test_a_foreign_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "paceline.sqlite").write_bytes(content)
    with pytest.raises(StorageProblem, match="not a state file"):
        State(tmp_path)
    assert (tmp_path / "paceline.sqlite").read_bytes() == content


def test_a_file_in_place_of_the_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("I am no folder")
    with pytest.raises(StorageProblem, match="A file stands where a folder is needed"):
        State(tmp_path / "state")


def asked_of_the_state() -> Iterator[tuple[str, str]]:
    """Every query that the code puts to `State.rows` as a text, and where."""
    for package in ("resources", "paceline", "peloton_assets", "iracing_assets", "strava_assets"):
        for path in sorted((CHECKOUT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                is_asked = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "rows"
                is_asked = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "rows"
                told = node.args[0] if is_asked and node.args else None
                if isinstance(told, ast.Constant) and str(told.value).startswith("SELECT"):
                    yield f"{path.relative_to(CHECKOUT)}:{node.lineno}", str(told.value)


def test_every_query_of_the_code_is_understood_by_both(tmp_path: Path, database_url: str) -> None:
    found = [*asked_of_the_state()]
    assert len(found) > 20
    for state in (State(tmp_path / "state"), State(database_url)):
        for where, sql in found:
            try:
                state.rows(f"EXPLAIN {sql}", *[None] * sql.count("?"))
            except (psycopg.Error, sqlite3.Error) as error:
                pytest.fail(f"{where}: {error}")
