"""The macro against its twin in Python and against a clock that asks each minute whether a race starts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.races import invent, stored_bytes, times_smaller
from iracing_assets.recurrence import Event, Pattern, Slot, Start, race_times
from tests.iracing_assets.race_tables import create, event_row, fill, insert, macro_starts, slot_rows

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",  # half an hour off
    "Australia/Lord_Howe",  # shifts by half an hour
    "Pacific/Chatham",  # a quarter off, and the seasons of the south
)
FIRST_DAY, YEARS, RANDOM_PATTERNS = date(2020, 1, 1), 10, 10_000
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
MINUTES_OF_A_DAY = 1440


@pytest.fixture(scope="module")
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield create(connection)


def starts_by_the_clock(pattern: Pattern, moment: datetime) -> bool:
    """Whether a race of this pattern starts now, asked of one moment alone."""
    if pattern.start_date is None or pattern.first_session_time is None:
        return False
    if (moment.date() - pattern.start_date).days not in (pattern.day_offsets or ()):
        return False
    first = datetime.combine(moment.date(), pattern.first_session_time, UTC)
    waited = moment - first
    every = pattern.repeat_minutes or 0
    return waited == timedelta() or (every > 0 and waited > timedelta() and not waited % (every * MINUTE))


def oracle(events: Iterable[Event], begin: datetime, end: datetime) -> set[tuple[int, int, datetime]]:
    """Season, week and moment of all starts in the window, minute by minute."""
    found = set()
    for event in events:
        for pattern in event.patterns:
            first = pattern.first_session_time or time()
            into_the_minute = timedelta(seconds=first.second, microseconds=first.microsecond)
            moment = begin.replace(second=0, microsecond=0) + into_the_minute - MINUTE
            while moment < end:
                if moment >= begin and starts_by_the_clock(pattern, moment):
                    found.add((event.season_id, event.race_week_num, moment))
                moment += MINUTE
        found |= {
            (event.season_id, event.race_week_num, slot.starts_at)
            for slot in event.slots
            if begin <= slot.starts_at < end
        }
    return found


def keys(starts: Iterable[Start]) -> set[tuple[int, int, datetime]]:
    return {(start.season_id, start.race_week_num, start.starts_at) for start in starts}


# Anchors of a calendar: a leap day, shifts of clocks, a year's end. Quarters of hours make starts meet each other and
# the bounds of windows.
ANCHORS = st.sampled_from([date(2024, 2, 28), date(2025, 3, 30), date(2025, 10, 26), date(2026, 12, 31)])
QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 15)
MINUTES = st.one_of(QUARTERS, QUARTERS, st.integers(0, MINUTES_OF_A_DAY - 1))
SECONDS = st.sampled_from([0, 0, 0, 0, 0, 30])
TIMES = st.builds(lambda minute, second: time(minute // 60, minute % 60, second), MINUTES, SECONDS)
REPEATS = st.one_of(st.sampled_from([15, 30, 60, 120, 50, 0, -5, 1440, 1441, 100_000]), st.integers(1, 1500))
LENGTHS = st.sampled_from([24, 45, 60, 1471])
FLAGS = st.booleans()


def lacking(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """These values, and None once in a while."""
    return st.integers(0, 9).flatmap(lambda chance: values if chance else st.none())


def calendars(anchor: date) -> st.SearchStrategy[tuple[list[Event], datetime]]:
    """A few events around a day, and a moment around it too."""
    days = st.integers(-2, 1).map(lambda n: anchor + n * DAY)
    moments = st.builds(
        lambda day, minute, second: datetime.combine(day, time(), UTC) + timedelta(minutes=minute, seconds=second),
        days, MINUTES, SECONDS,
    )  # fmt: skip
    offsets = st.lists(lacking(st.integers(-1, 7)), min_size=1, max_size=8).map(tuple)
    patterns = st.builds(
        Pattern,
        lacking(days),
        lacking(offsets),
        lacking(TIMES),
        lacking(REPEATS),
        lacking(LENGTHS),
        lacking(FLAGS),
    )
    slots = st.lists(
        st.builds(Slot, moments, lacking(LENGTHS), lacking(FLAGS)),
        max_size=3,
        unique_by=lambda slot: slot.starts_at,
    )
    # Twice the same pattern with another length, so that starts meet.
    twins = st.builds(
        lambda one, length, flag: (one, replace(one, session_minutes=length, super_session=flag)),
        patterns,
        lacking(LENGTHS),
        lacking(FLAGS),
    )
    numbers = st.integers(0, 2)
    event = st.builds(
        Event,
        numbers,
        numbers,
        numbers,
        numbers,
        st.one_of(twins, st.lists(patterns, max_size=3).map(tuple)),
        slots.map(tuple),
    )
    events = st.lists(
        event, min_size=1, max_size=3, unique_by=lambda event: (event.season_id, event.race_week_num)
    )
    return st.tuples(events, moments)


@pytest.mark.promise("C2")
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ANCHORS.flatmap(calendars),
    st.one_of(QUARTERS, st.integers(-60, 2 * MINUTES_OF_A_DAY)),
    st.one_of(st.none(), st.integers(0, 999)),
    st.sampled_from(ZONES),
)
def test_macro_twin_and_clock_agree(
    tables: duckdb.DuckDBPyConnection,
    calendar: tuple[list[Event], datetime],
    minutes: int,
    nth_start: int | None,
    zone: str,
) -> None:
    events, begin = calendar
    end = begin + minutes * MINUTE
    around = race_times(events, begin - DAY, begin + 3 * DAY)
    if nth_start is not None and around:  # the end is exactly a start
        end = around[nth_start % len(around)].starts_at
        begin = min(begin, end - DAY)
    fill(tables, events)
    tables.execute(f"SET TimeZone = '{zone}'")
    expected = race_times(events, begin, end)
    assert macro_starts(tables, begin, end) == expected
    assert keys(expected) == oracle(events, begin, end)
    assert len(keys(expected)) == len(expected)


def random_pattern(draw: random.Random) -> Pattern:
    """Days somewhere in ten years; repeats as they are met, and others."""
    return Pattern(
        FIRST_DAY + timedelta(days=draw.randrange(365 * YEARS)),
        tuple(sorted(draw.sample(range(7), draw.randint(1, 7)))),
        time(draw.randrange(24), draw.choice((0, 15, 30, 45, draw.randrange(60)))),
        draw.choice((15, 30, 60, 120, 120, None, draw.randint(5, 1500))),
        draw.choice((24, 59, 72, 751, 1471)),
        draw.random() < 0.1,
    )


def random_event(draw: random.Random, season: int) -> Event:
    return Event(season, draw.randrange(13), 7, 8, (random_pattern(draw),))


def minutes_by_the_clock(pattern: Pattern) -> Iterator[datetime]:
    """All starts of a complete pattern: each minute of each day around it is looked at."""
    assert pattern.start_date and pattern.day_offsets and pattern.first_session_time
    first = pattern.first_session_time.hour * 60 + pattern.first_session_time.minute
    every = pattern.repeat_minutes or MINUTES_OF_A_DAY
    for days in range(-8, 15):
        if days not in pattern.day_offsets:
            continue
        midnight = datetime.combine(pattern.start_date + timedelta(days=days), time(), UTC)
        for minute in range(MINUTES_OF_A_DAY):
            if minute >= first and (minute - first) % every == 0:
                yield midnight + minute * MINUTE


@pytest.mark.promise("C2")
def test_ten_years_of_random_patterns_in_five_zones(
    tables: duckdb.DuckDBPyConnection,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Starts are the same in every zone, and a client shows them at the hour that the zone's clocks show."""
    events = [
        random_event(draw, season) for season in range(size(P=RANDOM_PATTERNS // 10, N=RANDOM_PATTERNS))
    ]
    fill(tables, events)
    begin = datetime.combine(FIRST_DAY, time(), UTC)
    end = begin.replace(year=FIRST_DAY.year + YEARS)
    expected = {
        (event.season_id, int(moment.timestamp()))
        for event in events
        for pattern in event.patterns
        for moment in minutes_by_the_clock(pattern)
        if begin <= moment < end
    }
    assert {
        (start.season_id, int(start.starts_at.timestamp())) for start in race_times(events, begin, end)
    } == expected
    seconds = sorted({moment for _, moment in expected})
    for name in ZONES:
        tables.execute(f"SET TimeZone = '{name}'")
        shown = tables.execute(
            """
            SELECT season_id, epoch_us(starts_at) // 1000000, strftime(starts_at, '%Y-%m-%d %H:%M')
            FROM iracing.race_times($from_ts, $to_ts)
            """,
            {"from_ts": begin, "to_ts": end},
        ).fetchall()
        zone = ZoneInfo(name)
        on_the_wall = {
            moment: datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%d %H:%M") for moment in seconds
        }
        assert len(shown) == len(expected)
        assert {(season, moment) for season, moment, _ in shown} == expected
        assert not [moment for _, moment, text in shown if on_the_wall[moment] != text]
    figure(
        f"{len(events):,} patterns, {len(expected):,} starts in {YEARS} years, {len(ZONES)} zones: 0 differences"
    )


def shifts(zone: ZoneInfo, year: int) -> list[date]:
    """The local days of a year that are shorter or longer than others."""
    days = [date(year, 1, 1) + n * DAY for n in range(365)]
    midnights = [datetime.combine(day, time(), zone).astimezone(UTC) for day in days]
    return [
        day for day, (one, next_one) in zip(days, pairwise(midnights), strict=False) if next_one - one != DAY
    ]


@pytest.mark.promise("C2")
@pytest.mark.parametrize("name", ZONES)
def test_days_of_the_shift_are_shorter_and_longer(tables: duckdb.DuckDBPyConnection, name: str) -> None:
    """A race each quarter of an hour: UTC days have 96, and local days as many as their clocks pass quarters."""
    zone = ZoneInfo(name)
    tables.execute(f"SET TimeZone = '{name}'")
    lengths = []
    for day in shifts(zone, 2025):
        event = Event(1, 0, patterns=(Pattern(day - DAY, (0, 1, 2), time(), 15, 10),))
        fill(tables, [event])
        tables.execute(f"SET TimeZone = '{name}'")
        begin, end = (datetime.combine(each, time(), zone) for each in (day, day + DAY))
        found = macro_starts(tables, begin, end)
        assert found == race_times([event], begin, end)
        assert {start.starts_at.astimezone(zone).date() for start in found} == {day}
        assert {one.starts_at + timedelta(minutes=15) for one in found[:-1]} == {
            one.starts_at for one in found[1:]
        }
        assert len(macro_starts(tables, day, day + DAY)) == 96
        lengths.append(len(found))
    shift = 2 if name == "Australia/Lord_Howe" else 4
    assert sorted(lengths) == [96 - shift, 96 + shift]


BOUNDS = {
    "a day": "DATE '2025-03-30'",
    "a moment": "TIMESTAMPTZ '2025-03-30 02:00:00+02'",
    "a moment without a zone": "TIMESTAMP '2025-03-30 00:00'",
    "a text of a day": "'2025-03-30'",
    "a text": "'2025-03-30 00:00:00'",
    "a text with Z": "'2025-03-30T00:00:00Z'",
    "a text with a zone": "'2025-03-29T20:00:00.000-04:00'",
    "a text with a zone's name": "'2025-03-30 02:00 Etc/GMT-2'",
    "nanoseconds": "TIMESTAMP_NS '2025-03-30 00:00:00.000000001'",
}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS)
def test_a_bound_may_be_spelt_in_any_way(tables: duckdb.DuckDBPyConnection, bound: str, zone: str) -> None:
    fill(tables, [Event(1, 0, patterns=(Pattern(date(2025, 3, 29), (0, 1), time(), 60, 10),))])
    tables.execute(f"SET TimeZone = '{zone}'")
    counts = [
        tables.execute(f"SELECT count(*) FROM iracing.race_times({window})").fetchall()[0][0]
        for window in (f"'-infinity', {bound}", f"{bound}, 'infinity'", f"{bound}, {bound}", f"NULL, {bound}")
    ]
    assert counts == [24, 24, 0, 0]


def test_what_is_no_moment_is_refused(tables: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.ConversionException):
        tables.execute("FROM iracing.race_times('tonight', 'tomorrow')").fetchall()


def test_damaged_rows_spoil_no_others(tables: duckdb.DuckDBPyConnection) -> None:
    """Dates and numbers at the end of their types, which a sum would take further."""
    most = 2**31 - 1
    fill(tables, [Event(1, 0, 5, 6, (Pattern(date(2025, 3, 4), (0, most, -most), time(9), most, most),))])
    insert(
        tables,
        "events",
        [
            {"season_id": 2, "race_week_num": 0, "time_pattern": None},
            {
                "season_id": 3,
                "race_week_num": 0,
                "time_pattern": [
                    {"start_date": "infinity", "day_offsets": [0, most], "first_session_time": "10:00:00"},
                    {"start_date": "-infinity", "day_offsets": [0, -1], "first_session_time": "10:00:00"},
                    {"start_date": "5881580-07-10", "day_offsets": [most], "first_session_time": "10:00:00"},
                    {"start_date": "2025-03-04", "day_offsets": [0], "first_session_time": "24:00:00"},
                ],
            },
        ],
    )
    insert(tables, "time_slots", [{"season_id": 3, "race_week_num": 0, "starts_at": "infinity"}])
    found = tables.execute(
        "SELECT season_id, series_id, strftime(starts_at, '%Y-%m-%d %H:%M')"
        " FROM iracing.race_times('-infinity', 'infinity')"
    ).fetchall()
    assert found == [(1, 5, "2025-03-04 09:00")]


def test_a_single_start_without_its_event_is_shown(tables: duckdb.DuckDBPyConnection) -> None:
    fill(tables, [])
    orphan = Event(4, 1, slots=(Slot(datetime(2025, 3, 4, 19, tzinfo=UTC), 45),))
    insert(tables, "time_slots", slot_rows(orphan))
    assert macro_starts(tables, date(2025, 1, 1), date(2026, 1, 1)) == race_times(
        [orphan], date(2025, 1, 1), date(2026, 1, 1)
    )


def test_a_part_of_the_events_can_be_asked(tables: duckdb.DuckDBPyConnection) -> None:
    daily = (Pattern(date(2025, 3, 4), (0,), time(9), None, 30),)
    fill(tables, [Event(season, 0, patterns=daily) for season in (1, 2)])
    tables.execute("CREATE OR REPLACE TEMP TABLE mine AS FROM iracing.events WHERE season_id = 2")
    found = tables.execute(
        "SELECT season_id FROM iracing.race_times('2025-01-01', '2026-01-01', events := 'mine')"
    ).fetchall()
    assert found == [(2,)]


def test_patterns_take_a_twentieth_of_what_their_starts_would(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    with duckdb.connect() as connection:
        fill(create(connection), invent(150))
        smaller = times_smaller(stored_bytes(connection, tmp_path))
    figure(f"patterns of 150 seasons are stored in {smaller:.0f} times less than all their starts")
    assert smaller >= 20


def test_rows_of_events_keep_what_they_say(tables: duckdb.DuckDBPyConnection) -> None:
    """The helper of these tests itself: a pattern arrives in the table as it was given."""
    pattern = Pattern(date(2024, 2, 29), (0, None, 6), time(23, 59, 59), 120, None, None)
    event = Event(1, 2, 3, 4, (pattern,))
    fill(tables, [event])
    ((row,),) = tables.execute("SELECT time_pattern FROM iracing.events").fetchall()
    assert row == [{**vars(pattern), "day_offsets": [0, None, 6]}]
    assert event_row(event)["season_id"] == 1
