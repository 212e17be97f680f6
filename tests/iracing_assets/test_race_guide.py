"""The provider's own list of the next three hours against what is computed from the schedules of the same minute."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from iracing_assets.recurrence import Event, Start, race_times
from tests.iracing_assets.race_tables import (
    RECORDED,
    create,
    fill,
    macro_starts,
    recorded_events,
    recorded_seasons,
)

BLOCK = datetime(2025, 9, 9, 11, 54, tzinfo=UTC), datetime(2025, 9, 9, 14, 54, tzinfo=UTC)
SESSIONS, UNCHANGED_ENDS = 133, 127


@pytest.fixture(scope="module")
def guide() -> dict[str, Any]:
    path = RECORDED / "season.race_guide" / "AllyMurray__1.json"
    if not path.exists():
        pytest.skip(f"no recorded race guide at {path}")
    told: dict[str, Any] = json.loads(path.read_text())
    return told


@pytest.fixture(scope="module")
def events(guide: dict[str, Any]) -> list[Event]:
    return recorded_events(recorded_seasons())


@pytest.fixture(scope="module")
def tables(events: list[Event]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        fill(create(connection), events)
        yield connection


@pytest.fixture(params=["python", "macro"])
def computed(request: pytest.FixtureRequest, events: list[Event]) -> list[Start]:
    if request.param == "python":
        return race_times(events, *BLOCK)
    return macro_starts(request.getfixturevalue("tables"), *BLOCK)


def told(session: dict[str, Any]) -> tuple[int, int, int, datetime, bool]:
    return (
        session["season_id"],
        session["series_id"],
        session["race_week_num"],
        datetime.fromisoformat(session["start_time"]),
        session["super_session"],
    )


def as_told(start: Start) -> tuple[int, int | None, int, datetime, bool]:
    return start.season_id, start.series_id, start.race_week_num, start.starts_at, start.super_session


@pytest.mark.promise("C2")
def test_all_starts_of_the_guide_and_none_extra(
    guide: dict[str, Any], computed: list[Start], figure: Callable[[str], None]
) -> None:
    assert tuple(datetime.fromisoformat(guide[f"block_{edge}_time"]) for edge in ("begin", "end")) == BLOCK
    expected = {told(session) for session in guide["sessions"]}
    assert len(expected) == len(guide["sessions"]) == SESSIONS
    assert {as_told(start) for start in computed} == expected
    assert len(computed) == SESSIONS
    figure(f"{len(computed)} of {SESSIONS} starts of the recorded race guide, 0 extra")


def test_ends_differ_only_where_a_session_is_open_already(
    guide: dict[str, Any], computed: list[Start]
) -> None:
    """An open session shows an earlier end than its length says; the calendar keeps the length."""
    ends = {as_told(start): start.ends_at for start in computed}
    differing = [
        session
        for session in guide["sessions"]
        if ends[told(session)] != datetime.fromisoformat(session["end_time"])
    ]
    assert SESSIONS - len(differing) == UNCHANGED_ENDS
    for session in differing:
        end = ends[told(session)]
        assert end is not None
        assert "session_id" in session and datetime.fromisoformat(session["end_time"]) < end


def test_no_start_lies_after_the_end_of_its_week(events: list[Event], guide: dict[str, Any]) -> None:
    """The end of a week is its last start or later: nothing has to be cut off, and the bound is inclusive."""
    ends = {
        (week["season_id"], week["race_week_num"]): datetime.fromisoformat(week["week_end_time"])
        for season in recorded_seasons()
        for week in season["schedules"]
    }
    far = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    last: dict[tuple[int, int], datetime] = {}
    for start in race_times(events, *far):
        last[start.season_id, start.race_week_num] = start.starts_at
    assert not [key for key, moment in last.items() if moment > ends[key]]
    assert sum(moment == ends[key] for key, moment in last.items()) == 318
