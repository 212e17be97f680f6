"""The service's own words: disciplines, categories, class types, equipment, locales.

Slugs, class type names and the class type ids that clients rely on are public facts; all other ids
are made from the seed. Names carry the junk that the real table carries: trailing blanks, a missing
bracket, "DO NOT USE".
"""

from __future__ import annotations

from dataclasses import dataclass

POWER_ZONE_TYPE_ID = "665395ff3abf4081bf315686227d1a51"

DISCIPLINES: dict[str, str] = {
    "cycling": "Cycling",
    "running": "Running",
    "strength": "Strength",
    "yoga": "Yoga",
    "meditation": "Meditation",
    "stretching": "Stretching",
    "cardio": "Cardio",
    "walking": "Walking",
    "circuit": "Tread Bootcamp",
    "bike_bootcamp": "Bike Bootcamp",
    "caesar": "Rowing",
    "caesar_bootcamp": "Row Bootcamp",
}

BROWSE_CATEGORIES: dict[str, str] = {
    "running": "Running",
    "outdoor": "Outdoor",
    "cycling": "Cycling",
    "strength": "Strength",
    "yoga": "Yoga",
    "meditation": "Meditation",
    "stretching": "Stretching",
    "bootcamp": "Tread Bootcamp",
    "walking": "Walking",
    "cardio": "Cardio",
    "bike_bootcamp": "Bike Bootcamp",
    "caesar": "Rowing",
    "caesar_bootcamp": "Row Bootcamp",
    "pilates": "Pilates",
    "cycling_time_scenic": "Time Cycling",
    "cycling_distance_scenic": "Distance Cycling ",
    "running_time_scenic": "Time Running",
}


@dataclass(frozen=True, slots=True)
class ClassType:
    """One row of the class type table; `known_id` is a public id, None asks for an invented one."""

    key: str
    name: str
    display_name: str
    discipline: str
    is_active: bool = True
    known_id: str | None = None


def _types(discipline: str, *rows: tuple[str, str, str] | tuple[str, str, str, str]) -> list[ClassType]:
    return [
        ClassType(
            f"{discipline}/{row[0]}", row[1], row[2], discipline, known_id=row[3] if len(row) > 3 else None
        )
        for row in rows
    ]


def _retired(discipline: str, *names: str) -> list[ClassType]:
    return [
        ClassType(f"{discipline}/{name}", name, name.strip(), discipline, is_active=False) for name in names
    ]


CLASS_TYPES: tuple[ClassType, ...] = (
    *_types(
        "cycling",
        ("warm_up", "Warm Up Ride", "Warm Up", "57dbf6f9a4904a9f80e302380855bdb7"),
        ("cool_down", "Cool Down Ride", "Cool Down", "a1fa617f3ba14c0a8c25468d5c88b3ea"),
        ("beginner", "Beginner", "Beginner"),
        ("low_impact", "Low Impact", "Low Impact"),
        ("music", "Music (Cycling)", "Music"),
        ("theme", "Theme", "Theme"),
        ("intervals", "Intervals", "Intervals"),
        ("progression", "Progression", "Progression"),
        ("climb", "Climb", "Climb"),
        ("power_zone", "Power Zone", "Power Zone", POWER_ZONE_TYPE_ID),
        ("heart_rate", "Heart Rate Zone", "Heart Rate Zone", "8c34b36dba084e22b91426621759230d"),
        ("live_dj", "Live DJ", "Live DJ"),
        ("groove", "Groove", "Groove"),
        ("pro_cyclist", "Pro Cyclist", "Pro Cyclist", "4228e9e57bf64c518d58a1d0181760c4"),
        ("studio_original", "Studio Original (Cycling)", "Studio Original"),
    ),
    *_retired("cycling", "Metrics", "Scenic (Cycling)", "Just Ride", "DO NOT USE Music (Row Bootcamp)"),
    *_types(
        "running",
        ("warm_up", "Warm Up/Cool Down Running", "Warm Up/Cool Down", "c0681493aaeb4029b01f64a6c9ff3e0e"),
        (
            "outdoor_warm_up",
            "OUTDOOR Warm Up Cool Down Run",
            "Warm Up/Cool Down Run",
            "ca63751ab3f1430fb31d1d06e5d34804",
        ),
        ("intervals", "Intervals Running", "Intervals"),
        ("endurance", "Endurance", "Endurance"),
        ("music", "Music (Running)", "Music"),
        ("outdoor_music", "OUTDOOR Music Run", "Music Run"),
    ),
    *_retired("running", "XX don't use", "not a class type", "Hill Running"),
    *_types(
        "walking",
        ("warm_up", "Warm Up/Cool Down Walking", "Warm Up/Cool Down", "5ce29a5ff8524bba9132cff42e5cbedd"),
        ("music", "Music Walk", "Music"),
        ("hiking", "Hiking Walking", "Hiking"),
        ("outdoor_power", "OUTDOOR Power Walking", "Power Walk"),
    ),
    *_types(
        "strength",
        ("warm_up", "Strength Warm Up", "Warm Up", "88a2c821efd2439a85e03bb45ddb06eb"),
        ("full_body", "Full Body (Strength & Toning)", "Full Body"),
        ("core", "Core (Strength & Toning)", "Core"),
        ("upper_body", "Upper Body (strength & toning)", "Upper Body"),
        ("lower_body", "Lower Body (Strength & Toning)", "Lower Body"),
        ("pilates", "Pilates", "Pilates"),
        ("prenatal", "Pre/Postnatal (Strength)", "Pre/Postnatal"),
    ),
    *_retired("strength", "Toning (Strength & Toning)", "Arms & Shoulders (strength & toning) BTR"),
    *_types(
        "yoga",
        ("flow", "Yoga Flow", "Flow"),
        ("slow_flow", "Slow Flow", "Slow Flow"),
        ("restoration", "Restoration", "Restoration"),
    ),
    *_types(
        "meditation",
        ("sleep", "Relax & Sleep", "Relax & Sleep"),
        ("breath", "Breath", "Breath"),
        ("theme", "Theme (Meditation)", "Theme"),
    ),
    *_retired("meditation", "Audio Only (Meditation)"),
    *_types(
        "stretching",
        ("full_body", "Full Body Stretch", "Full Body Stretch"),
        ("post_ride", "Pre & Post-Ride Stretch", "Pre & Post-Ride Stretch"),
        ("mobility", "Mobility", "Mobility"),
    ),
    *_types(
        "cardio",
        ("warm_up", "HIIT Cardio Warm Up", "Warm Up", "42ff0fb62865408bbc07ec09c1176a76"),
        ("hiit", "HIIT Cardio", "HIIT"),
        ("dance", "Dance Cardio", "Dance Cardio"),
    ),
    *_types(
        "circuit",
        ("warm_up", "Warm Up Bootcamp", "Warm Up", "fe97840b3e5647aca9bede207e3b854e"),
        ("body_focus", "Body Focus (Bootcamp)", "Body Focus"),
        ("music", "Music (Bootcamp)", "Music"),
    ),
    *_types(
        "bike_bootcamp",
        ("bodyweight", "Bodyweight (Bike Bootcamp", "Bodyweight"),
        ("body_focus", "Body Focus (Bike Bootcamp)", "Body Focus"),
    ),
    *_types(
        "caesar",
        ("warm_up", "Warm Up / Cool Down (Rowing)", "Warm Up/Cool Down", "db88920cc225430f9abc9d807197efb0"),
        ("endurance", "Endurance (Rowing)", "Endurance"),
        ("intervals", "Intervals (Rowing)", "Intervals"),
    ),
    *_retired("caesar", "Rowing (Pace Targets) "),
    *_types("caesar_bootcamp", ("body_focus", "Body Focus (Row Bootcamp)", "Body Focus")),
)

EQUIPMENT: dict[str, str] = {
    "light_weights": "Light Weights",
    "medium_weights": "Medium Weights",
    "heavy_weights": "Heavy Weights",
    "resistance_band": "Resistance Band",
    "workout_mat": "Workout Mat",
    "yoga_mat": "Yoga Mat",
    "yoga_block": "Yoga Block",
}

LOCALES: dict[str, str] = {"en-US": "English", "de-DE": "German", "es-ES": "Spanish"}
LANGUAGE_LOCALES: dict[str, str] = {"english": "en-US", "german": "de-DE", "spanish": "es-ES"}
DEVICE_TYPES: dict[str, str] = {
    "home_bike_v1": "Bike",
    "home_bike_plus": "Bike",
    "home_tread": "Tread",
    "caesar": "Row",
    "iPhone": "App",
    "android": "App",
    "web": "App",
}
STUDIO_LOCATIONS = ("psny-studio-1", "psny-studio-2", "psl-studio-1", "nyc", "uk")
MUSCLES = ("biceps", "calves", "core", "glutes", "hamstrings", "hips", "quads", "shoulders", "triceps")
