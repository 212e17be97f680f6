"""What the schedules hold: every case of the collected facts, and starts that agree with counts done by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from racer import Racer

from sandbox.client import Sandbox
from sandbox.iracing.patterns import KINDS, starts_of
from sandbox.iracing.quarters import Quarter

Rows = list[dict[str, Any]]
TUESDAY = date(2026, 9, 15)


@pytest.fixture(scope="module")
def seasons(racer: Racer) -> Rows:
    return racer.document("series/seasons")  # type: ignore[no-any-return]


def weeks_of(seasons: Rows) -> Rows:
    return [week for season in seasons for week in season["schedules"]]


def descriptors_of(seasons: Rows) -> Rows:
    return [descriptor for week in weeks_of(seasons) for descriptor in week["race_time_descriptors"]]


def last_start(week: dict[str, Any]) -> datetime:
    return max(start.at for start in starts_of(week["race_time_descriptors"]))


def test_there_is_a_season_of_every_series_and_every_kind(racer: Racer, seasons: Rows) -> None:
    truth = racer.sandbox.iracing_truth()
    assert len(seasons) >= 24
    assert {season["kind"] for season in truth["seasons"]} == set(KINDS)
    assert [s["season_id"] for s in truth["seasons"]] == [s["season_id"] for s in seasons]
    today = date.fromisoformat(truth["today"])
    phases = {
        (week["start_date"] > str(today)) - (week["week_end_time"] < str(today)) for week in weeks_of(seasons)
    }
    assert phases == {-1, 0, 1}, "weeks that are over, that run, and that come"


def test_weeks_are_numbered_without_holes_and_do_not_overlap(seasons: Rows) -> None:
    for season in seasons:
        weeks = season["schedules"]
        assert [week["race_week_num"] for week in weeks] == list(range(season["max_weeks"]))
        for week, following in pairwise(weeks):
            assert week["start_date"] < following["start_date"]
            assert week["week_end_time"] < f"{following['start_date']}T00:00:00Z", season["season_name"]


def test_no_start_lies_behind_the_end_of_its_week(seasons: Rows) -> None:
    ends = Counter()
    for week in weeks_of(seasons):
        end = datetime.fromisoformat(week["week_end_time"])
        assert last_start(week) <= end
        ends["the last start" if last_start(week) == end else "later"] += 1
    assert ends["the last start"] > ends["later"] > 0


def test_repeating_patterns_are_of_all_recorded_sorts(seasons: Rows) -> None:
    repeating = [d for d in descriptors_of(seasons) if d["repeating"]]
    assert {d["repeat_minutes"] for d in repeating} == {15, 30, 60, 120}
    assert {"00:15:00", "00:45:00", "01:45:00", "12:15:00"} <= {d["first_session_time"] for d in repeating}
    assert {tuple(d["day_offset"]) for d in repeating} >= {(0, 1, 2, 3, 4, 5, 6), (0,), (1, 3, 5)}
    assert all("session_times" not in d for d in repeating)


def test_named_times_are_there_unsorted_long_and_super(seasons: Rows) -> None:
    named = [d for d in descriptors_of(seasons) if not d["repeating"]]
    assert any(d["session_times"] != sorted(d["session_times"]) for d in named)
    assert {751, 1_471} <= {d["session_minutes"] for d in named}
    assert any(d["super_session"] for d in named)
    assert all(d.keys().isdisjoint({"start_date", "day_offset", "first_session_time"}) for d in named)
    long = [
        week
        for week in weeks_of(seasons)
        for d in week["race_time_descriptors"]
        if d["session_minutes"] > 1_400
    ]
    assert all(
        last_start(w) + timedelta(minutes=1_471) > datetime.fromisoformat(w["week_end_time"]) for w in long
    )


def test_tours_begin_on_other_days_and_pause(seasons: Rows) -> None:
    tours = [season for season in seasons if season["season_quarter"] == 1 and season["max_weeks"] == 16]
    assert tours
    firsts = [[date.fromisoformat(week["start_date"]) for week in tour["schedules"]] for tour in tours]
    assert all(days[0].weekday() in range(2, 7) for days in firsts)
    gaps = {(b - a).days for days in firsts for a, b in pairwise(days)}
    assert {7, 112} <= gaps
    assert all(tour["season_short_name"].endswith(" ") for tour in tours)


def test_week_13_has_seven_weeks_of_one_day(racer: Racer, seasons: Rows) -> None:
    (first, *_) = [s for s in racer.sandbox.iracing_truth()["seasons"] if s["kind"] == "week_13"]
    days = [date.fromisoformat(week["start_date"]) for week in first["schedules"]]
    assert days == [days[0] + timedelta(days=number) for number in range(7)]
    assert days[0] == Quarter(2026, 4).start + timedelta(weeks=12)
    assert (first["official"], first["license_group"]) == (False, 0)


def test_a_plain_week_has_84_starts_and_ends_with_the_last() -> None:
    week = KINDS["two_hourly"](Random(1), TUESDAY)[0]
    starts = [start.at for start in starts_of(week.descriptors)]
    assert len(starts) == 84
    assert max(starts) == week.end
    assert week.end.date() == TUESDAY + timedelta(days=6)


def test_a_day_of_its_own_has_afternoon_starts_only() -> None:
    week = KINDS["two_patterns"](Random(1), TUESDAY)[0]
    by_day = defaultdict(list)
    for start in starts_of(week.descriptors):
        by_day[start.at.date()].append(start.at.time())
    assert sum(len(times) for times in by_day.values()) == 78
    (noon,) = [times for times in by_day.values() if len(times) == 6]
    assert (min(noon), max(noon)) == (time(12, 15), time(22, 15))


def test_a_super_session_comes_on_top() -> None:
    week = KINDS["with_super_session"](Random(1), TUESDAY)[0]
    starts = list(starts_of(week.descriptors))
    assert (len(starts), sum(start.is_super for start in starts)) == (85, 1)
    both = KINDS["simultaneous"](Random(1), TUESDAY)[0]
    assert max(Counter(start.at for start in starts_of(both.descriptors)).values()) == 2


def test_a_pattern_begins_afresh_each_day_and_stops_before_midnight() -> None:
    pattern = {
        "repeating": True, "start_date": "2028-02-28", "day_offset": [0, 1], "first_session_time": "00:10:00",
        "repeat_minutes": 700, "session_minutes": 30, "super_session": False,
    }  # fmt: skip
    assert [start.at for start in starts_of([pattern])] == [
        datetime(2028, 2, day, hour, minute, tzinfo=UTC)
        for day in (28, 29)
        for hour, minute in ((0, 10), (11, 50), (23, 30))
    ]


@pytest.mark.parametrize("begin", ["2026-11-20T18:07:31Z", "2026-12-09T23:30:00Z"])
def test_the_race_guide_shows_three_hours_of_the_truth(racer: Racer, begin: str) -> None:
    guide = racer.document("season/race_guide", **{"from": begin})
    first, last = guide["block_begin_time"], guide["block_end_time"]
    assert first == begin[:16] + ":00Z"
    truth = racer.sandbox.iracing_truth(first, last)["starts"]
    keys = ("season_id", "race_week_num", "start_time", "super_session")
    assert [{key: row[key] for key in keys} for row in guide["sessions"]] == [
        {key: row[key] for key in keys} for row in truth
    ]
    ends = [(row, ours["end_time"]) for row, ours in zip(guide["sessions"], truth, strict=True)]
    shorter = [row for row, end in ends if row["end_time"] < end]
    assert 0 < len(shorter) < len(ends)
    assert all("session_id" in row for row in shorter), "only a session that was opened has another end"


def test_the_race_guide_without_a_time_is_about_now(own: Racer) -> None:
    wanted = datetime(2026, 11, 20, 12, tzinfo=UTC)
    own.sandbox.settings(clock_skew_seconds=(wanted - datetime.now(UTC)).total_seconds() + 1)
    own.sign_in()
    assert own.document("season/race_guide")["block_begin_time"] == "2026-11-20T12:00:00Z"


def test_the_same_seed_tells_the_same_and_another_something_else(own: Racer) -> None:
    def weeks(sandbox: Sandbox) -> Any:
        return [season["schedules"] for season in sandbox.iracing_truth()["seasons"]]

    with (
        Sandbox(classes=1, iracing_series=12) as same,
        Sandbox(classes=1, iracing_series=12, seed=8) as other,
    ):
        assert weeks(same) == weeks(own.sandbox)
        assert weeks(other) != weeks(own.sandbox)


def test_today_moves_everything(own: Racer) -> None:
    with Sandbox(classes=1, iracing_series=12, iracing_today="2027-04-01") as later:
        assert later.iracing_truth()["quarter"] == [2027, 2]
        current = Racer(later).document("lookup/current_season")
        assert [row["lookups"][0]["lookup_values"][0]["value"] for row in current] == ["2", "2027"]
    assert own.sandbox.iracing_truth()["quarter"] == [2026, 4]
