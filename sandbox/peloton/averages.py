"""What a workout comes to, known without its seconds: averages, distance, calories, and which seconds there are.

The CSV export tells the averages of thousands of workouts at once, so they are planned first and the series is
made to fit them (`series`), not the other way round. Only the heart rate is counted beat by beat.
"""

from __future__ import annotations

from sandbox.peloton.heart import beats
from sandbox.peloton.seeds import Seeds
from sandbox.peloton.workouts import Workout

Values = list[int | float | None]

FIRST_SECONDS = ((97, 7), (13, 0), (11, 2))  # one workout in so many begins at this second, the others at 1
GAP_FROM_S = 120  # shorter workouts have no gaps
NULL_S = 12
KM_PER_MILE = 1.609344
MPH_FACTOR, MPH_EXPONENT = 1.876, 0.464  # what a bike makes of watts
WATTS_OF_WATER = 2.8  # the constant of rowing machines
MINUTES_PER_HOUR = 60
KCAL_PER_MINUTE = {"cycling": 11, "running": 10, "caesar": 9}
KCAL_PER_MINUTE_FLOOR = 5


def mean_watts(workout: Workout) -> float:
    return workout.total_work / max(1, workout.done_s)


def planned(workout: Workout) -> dict[str, float]:
    """The average of each metric, heart rate apart; empty without a machine."""
    number, watts = workout.number, mean_watts(workout)
    factor = KM_PER_MILE if workout.member.is_metric else 1.0
    if workout.metrics_type == "cycling":
        return {
            "output": round(watts),
            "cadence": 68 + number * 7 % 23,
            "resistance": 33 + number * 5 % 18,
            "speed": round(MPH_FACTOR * watts**MPH_EXPONENT * factor, 1),
        }
    if workout.metrics_type == "running":
        quick = 4.6 if workout.discipline == "running" else 3.0
        speed = round((quick + number % 7 / 10) * factor, 1)
        return {
            "output": round(watts),
            "pace": round(MINUTES_PER_HOUR / speed, 2),
            "incline": number % 4 / 2,
            "speed": speed,
        }
    if workout.metrics_type == "caesar":
        return {
            "output": round(watts),
            "stroke_rate": 17 + number % 9,
            "split_pace": round(split_pace(watts), 2),
        }
    return {}


def split_pace(watts: float) -> float:
    """Minutes for 500 m on the rower."""
    return float(500 / 60 * (WATTS_OF_WATER / max(8.0, watts)) ** (1 / 3))


def distance_of(workout: Workout) -> float:
    """In miles or kilometres as the member has it, in metres on a rower; 0 without a machine."""
    plan = planned(workout)
    if "split_pace" in plan:
        return round(500 * workout.done_s / 60 / plan["split_pace"], 2)
    return round(plan.get("speed", 0) * workout.done_s / 3600, 2)


def calories(workout: Workout) -> int:
    """Kilocalories; 0 where nobody counts them."""
    if workout.discipline == "meditation":
        return 0
    rate = KCAL_PER_MINUTE.get(workout.metrics_type or "", KCAL_PER_MINUTE_FLOOR)
    return rate * workout.done_s // 60


def measured_seconds(seeds: Seeds, workout: Workout) -> list[int]:
    """The seconds that were measured, up to the last one done."""
    first = next((at for every, at in FIRST_SECONDS if workout.number % every == every - 1), 1)
    seconds = list(range(min(first, workout.done_s), workout.done_s + 1))
    if "gaps" not in workout.oddities or workout.done_s < GAP_FROM_S:
        return seconds
    rng = seeds.random("gaps", workout.id)
    for _ in range(2):
        start = rng.randrange(10, len(seconds) - 40)
        del seconds[start : start + rng.randint(3, 25)]
    return seconds


def null_places(seeds: Seeds, workout: Workout, length: int) -> tuple[bool, range] | None:
    """Where values are missing: whether it is the last metric (else the second), and at which positions."""
    if "nulls" not in workout.oddities or length <= GAP_FROM_S:
        return None
    first = seeds.random("nulls", workout.id).randrange(10, length - 30)
    return workout.number % 2 == 0, range(first, first + NULL_S)


def heart_values(seeds: Seeds, workout: Workout, seconds: list[int]) -> Values:
    """Beats a minute at those seconds; null where the belt lost contact."""
    heart = beats(seeds, workout)
    values: Values = [heart[max(0, second - 1)] for second in seconds]
    nulls = null_places(seeds, workout, len(seconds))
    if nulls is not None and nulls[0]:
        values[nulls[1].start : nulls[1].stop] = [None] * NULL_S
    return values


def average_heart(seeds: Seeds, workout: Workout) -> int | None:
    if not workout.has_heart_rate:
        return None
    values = heart_values(seeds, workout, measured_seconds(seeds, workout))
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known))
