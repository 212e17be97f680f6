"""What a workout's machine measured: one value a second, from which graphs are made.

Nothing is kept: a series follows from the seed and the workout. It is made to fit the planned averages, and its
output the total work, therefore a workout that is still running has other values once it is finished. Seconds
may be missing in the middle, and the first is not always 1: join on the second, never on the position.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

from sandbox.peloton.averages import (
    KM_PER_MILE,
    MINUTES_PER_HOUR,
    MPH_EXPONENT,
    MPH_FACTOR,
    NULL_S,
    Values,
    average_heart,
    distance_of,
    heart_values,
    mean_watts,
    measured_seconds,
    null_places,
    planned,
    split_pace,
)
from sandbox.peloton.seeds import Seeds
from sandbox.peloton.workouts import Workout

NOISE_LENGTH = 997
BLOCK_S = (20, 180)
DECIMALS = {"speed": 1, "pace": 2, "split_pace": 2}
LESS_IS_MORE = frozenset({"pace", "split_pace"})


@dataclass(slots=True)
class Metric:
    """`values` has one element for each second of the series; `average` and `peak` are those of all of them."""

    slug: str
    name: str
    unit: str
    values: Values
    average: float = 0
    peak: float = 0


@dataclass(slots=True)
class Series:
    seconds: list[int]
    metrics: list[Metric]
    alternatives: list[Metric]
    """Of the metric `pace` of a run: its speed."""
    missing_s: int
    distance: float


@dataclass(slots=True)
class _Raw:
    """What a machine makes its metrics from: how hard each second is (1 on the average), noise, watts."""

    workout: Workout
    plan: dict[str, float]
    effort: list[float]
    noise: list[float]
    output: list[int]

    def swing(self, slug: str, by_effort: float, by_noise: float) -> Values:
        """Values around the planned average, whole or with the metric's decimals."""
        decimals = DECIMALS.get(slug)
        around = self.plan[slug] - by_effort - by_noise * sum(self.noise) / len(self.noise)
        floats = [around + by_effort * e + by_noise * n for e, n in zip(self.effort, self.noise, strict=True)]
        return [round(value, decimals) for value in floats] if decimals else [int(v + 0.5) for v in floats]

    def by_output(self, slug: str, of_watts: Callable[[int], float]) -> Values:
        """Values that follow from the watts, shifted so that they come to the planned average."""
        table = [of_watts(watts) for watts in range(max(self.output) + 1)]
        shift = self.plan[slug] - sum(table[watts] for watts in self.output) / len(self.output)
        table = [round(max(0.0, value + shift), DECIMALS[slug]) for value in table]
        return [table[watts] for watts in self.output]


def series_of(seeds: Seeds, workout: Workout) -> Series:
    seconds = measured_seconds(seeds, workout)
    missing_s = workout.done_s - seconds[0] + 1 - len(seconds)
    if not workout.has_metrics:
        return Series(seconds, [], [], missing_s, 0.0)
    plan = planned(workout)
    rng = seeds.random("series", workout.id)
    effort = _effort(rng, len(seconds))
    watts = mean_watts(workout)
    raw = _Raw(
        workout, plan, effort, _noise(rng, len(seconds)), [int(value * watts + 0.5) for value in effort]
    )
    metrics, alternatives = MACHINES[workout.metrics_type or ""](raw)
    if workout.has_heart_rate:
        metrics.append(Metric("heart_rate", "Heart Rate", "bpm", heart_values(seeds, workout, seconds)))
        plan["heart_rate"] = average_heart(seeds, workout) or 0
    if (nulls := null_places(seeds, workout, len(seconds))) is not None:
        is_last, places = nulls
        metrics[-1 if is_last else 1].values[places.start : places.stop] = [None] * NULL_S
        missing_s += NULL_S * (is_last and workout.has_heart_rate)
    for metric in metrics + alternatives:
        known = [value for value in metric.values if value is not None]
        metric.average = plan[metric.slug]
        metric.peak = (min if metric.slug in LESS_IS_MORE else max)(known, default=0)
    return Series(seconds, metrics, alternatives, missing_s, distance_of(workout))


def sampled(seconds: list[int], step: int) -> list[int]:
    """Positions that a graph with this step shows: every so many seconds from the first on, and the last one."""
    first = seconds[0]
    places = [place for place, second in enumerate(seconds) if (second - first) % step == 0]
    return places if places[-1] == len(seconds) - 1 else [*places, len(seconds) - 1]


# ------------------------------------------------------------------ machines

Made = tuple[list[Metric], list[Metric]]


def _bike(raw: _Raw) -> Made:
    is_metric = raw.workout.member.is_metric
    factor = KM_PER_MILE if is_metric else 1.0
    speed = raw.by_output("speed", lambda watts: MPH_FACTOR * watts**MPH_EXPONENT * factor)
    return [
        Metric("output", "Output", "watts", list(raw.output)),
        Metric("cadence", "Cadence", "rpm", raw.swing("cadence", 20, 40)),
        Metric("resistance", "Resistance", "%", raw.swing("resistance", 18, 8)),
        Metric("speed", "Speed", "kph" if is_metric else "mph", speed),
    ], []


def _tread(raw: _Raw) -> Made:
    is_metric = raw.workout.member.is_metric
    speed = raw.swing("speed", 2.5 if raw.workout.discipline == "running" else 1.2, 2)
    speed[0] = 0.0  # the belt stands when the clock starts, and standing is no pace
    pace: Values = [round(MINUTES_PER_HOUR / value, 2) if value else None for value in speed]
    return [
        Metric("output", "Output", "watts", list(raw.output)),
        Metric("pace", "Pace", "min/km" if is_metric else "min/mi", pace),
        Metric("incline", "Incline", "%", [raw.plan["incline"]] * len(speed)),
    ], [Metric("speed", "Speed", "kph" if is_metric else "mph", speed)]


def _rower(raw: _Raw) -> Made:
    pace = raw.by_output("split_pace", split_pace)
    return [
        Metric("output", "Stroke Output", "watts", list(raw.output)),
        Metric("stroke_rate", "Stroke Rate", "spm", raw.swing("stroke_rate", 7, 12)),
        Metric("split_pace", "Pace", "min/500m", pace),
    ], []


MACHINES = {"cycling": _bike, "running": _tread, "caesar": _rower}

# ------------------------------------------------------------------ parts


def _effort(rng: Random, length: int) -> list[float]:
    """How hard each second is: blocks of one level with some noise, 1 on the average."""
    levels: list[float] = []
    while len(levels) < length:
        levels += [rng.uniform(0.65, 1.4)] * rng.randint(*BLOCK_S)
    values = [level + noise for level, noise in zip(levels, _noise(rng, length), strict=False)]
    mean = sum(values) / length
    return [value / mean for value in values]


@cache
def _all_noise() -> list[float]:
    """Small numbers around 0; the same for all, as only the place to begin differs."""
    rng = Random("noise")
    return [rng.uniform(-0.08, 0.08) for _ in range(NOISE_LENGTH)]


def _noise(rng: Random, length: int) -> list[float]:
    start = rng.randrange(NOISE_LENGTH)
    return (_all_noise() * (length // NOISE_LENGTH + 2))[start : start + length]
