"""The rule of race starts, case by case, in Python: what the recordings have shown, and what they have not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from iracing_assets.recurrence import Event, Pattern, Slot, as_utc, race_times

ALL_WEEK = (0, 1, 2, 3, 4, 5, 6)
EVER = date(2000, 1, 1), date(2100, 1, 1)


def week(*descriptors: Pattern | Slot) -> Event:
    return Event(
        1,
        0,
        patterns=tuple(each for each in descriptors if isinstance(each, Pattern)),
        slots=tuple(each for each in descriptors if isinstance(each, Slot)),
    )


def pattern(
    day: str, offsets: tuple[int, ...], first: str, repeat: int | None, minutes: int | None = 59
) -> Pattern:
    return Pattern(date.fromisoformat(day), offsets, time.fromisoformat(first), repeat, minutes)


def slot(moment: str, minutes: int = 59, super_session: bool = False) -> Slot:
    return Slot(utc(moment), minutes, super_session)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moments(*descriptors: Pattern | Slot, window: tuple[date, date] = EVER) -> list[datetime]:
    return [start.starts_at for start in race_times([week(*descriptors)], *window)]


def times(*descriptors: Pattern | Slot) -> list[str]:
    return [f"{moment:%m-%d %H:%M}" for moment in moments(*descriptors)]


def test_all_week_on_the_grid() -> None:
    found = moments(pattern("2025-12-16", ALL_WEEK, "00:45", 120))
    assert len(found) == 84
    assert (found[0], found[-1]) == (utc("2025-12-16 00:45"), utc("2025-12-22 22:45"))


@pytest.mark.parametrize(
    ("first", "repeat", "expected", "last"), [("00:15", 30, 48, "23:45"), ("01:45", 120, 12, "23:45")]
)
def test_first_start_off_the_grid(first: str, repeat: int, expected: int, last: str) -> None:
    found = times(pattern("2025-03-04", (0,), first, repeat))
    assert len(found) == expected
    assert found[0] == f"03-04 {first}"
    assert found[-1] == f"03-04 {last}"


def test_first_start_later_than_one_repeat_leaves_the_morning_empty() -> None:
    found = times(pattern("2022-07-19", (1, 4), "12:15", 120))
    assert found == [f"07-{day} {hour}:15" for day in (20, 23) for hour in (12, 14, 16, 18, 20, 22)]


def test_descriptors_count_from_their_own_start_date() -> None:
    """Season 3764 of 2022, week 5: the third day has another descriptor than the other six."""
    found = moments(
        pattern("2022-07-19", (0, 1, 3, 4, 5, 6), "00:15", 120), pattern("2022-07-21", (0,), "12:15", 120)
    )
    assert len(found) == 78
    by_day = Counter(moment.date() for moment in found)
    assert by_day.pop(date(2022, 7, 21)) == 6
    assert {*by_day.values()} == {12}
    assert min(moment.hour for moment in found if moment.day == 21) == 12


def test_a_super_session_beside_a_repeating_pattern() -> None:
    event = week(pattern("2022-07-05", ALL_WEEK, "00:00", 120), slot("2022-07-07 18:45", 90, True))
    found = race_times([event], *EVER)
    assert len(found) == 85
    assert [start.starts_at for start in found if start.super_session] == [utc("2022-07-07 18:45")]


def test_an_event_of_ordinary_evenings_and_super_sessions() -> None:
    evenings = [slot(f"2024-01-{day} 19:00", 45) for day in range(16, 21)]
    finals = [slot("2024-01-21 13:00", 150, True), slot("2024-01-21 19:00", 150, True)]
    found = race_times([week(*finals, *evenings)], *EVER)
    assert [start.super_session for start in found] == [False] * 5 + [True] * 2
    assert [start.starts_at for start in found] == sorted(start.starts_at for start in found)


def test_times_of_a_tour_in_any_order() -> None:
    told = ["2025-02-09 15:00", "2025-02-06 02:00", "2025-02-08 02:00", "2025-02-06 19:00"]
    assert moments(*map(slot, told)) == sorted(map(utc, told))


def test_each_week_of_a_tour_says_its_own_hours() -> None:
    """Set in American time, such a tour moves by an hour in UTC, and nothing is carried over."""
    winter, summer = slot("2025-02-06 02:00"), slot("2025-04-03 01:00")
    york = ZoneInfo("America/New_York")
    assert {moment.astimezone(york).hour for moment in moments(winter, summer)} == {21}


@pytest.mark.parametrize("minutes", [751, 1471])
def test_a_long_session_ends_after_the_window(minutes: int) -> None:
    (start,) = race_times(
        [week(slot("2025-01-18 13:00", minutes))], utc("2025-01-18"), utc("2025-01-18 14:00")
    )
    assert start.ends_at == utc("2025-01-18 13:00") + timedelta(minutes=minutes)


def test_week_13_is_seven_weeks_of_a_day() -> None:
    days = [date(2025, 9, 9) + timedelta(days=n) for n in range(7)]
    minutes = [15, 15, 0, 15, 0, 15, 15]
    season = [
        Event(1, n, patterns=(Pattern(day, (0,), time(0, minute), 60, 40),))
        for n, (day, minute) in enumerate(zip(days, minutes, strict=True))
    ]
    found = race_times(season, *EVER)
    assert len(found) == 7 * 24
    assert {(start.race_week_num, start.starts_at.date(), start.starts_at.minute) for start in found} == {
        (n, day, minute) for n, (day, minute) in enumerate(zip(days, minutes, strict=True))
    }


@pytest.mark.parametrize("order", [1, -1])
def test_an_ordinary_and_a_super_session_at_once_are_one_start(order: int) -> None:
    evening = date(2025, 12, 28)
    both = [Pattern(evening, (0,), time(20), None, 80), Pattern(evening, (0,), time(20), None, 60, True)]
    for event in (week(*both[::order]), week(both[0], slot("2025-12-28 20:00", 60, True))):
        (start,) = race_times([event], *EVER)
        assert (start.super_session, start.session_minutes) == (True, 80)


def test_the_same_moment_in_two_seasons_stays_two_starts() -> None:
    seasons = [Event(season, 0, slots=(slot("2025-12-28 20:00"),)) for season in (2, 1)]
    assert [start.season_id for start in race_times(seasons, *EVER)] == [1, 2]


@pytest.mark.parametrize(
    ("repeat", "last"), [(50, "23:20"), (7, "23:55"), (1439, "23:59"), (1440, "00:00"), (10_000, "00:00")]
)
def test_a_repeat_that_does_not_divide_a_day_begins_afresh_each_midnight(repeat: int, last: str) -> None:
    found = times(pattern("2025-03-04", (0, 1), "00:00", repeat))
    assert [moment for moment in found if moment.endswith("00:00")] == ["03-04 00:00", "03-05 00:00"]
    assert found[-1] == f"03-05 {last}"


@pytest.mark.parametrize("repeat", [None, 0, -30])
def test_without_a_repeat_there_is_one_start_a_day(repeat: int | None) -> None:
    assert times(pattern("2025-03-04", (0, 2), "10:30", repeat)) == ["03-04 10:30", "03-06 10:30"]


@pytest.mark.parametrize(
    "lacking",
    [
        Pattern(None, (0,), time(1), 60, 30),
        Pattern(date(2025, 3, 4), None, time(1), 60, 30),
        Pattern(date(2025, 3, 4), (), time(1), 60, 30),
        Pattern(date(2025, 3, 4), (None,), time(1), 60, 30),
        Pattern(date(2025, 3, 4), (0,), None, 60, 30),
    ],
)
def test_a_pattern_that_lacks_its_day_or_time_has_no_start(lacking: Pattern) -> None:
    assert moments(lacking) == []


def test_without_a_length_there_is_no_end() -> None:
    (start,) = race_times([week(pattern("2025-03-04", (0,), "10:30", None, None))], *EVER)
    assert start.ends_at is None


def test_offsets_are_days_wherever_they_lead() -> None:
    assert times(pattern("2025-03-04", (-1, 7, 7, 10**9, -(10**9)), "10:30", None)) == [
        "03-03 10:30",
        "03-11 10:30",
    ]


def test_leap_day_last_days_of_months_and_year_end() -> None:
    assert times(pattern("2024-02-27", ALL_WEEK, "12:00", None)) == [
        f"{day} 12:00" for day in ("02-27", "02-28", "02-29", "03-01", "03-02", "03-03", "03-04")
    ]
    assert times(pattern("2023-02-28", (0, 1), "12:00", None)) == ["02-28 12:00", "03-01 12:00"]
    found = moments(pattern("2026-12-29", ALL_WEEK, "23:30", None))  # ISO week 53
    assert (found[2], found[3]) == (utc("2026-12-31 23:30"), utc("2027-01-01 23:30"))
    assert {moment.isocalendar().week for moment in found} == {53, 1}


def test_the_last_moment_of_a_day_is_of_that_day() -> None:
    last = Pattern(date(2025, 12, 31), (0,), time(23, 59, 59, 999_000), 1, 30)
    assert moments(last) == [datetime(2025, 12, 31, 23, 59, 59, 999_000, UTC)]


def test_the_window_holds_its_beginning_and_not_its_end() -> None:
    hourly = pattern("2025-03-04", (0,), "00:00", 60)
    found = moments(hourly, window=(utc("2025-03-04 03:00"), utc("2025-03-04 05:00")))
    assert found == [utc("2025-03-04 03:00"), utc("2025-03-04 04:00")]
    after = utc("2025-03-04 03:00") + timedelta(microseconds=1)
    assert moments(hourly, window=(after, utc("2025-03-04 04:00"))) == []


@pytest.mark.parametrize(
    ("from_", "to"),
    [
        (None, date(2025, 3, 5)),
        (date(2025, 3, 4), None),
        (None, None),
        (date(2025, 3, 4), date(2025, 3, 4)),
        (date(2025, 3, 5), date(2025, 3, 4)),
    ],
)
def test_windows_that_hold_nothing(from_: date | None, to: date | None) -> None:
    assert race_times([week(pattern("2025-03-04", ALL_WEEK, "00:00", 60))], from_, to) == []


def test_days_and_moments_without_a_zone_are_utc() -> None:
    midnight = utc("2025-03-04")
    two_hours_east = timezone(timedelta(hours=2))
    for spelt in (
        date(2025, 3, 4),
        datetime(2025, 3, 4),
        midnight,
        datetime(2025, 3, 4, 2, tzinfo=two_hours_east),
    ):
        assert as_utc(spelt) == midnight
        assert as_utc(spelt).tzinfo is UTC
