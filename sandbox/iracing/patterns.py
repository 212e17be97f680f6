"""When a season races: its weeks and the time descriptors of each, one function for every kind of season.

A kind is a case that was met in recorded schedules. All times are UTC. `starts_of` plays the descriptors in
the plainest way there is, day by day: it is what the race guide and the truth are made from, and it
shares no code with what it is compared to.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

Descriptor = dict[str, Any]

ALL_WEEK = (0, 1, 2, 3, 4, 5, 6)
DAY_MINUTES = 24 * 60
QUARTER_WEEKS = 12
QUARTER_DAYS = 91
WEEK_13_DAY = 7 * QUARTER_WEEKS


class Start(NamedTuple):
    at: datetime
    minutes: int
    is_super: bool


@dataclass(frozen=True)
class PlannedWeek:
    start: date
    descriptors: list[Descriptor]
    slack: timedelta = timedelta()
    """How far behind the last start the week's end is told to be."""

    @property
    def end(self) -> datetime:
        return max(start.at for start in starts_of(self.descriptors)) + self.slack


def instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def starts_of(descriptors: Sequence[Descriptor]) -> Iterator[Start]:
    """Every start of a week's descriptors, unsorted."""
    for descriptor in descriptors:
        minutes, is_super = descriptor["session_minutes"], descriptor["super_session"]
        if not descriptor["repeating"]:
            for text in descriptor["session_times"]:
                yield Start(datetime.fromisoformat(text), minutes, is_super)
            continue
        clock = time.fromisoformat(descriptor["first_session_time"])
        first = clock.hour * 60 + clock.minute
        for offset in descriptor["day_offset"]:
            day = date.fromisoformat(descriptor["start_date"]) + timedelta(days=offset)
            for minute in range(first, DAY_MINUTES, descriptor["repeat_minutes"]):
                yield Start(datetime.combine(day, time(minute // 60, minute % 60), UTC), minutes, is_super)


def every(start: date, first: str, repeat: int, minutes: int, days: Sequence[int] = ALL_WEEK) -> Descriptor:
    """A repeating descriptor."""
    return {
        "day_offset": list(days),
        "first_session_time": f"{first}:00",
        "repeat_minutes": repeat,
        "repeating": True,
        "session_minutes": minutes,
        "start_date": start.isoformat(),
        "super_session": False,
    }


def at(start: date, times: Sequence[tuple[int, str]], minutes: int, is_super: bool = False) -> Descriptor:
    """Named starts, each a number of days after `start` and a time of day."""
    moments = [
        datetime.combine(start + timedelta(days=day), time.fromisoformat(clock), UTC) for day, clock in times
    ]
    return {
        "repeating": False,
        "session_minutes": minutes,
        "session_times": [instant(moment) for moment in moments],
        "super_session": is_super,
    }


def _weeks(start: date, count: int, gap_after: Sequence[int] = ()) -> list[date]:
    """First days of consecutive weeks; after each week named in `gap_after` one week is off."""
    days = [start]
    for number in range(count - 1):
        days.append(days[-1] + timedelta(days=14 if number in gap_after else 7))
    return days


def _slack(rng: random.Random, minutes_left: int) -> timedelta:
    """Nothing in most weeks; at most what is left of the last day."""
    return timedelta(minutes=rng.choice([0, 0, minutes_left - 1, minutes_left - 2]))


# ------------------------------------------------------------------ the kinds


def hourly(rng: random.Random, start: date) -> list[PlannedWeek]:
    return [
        PlannedWeek(
            day, [every(day, rng.choice(["00:15", "00:45"]), 60, 49)], timedelta(minutes=rng.choice([0, 13]))
        )
        for day in _weeks(start, QUARTER_WEEKS)
    ]


def two_hourly(rng: random.Random, start: date) -> list[PlannedWeek]:
    """The second half of the season starts an hour later: no rule holds from one week to the next."""
    minutes = rng.choice([59, 72])
    return [
        PlannedWeek(day, [every(day, "00:45" if number < 6 else "01:45", 120, minutes)])
        for number, day in enumerate(_weeks(start, QUARTER_WEEKS))
    ]


def busy(rng: random.Random, start: date) -> list[PlannedWeek]:
    """Every half hour and every quarter of an hour by turns, as rookies race; thirteen weeks without a pause."""
    minutes = rng.choice([12, 24])
    return [
        PlannedWeek(
            day, [every(day, "00:00", 15, minutes) if number % 2 else every(day, "00:15", 30, minutes)]
        )
        for number, day in enumerate(_weeks(start, 13))
    ]


def two_patterns(rng: random.Random, start: date) -> list[PlannedWeek]:
    """One day of the week has its own pattern, whose days count from its own date and which begins at noon."""
    weeks = []
    for day in _weeks(start, QUARTER_WEEKS):
        other = rng.randint(1, 5)
        mornings = every(day, "00:15", 120, 72, [n for n in ALL_WEEK if n != other])
        noon = every(day + timedelta(days=other), "12:15", 120, 72, [0])
        weeks.append(PlannedWeek(day, [mornings, noon]))
    return weeks


def with_super_session(rng: random.Random, start: date) -> list[PlannedWeek]:
    return [
        PlannedWeek(
            day, [every(day, "00:00", 120, 66), at(day, [(2, "18:45")], 95, is_super=True)], _slack(rng, 120)
        )
        for day in _weeks(start, QUARTER_WEEKS)
    ]


def tour(rng: random.Random, start: date) -> list[PlannedWeek]:
    """A season over most of a year: weeks begin Wednesday to Sunday, with pauses of up to sixteen weeks."""
    weeks: list[PlannedWeek] = []
    day = start + timedelta(days=rng.randint(1, 5) - start.weekday() + 1)
    for number in range(16):
        clock = "02:00" if not 3 < day.month < 11 else "01:00"
        times = [(0, clock), (0, "19:00"), (2, clock), (3, "15:00")]
        if number % 3 == 1:
            rng.shuffle(times)
        gap = 112 if number == 3 else rng.choice([7, 7, 7, 14, 21, 28])
        slack = timedelta(days=29) if number == 3 else timedelta(minutes=rng.choice([0, 479]))
        weeks.append(PlannedWeek(day, [at(day, times, 252)], slack))
        day += timedelta(days=gap)
    return weeks


def week_13(rng: random.Random, start: date) -> list[PlannedWeek]:
    """Seven weeks of one day each, behind the quarter's twelve."""
    repeat = rng.choice([15, 30, 60])
    days = [start + timedelta(days=WEEK_13_DAY + number) for number in range(7)]
    return [
        PlannedWeek(day, [every(day, "00:15" if number < 5 and repeat > 15 else "00:00", repeat, 12, [0])])
        for number, day in enumerate(days)
    ]


def endurance(rng: random.Random, start: date) -> list[PlannedWeek]:
    """Races of half a day and of a whole one, longer than the window they start in."""
    minutes = (751, 1_471)
    return [
        PlannedWeek(day, [at(day, [(4, "07:00"), (4, "22:00"), (5, "12:00")], minutes[number % 2])])
        for number, day in enumerate(_weeks(start, 6, gap_after=range(rng.randint(3, 5))))
    ]


def off_weeks(rng: random.Random, start: date) -> list[PlannedWeek]:
    pauses = sorted(rng.sample(range(8), 2))
    return [
        PlannedWeek(day, [every(day, "00:30", 60, 44)], _slack(rng, 30)) for day in _weeks(start, 10, pauses)
    ]


def simultaneous(_: random.Random, start: date) -> list[PlannedWeek]:
    """An event of evenings; on the last of them an ordinary and a super race start in the same minute."""
    return [
        PlannedWeek(
            day,
            [
                at(day, [(n, "19:00") for n in range(5)] + [(6, "18:00")], 120),
                at(day, [(6, "18:00")], 120, is_super=True),
            ],
        )
        for day in _weeks(start, 6)
    ]


def chosen_days(rng: random.Random, start: date) -> list[PlannedWeek]:
    """Afternoons of some days: the first start is later than one repeat, and no morning has any."""
    slacks = [timedelta(minutes=103), timedelta(days=1, minutes=103)]  # 23:58, some a day later
    return [
        PlannedWeek(day, [every(day, "12:15", 120, 85, [1, 3, 5])], rng.choice(slacks))
        for day in _weeks(start, QUARTER_WEEKS)
    ]


def rotating(_: random.Random, start: date) -> list[PlannedWeek]:
    """Another car each week; the times are plain."""
    return [PlannedWeek(day, [every(day, "00:10", 120, 40)]) for day in _weeks(start, QUARTER_WEEKS)]


KINDS: dict[str, Callable[[random.Random, date], list[PlannedWeek]]] = {
    function.__name__: function
    for function in (
        hourly, two_hourly, tour, two_patterns, with_super_session, busy, week_13, endurance, off_weeks,
        simultaneous, chosen_days, rotating,
    )
}  # fmt: skip
