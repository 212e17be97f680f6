"""An athlete's invented history: when he did what, over up to nine years, and when it was uploaded.

The traps of real accounts take turns by number, so that a few dozen activities hold all of them. Some were
uploaded months after they happened: their ids, which follow the upload, are out of the order of the starts.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.peloton.seeds import Seeds
from sandbox.strava.activities import ABSENT, Activity
from sandbox.strava.vocabulary import (
    DESCRIPTIONS,
    DEVICES,
    ODD_NAMES,
    OTHER_ZONES,
    PLAIN_NAMES,
    SPORTS,
    TIMES_OF_DAY,
    TURNS,
    Sport,
    sport_named,
)

LONGEST_HISTORY = timedelta(days=9 * 365)
USUAL_STEP_DAYS = 2.8
DAY_S = 86_400
LATE_BY_TURN = {  # by number: uploaded so many seconds after it happened
    9: 100 * DAY_S,
    10: 154 * DAY_S + 77,
    11: 120 * DAY_S,
    2: 20 * 3_600,
    20: 14 * 3_600,
    40: 9 * DAY_S,
}
VISIBILITY_BY_TURN = {5: "only_me", 11: "followers_only"}
ID_MARKS = (  # how far the ids of all of Strava had come, roughly
    (datetime(2009, 1, 1, tzinfo=UTC).timestamp(), 1_000_000),
    (datetime(2017, 1, 1, tzinfo=UTC).timestamp(), 820_000_000),
    (datetime(2019, 2, 1, tzinfo=UTC).timestamp(), 2_147_000_000),
    (datetime(2026, 7, 1, tzinfo=UTC).timestamp(), 20_000_000_000),
    (datetime(2040, 1, 1, tzinfo=UTC).timestamp(), 90_000_000_000),
)


def id_at(uploaded: float) -> int:
    """The id that an upload of this second gets, for one athlete among millions."""
    for (begin, low), (end, high) in pairwise(ID_MARKS):
        if uploaded < end:
            return int(low + (high - low) * max(0.0, uploaded - begin) / (end - begin))
    return ID_MARKS[-1][1]


def starts(rng: random.Random, count: int, today: date) -> list[datetime]:
    """Local wall times, oldest first: every two or three days, now and then two on one day.

    What is nearest to a change of the clocks or to New Year is moved there: to the hour that is missing or comes
    twice, or just before it, and to twenty to midnight of the year's last day.
    """
    step = min(USUAL_STEP_DAYS, LONGEST_HISTORY.days / max(count, 1))
    days: list[float] = []
    place = 0.3
    for number in range(count):
        days.append(place)
        place += 0.0 if number % 9 == 4 else rng.uniform(0.3, 1.7) * step * 9 / 8
    found = []
    for number, back in enumerate(reversed(days)):
        hour = 18 if number and number % 9 == (count - 5) % 9 else rng.choice((5, 6, 7, 12, 15, 17, 18))
        day = today - timedelta(days=int(back))
        found.append(datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60))))
    for year in range(found[0].year if found else today.year, today.year + 1):
        for special in (datetime(year, 12, 31, 23, 40), *clock_changes(year)):
            near = min(range(count), key=lambda n: abs(found[n] - special), default=0)
            if found and abs(found[near] - special) < timedelta(days=3) and special.date() < today:
                found[near] = special
    return sorted(found)


def clock_changes(year: int) -> tuple[datetime, ...]:
    """The Sundays on which America and Europe change theirs, at half past one and half past two."""

    def sunday(month: int, first: int, hour: int) -> datetime:
        day = date(year, month, first)
        return datetime.combine(day + timedelta(days=(6 - day.weekday()) % 7), time(hour, 30))

    return sunday(3, 8, 1), sunday(3, 25, 2), sunday(10, 25, 2), sunday(11, 1, 1)


def plan(
    seeds: Seeds, athlete_id: int, count: int, today: date, home: tuple[str, str], gear: dict[str, list[str]]
) -> list[Activity]:
    """All activities of an athlete, oldest first."""
    rng = seeds.random("strava-history", athlete_id)
    activities = []
    for number, local in enumerate(starts(rng, count, today)):
        zone = OTHER_ZONES[number // 31 % len(OTHER_ZONES)] if number % 31 > 27 else home
        start = int(local.replace(tzinfo=ZoneInfo(zone[1])).timestamp())
        age = number / max(count, 1)
        activities.append(draw(seeds, athlete_id, number, start, zone, gear, age))
    latest = datetime.combine(today, time(23), UTC).timestamp()
    for activity in activities:
        late = LATE_BY_TURN.get(activity.number % 45)
        if late and activity.uploaded + late < latest:
            activity.uploaded += late
            activity.id = id_at(activity.uploaded) + activity.number % 7
    return activities


def draw(
    seeds: Seeds,
    athlete_id: int,
    number: int,
    start: int,
    zone: tuple[str, str],
    gear: dict[str, list[str]],
    age: float,
    sport_name: str | None = None,
    is_plain: bool = False,
) -> Activity:
    """One activity; `age` from 0 (the athlete's oldest) to 1 decides which of his gear was in use.

    A plain one is recorded, visible to everyone and starts when it says.
    """
    rng = seeds.random(f"strava-activity-{athlete_id}", number)
    sport = sport_named(sport_name) if sport_name else SPORTS[TURNS[number % len(TURNS)]]
    is_manual = number % 17 == 3 and not is_plain
    moving = rng.randint(*sport.minutes) * 60 + rng.randrange(60)
    elapsed = moving + (rng.randrange(0, 400) if sport.has_gps and not is_manual else 0)
    if number % 13 == 6 and not is_manual and not is_plain:
        elapsed = moving - 1  # as two of a thousand real ones are
    uploaded = start + elapsed + rng.randrange(60, 900)
    indoor = (sport.has_gps and number % 19 == 8) or not sport.has_gps
    activity = Activity(
        number=number,
        id=id_at(uploaded) + rng.randrange(100),
        athlete_id=athlete_id,
        sport_type=sport.name,
        start=start,
        uploaded=uploaded,
        zone=zone,
        name=_name(rng, sport, start, zone, number),
        distance=round(rng.uniform(*sport.km_per_h) * moving / 3.6, 1),
        moving_time=moving,
        elapsed_time=elapsed,
        description=DESCRIPTIONS[number % len(DESCRIPTIONS)],
        manual=is_manual,
        trainer=indoor and not is_manual,
        has_gps=not indoor and not is_manual,
        commute=number % 37 == 12,
        private=number % 23 == 5 and not is_plain,
        visibility="everyone" if is_plain else VISIBILITY_BY_TURN.get(number % 23, "everyone"),
        hides_start=number % 29 == 7 and not is_plain,
        workout_type=(0, None, ABSENT, None, 1)[number % 5] if sport.type in ("Run", "Ride") else None,
        gear_id=_in_use(gear.get(sport.gear, []), age) if number % 5 else None,
        private_note="Only for me." if number % 26 == 1 else None,
        perceived_exertion=rng.randint(1, 10) if number % 7 == 0 else None,
    )
    if not is_manual:
        _measure(rng, activity, sport)
    _count(rng, activity)
    return activity


def _measure(rng: random.Random, activity: Activity, sport: Sport) -> None:
    """What a device adds."""
    activity.device_name = DEVICES[activity.number % len(DEVICES)]
    if activity.number % 6:
        activity.average_heartrate = round(rng.uniform(95, 155), 1)
        activity.max_heartrate = float(round(activity.average_heartrate + rng.uniform(15, 35)))
    if sport.cadence and activity.number % 8 != 7:
        activity.cadence = round(sport.cadence * rng.uniform(0.93, 1.07), 1)
    if sport.has_power:
        activity.average_watts = round(rng.uniform(120, 260), 1)
        activity.device_watts = activity.number % 3 > 0
    if activity.number % 4 and activity.has_gps:
        activity.temperature = rng.randint(-4, 33)
    if sport.climbs and activity.has_gps:
        activity.low = round(rng.uniform(-8, 300), 1)
        activity.high = round(activity.low + rng.uniform(4, 90), 1)
        activity.climbs = rng.randint(1, 6)


def _count(rng: random.Random, activity: Activity) -> None:
    activity.counters |= {
        "kudos_count": rng.randrange(14),
        "comment_count": rng.choice((0, 0, 0, 1, 4)),
        "athlete_count": rng.choice((1, 1, 1, 2, 9)),
        "achievement_count": rng.randrange(5) if activity.has_gps else 0,
        "pr_count": rng.choice((0, 0, 1)) if activity.has_gps else 0,
        "total_photo_count": 2 if activity.number % 15 == 1 else 0,
    }


def _name(rng: random.Random, sport: Sport, start: int, zone: tuple[str, str], number: int) -> str:
    if number % 11 == 4:
        return ODD_NAMES[number // 11 % len(ODD_NAMES)]
    hour = datetime.fromtimestamp(start, ZoneInfo(zone[1])).hour
    when = next((word for until, word in TIMES_OF_DAY if hour < until), "Night")
    more = f" {rng.choice(PLAIN_NAMES)}" if number % 3 == 0 else ""
    return f"{when} {sport.name}{more}"


def _in_use(ids: list[str], age: float) -> str | None:
    """Gear is worn out one after the other: the first of the list is the oldest."""
    return ids[min(len(ids) - 1, int(age * len(ids)))] if ids else None


def gear_by_kind(items: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Ids by their first letter, in the order of use."""
    return {kind: [item["id"] for item in items if item["id"].startswith(kind)] for kind in "bg"}
