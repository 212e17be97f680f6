"""Heart rate: how long in which zone, and the beat of every second that fits it.

The zones' durations are drawn first and the beats follow, so that the list can tell `effort_zones` of thousands
of workouts without drawing a single second of them, and still agree with the graph.
"""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox.peloton.seeds import Seeds
from sandbox.peloton.workouts import COMPLETE, Workout

ZONE_TOPS = (114, 132, 150, 168, 183)
ZONE_FLOORS = (92, 115, 133, 151, 169)
POINTS_A_MINUTE = (0.2, 0.5, 1.2, 2.4, 4.0)
DRIFT = (0, 1, 1, 2, 3, 2, 1, 0, -1, -1, -2, -3, -2, -1, 0)


def zone_durations(seeds: Seeds, workout: Workout) -> list[int]:
    """Seconds in each of the five zones of the whole workout, summing up to its length."""
    rng = seeds.random("zones", workout.id)
    weights = [rng.uniform(0.1, 0.6), rng.uniform(0.3, 1), rng.uniform(0.5, 2), rng.uniform(0, 2)]
    weights.append(rng.choice((0.0, 0.0, rng.uniform(0, 0.8))))
    durations = [int(workout.length_s * weight / sum(weights)) for weight in weights]
    durations[2] += workout.length_s - sum(durations)
    return durations


def effort_zones(seeds: Seeds, workout: Workout) -> dict[str, Any] | None:
    """As the payloads show it; null without heart rate, for a workout that is not over, and now and then."""
    if not workout.has_heart_rate or workout.status != COMPLETE or "zones_null" in workout.oddities:
        return None
    return as_effort_zones(zone_durations(seeds, workout))


def as_effort_zones(durations: list[int]) -> dict[str, Any]:
    points = sum(seconds * rate for seconds, rate in zip(durations, POINTS_A_MINUTE, strict=True)) / 60
    return {
        "total_effort_points": round(points, 1),
        "heart_rate_zone_durations": {
            f"heart_rate_z{zone}_duration": seconds for zone, seconds in enumerate(durations, start=1)
        },
    }


def beats(seeds: Seeds, workout: Workout) -> list[int]:
    """Beats a minute at each second from 0 to the end, rising through the zones and falling at the end."""
    durations = zone_durations(seeds, workout)
    rng: Random = seeds.random("beats", workout.id)
    falling_s = durations[1] // 3
    stages = [(0, durations[0]), (1, durations[1] - falling_s)]
    stages += [(zone, durations[zone]) for zone in (2, 3, 4)]
    stages.append((1, falling_s))
    start = rng.randrange(len(DRIFT))
    values: list[int] = []
    for zone, seconds in stages:
        floor, top = ZONE_FLOORS[zone] + 3, ZONE_TOPS[zone] - 3
        rise = (top - floor) / max(1, seconds)
        ahead = start + len(values)
        drift = (DRIFT * (seconds // len(DRIFT) + 2))[ahead % len(DRIFT) :]
        values += [int(floor + rise * second) + drift[second] for second in range(seconds)]
    return values
