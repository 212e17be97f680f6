"""A race week as the schedule documents show it: track, limits, weather, balance of performance.

Old seasons show less, as recordings of their time did: before the summer of 2022 there are no time
descriptors and no end of the week.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.iracing.catalogue import Catalogue
from sandbox.iracing.patterns import PlannedWeek, instant
from sandbox.iracing.quarters import Quarter
from sandbox.iracing.series import Series
from sandbox.iracing.vocabulary import BY_SLUG

Week = dict[str, Any]

FIRST_WITH_DESCRIPTORS = Quarter(2022, 3)
NEWER_KEYS = ("race_time_descriptors", "week_end_time", "race_week_cars", "race_week_car_class_ids")
SESSION_LENGTHS = ("practice_length", "qualify_laps", "qualify_length", "warmup_length")


def track_reference(track: dict[str, Any], with_category: bool = True) -> dict[str, Any]:
    keys = ("category", "category_id") if with_category else ()
    return {key: track[key] for key in (*keys, "config_name", "track_id", "track_name") if key in track}


@dataclass(frozen=True)
class SeasonName:
    """Which season a week belongs to."""

    season_id: int
    name: str
    quarter: Quarter
    series: Series


def week_document(
    rng: random.Random,
    catalogue: Catalogue,
    season: SeasonName,
    number: int,
    planned: PlannedWeek,
    track: dict[str, Any],
) -> Week:
    series = season.series
    cars = [
        car["car_id"]
        for class_id in series.class_ids
        for car in catalogue.car_class(class_id)["cars_in_class"]
    ]
    is_road = BY_SLUG[series.category].track_slug == "road"
    laps = rng.choice([None, None, rng.randrange(12, 60)])
    week: Week = {
        "season_id": season.season_id,
        "race_week_num": number,
        "car_restrictions": [_restriction(rng, car_id) for car_id in sorted(set(cars))],
        "category": series.category,
        "category_id": BY_SLUG[series.category].number,
        "enable_pitlane_collisions": False,
        "full_course_cautions": not is_road,
        "practice_length": 3,
        "qual_attached": True,
        "qualify_laps": 2,
        "qualify_length": 8,
        "race_lap_limit": laps,
        "race_time_descriptors": planned.descriptors,
        "race_time_limit": None if laps and rng.random() < 0.8 else rng.choice([15, 25, 45, 360]),
        "race_week_car_class_ids": [],
        "race_week_cars": _rotation(catalogue, cars, number) if series.kind == "rotating" else [],
        "restart_type": "Double-file Back" if rng.random() < 0.9 else "Single-file Maintain",
        "schedule_name": f"{series.kind.replace('_', ' ')} - {series.category} ",
        "season_name": season.name,
        "series_id": series.series_id,
        "series_name": series.name,
        "short_parade_lap": False,
        "special_event_type": None,
        "start_date": planned.start.isoformat(),
        "start_type": rng.choice(["Rolling", "Rolling", "Standing"]),
        "start_zone": False,
        "track": track_reference(track),
        "track_state": _track_state(rng),
        "warmup_length": 0,
        "weather": _weather(rng, season.season_id, number, planned),
        "week_end_time": instant(planned.end),
    }
    if is_heat(series):
        for key in SESSION_LENGTHS:
            del week[key]
    if season.quarter < FIRST_WITH_DESCRIPTORS:
        for key in NEWER_KEYS:
            del week[key]
    return week


def is_heat(series: Series) -> bool:
    return series.category == "dirt_oval" and series.number % 2 == 0


def _restriction(rng: random.Random, car_id: int) -> dict[str, Any]:
    row = {
        "car_id": car_id,
        "max_dry_tire_sets": rng.choice([0, 0, 3]),
        "max_pct_fuel_fill": rng.choice([100, 100, 50, 62.5]),
        "power_adjust_pct": rng.choice([0, 0, -2.75, 1.5, -1]),
        "weight_penalty_kg": rng.choice([0, 0, 10, 7.5]),
    }
    if rng.random() < 0.5:
        row["race_setup_id"] = 200_000 + rng.randrange(90_000)
    if rng.random() < 0.1:
        row["qual_setup_id"] = 200_000 + rng.randrange(90_000)
    return row


def _rotation(catalogue: Catalogue, cars: list[int], number: int) -> list[dict[str, Any]]:
    car = catalogue.car(cars[number % len(cars)])
    return [{key: car[key] for key in ("car_id", "car_name", "car_name_abbreviated")}]


def _track_state(rng: random.Random) -> dict[str, Any]:
    state: dict[str, Any] = {"leave_marbles": rng.random() < 0.5}
    if rng.random() < 0.2:
        state["practice_rubber"] = rng.choice([-1, 0, 25])
    if rng.random() < 0.1:
        state["race_rubber"] = 25
    return state


def _weather(rng: random.Random, season_id: int, number: int, planned: PlannedWeek) -> dict[str, Any]:
    warm = round(rng.uniform(12, 33), 1)
    rain = rng.choice([0, 0, 0, 12, 37.5, 80])
    forecast = {"allow_fog": False, "forecast_type": 1, "precipitation": 1, "skies": 0, "stop_precip": 0}
    forecast |= {
        "temperature": 0,
        "weather_seed": rng.randint(-(10**15), 10**15),
        "wind_dir": 0,
        "wind_speed": 0,
    }
    if rng.random() < 0.02:
        del forecast["weather_seed"]
    simulated = planned.start + timedelta(days=rng.randint(0, 120))
    return {
        "allow_fog": False,
        "forecast_options": forecast,
        "precip_option": 0,
        "rel_humidity": rng.randint(20, 80),
        "simulated_start_time": f"{simulated.isoformat()}T{rng.randint(8, 20):02}:15:00",
        "simulated_time_multiplier": rng.choice([1, 1, 4]),
        "simulated_time_offsets": [15, 30],
        "skies": rng.randint(0, 3),
        "temp_units": 0,
        "temp_value": 70,
        "time_of_day": rng.randint(0, 9),
        "track_water": 0,
        "version": 1,
        "weather_summary": {
            "max_precip_rate": 1.25 if rain else 0,
            "max_precip_rate_desc": "Light" if rain else "None",
            "precip_chance": rain,
            "skies_high": 2,
            "skies_low": 0,
            "temp_high": warm,
            "temp_low": round(warm - 1.3, 1),
            "temp_units": 1,
            "wind_dir": rng.randint(0, 7),
            "wind_high": 17.4,
            "wind_low": 8,
            "wind_units": 1,
        },
        "weather_url": f"https://weather.example/weather-forecast/season/{season_id}/rw{number}_evt5.json",
        "wind_dir": rng.randint(0, 7),
        "wind_units": 0,
        "wind_value": rng.randint(0, 12),
    }
