"""The sorts of class there are: how often each is taught, how it is titled, where it is listed.

The table is the mix of the library. A share is relative to the others of the same moment, and
`since` and `until` (years) let kinds come and go, as rowing came and heart rate classes went.
The surprising rows: outdoor classes carry the discipline running or walking, pilates is listed
under strength as well, and cool-downs before 2024 sit under the warm-up class type.
"""

from __future__ import annotations

from dataclasses import dataclass

PLAIN_POWER_ZONE_SERIES = "9fde039566054ea499130bed1c289eb3"
ENDURANCE_SERIES = "0f63c48726fa4533a928cae5358d94d7"
MAX_SERIES = "5e02288cccac46bbbba2eb1acb41f059"

COOL_DOWN_TYPE_SINCE_YEAR = 2024


@dataclass(frozen=True, slots=True)
class ClassKind:
    """`title` is filled with {m} minutes and {theme}; `music` is the share of classes with songs."""

    discipline: str
    type_key: str
    title: str
    share: float
    minutes: tuple[int, ...] = (20, 30, 45)
    categories: tuple[str, ...] = ()
    music: float = 0.97
    since: int = 2019
    until: int = 9999
    power_zone: str | None = None
    series_id: str | None = None
    is_warm_up: bool = False
    is_cool_down: bool = False
    is_ftp_test: bool = False
    is_scenic: bool = False
    is_outdoor: bool = False
    equipment: tuple[str, ...] = ()

    @property
    def listed_under(self) -> tuple[str, ...]:
        return self.categories or (self.discipline,)


def _power_zone(title: str, share: float, kind: str, series_id: str | None = None) -> ClassKind:
    return ClassKind(
        "cycling", "power_zone", title, share, (30, 45, 60, 75), power_zone=kind, series_id=series_id
    )


def _warm_up(discipline: str, noun: str, share: float, **more: tuple[str, ...]) -> ClassKind:
    title = "{m} min {theme} Warm Up " + noun
    return ClassKind(discipline, "warm_up", title, share, (5, 10), is_warm_up=True, **more)  # type: ignore[arg-type]


def _cool_down(discipline: str, noun: str, share: float) -> ClassKind:
    title = "{m} min {theme} Cool Down " + noun
    return ClassKind(discipline, "cool_down", title, share, (5, 10), is_cool_down=True)


KINDS: tuple[ClassKind, ...] = (
    _power_zone("{m} min Power Zone Ride: {theme}", 1.0, "power_zone", PLAIN_POWER_ZONE_SERIES),
    _power_zone("{m} min Power Zone Endurance Ride: {theme}", 1.1, "endurance", ENDURANCE_SERIES),
    _power_zone("{m} min Power Zone Max Ride: {theme}", 0.6, "max", MAX_SERIES),
    _power_zone("{m} min Power Zone Endurance {theme} Ride", 0.3, "endurance"),
    _power_zone("{m} min Power Zone {theme} Ride", 0.3, "power_zone"),
    _power_zone("{m} min Power Zone Max {theme} Ride", 0.15, "max"),
    _power_zone("{m} min {theme} PZ Ride", 0.1, "power_zone"),
    ClassKind("cycling", "power_zone", "20 min FTP Test Ride: {theme}", 0.25, (20,), is_ftp_test=True),
    ClassKind("cycling", "warm_up", "{m} min FTP Warm Up Ride: {theme}", 0.2, (10, 15), is_warm_up=True),
    _warm_up("cycling", "Ride", 2.0),
    _cool_down("cycling", "Ride", 1.6),
    ClassKind("cycling", "beginner", "{m} min {theme} Beginner Ride", 1.5),
    ClassKind("cycling", "low_impact", "{m} min {theme} Low Impact Ride", 4.0),
    ClassKind("cycling", "music", "{m} min {theme} Playlist Ride", 8.0),
    ClassKind("cycling", "theme", "Saturday Long Ride: {theme}", 1.0, (60, 90)),
    ClassKind("cycling", "intervals", "{m} min {theme} Intervals Ride", 4.5),
    ClassKind(
        "cycling", "intervals", "{m} min {theme} Intervals & Arms Ride", 2.0, equipment=("light_weights",)
    ),
    ClassKind("cycling", "progression", "{m} min {theme} Progression Ride", 1.0, since=2024),
    ClassKind("cycling", "climb", "{m} min {theme} Climb Ride", 2.5),
    ClassKind("cycling", "heart_rate", "{m} min {theme} Heart Rate Zone Ride", 1.5, until=2019),
    ClassKind("cycling", "live_dj", "{m} min {theme} Live DJ Ride", 0.8),
    ClassKind("cycling", "groove", "{m} min {theme} Groove Ride", 1.2),
    ClassKind("cycling", "pro_cyclist", "{m} min {theme} Pro Rider Class", 0.4),
    ClassKind("cycling", "studio_original", "{m} min {theme} Studio Ride", 0.4, since=2023),
    ClassKind(
        "cycling",
        "Scenic (Cycling)",
        "{theme} Scenic Ride",
        0.5,
        (20, 30),
        ("cycling_time_scenic",),
        music=0.0,
        since=2020,
        is_scenic=True,
    ),
    _warm_up("running", "Run", 1.0),
    ClassKind("running", "intervals", "{m} min {theme} Intervals Run", 3.0),
    ClassKind("running", "endurance", "{m} min {theme} Endurance Run", 2.5, (30, 45, 60)),
    ClassKind("running", "music", "{m} min {theme} Playlist Run", 3.5),
    ClassKind(
        "running",
        "outdoor_warm_up",
        "{m} min {theme} Outdoor Warm Up Run",
        0.4,
        (5,),
        ("outdoor",),
        is_warm_up=True,
        is_outdoor=True,
    ),
    ClassKind(
        "running",
        "outdoor_music",
        "{m} min {theme} Outdoor Run",
        1.6,
        categories=("outdoor",),
        is_outdoor=True,
    ),
    ClassKind(
        "walking",
        "outdoor_power",
        "{m} min {theme} Power Walk",
        1.0,
        categories=("outdoor",),
        is_outdoor=True,
    ),
    _warm_up("walking", "Walk", 0.4),
    ClassKind("walking", "music", "{m} min {theme} Playlist Walk", 2.0),
    ClassKind("walking", "hiking", "{m} min {theme} Hike", 1.5),
    _warm_up("strength", "Strength", 0.8),
    ClassKind(
        "strength", "full_body", "{m} min {theme} Full Body Strength", 4.0, equipment=("medium_weights",)
    ),
    ClassKind(
        "strength", "core", "{m} min {theme} Core Strength", 4.0, (5, 10, 20), equipment=("workout_mat",)
    ),
    ClassKind(
        "strength",
        "upper_body",
        "{m} min {theme} Upper Body",
        3.0,
        (10, 20, 30),
        equipment=("heavy_weights",),
    ),
    ClassKind(
        "strength",
        "lower_body",
        "{m} min {theme} Lower Body",
        2.5,
        (10, 20, 30),
        equipment=("heavy_weights",),
    ),
    ClassKind("strength", "Toning (Strength & Toning)", "{m} min {theme} Toning", 1.5, (10, 20), until=2020),
    ClassKind("strength", "prenatal", "{m} min {theme} Prenatal Strength", 0.4, (10, 20)),
    ClassKind(
        "strength",
        "pilates",
        "{m} min {theme} Pilates",
        2.0,
        (10, 20, 30),
        ("strength", "pilates"),
        since=2020,
        equipment=("workout_mat", "resistance_band"),
    ),
    ClassKind("yoga", "flow", "{m} min {theme} Yoga Flow", 4.5, music=0.8, equipment=("yoga_mat",)),
    ClassKind(
        "yoga", "slow_flow", "{m} min {theme} Slow Flow", 2.5, music=0.6, equipment=("yoga_mat", "yoga_block")
    ),
    ClassKind(
        "yoga", "restoration", "{m} min {theme} Restoration", 1.5, music=0.3, equipment=("yoga_block",)
    ),
    ClassKind("meditation", "sleep", "{m} min {theme} Sleep Meditation", 2.0, (5, 10, 20), music=0.05),
    ClassKind("meditation", "breath", "{m} min {theme} Breathing", 2.0, (5, 10), music=0.05),
    ClassKind("meditation", "theme", "{m} min {theme} Meditation", 1.5, (5, 10, 15), music=0.1),
    ClassKind("stretching", "full_body", "{m} min {theme} Full Body Stretch", 3.0, (5, 10, 20), music=0.9),
    ClassKind("stretching", "post_ride", "{m} min {theme} Post-Ride Stretch", 2.5, (5, 10), music=0.9),
    ClassKind("stretching", "mobility", "{m} min {theme} Mobility", 1.5, (10, 20), music=0.9),
    _warm_up("cardio", "Cardio", 0.4),
    ClassKind("cardio", "hiit", "{m} min {theme} HIIT Cardio", 3.0, (10, 20, 30)),
    ClassKind("cardio", "dance", "{m} min {theme} Dance Cardio", 1.5, (10, 20, 30)),
    _warm_up("circuit", "Bootcamp", 0.3, categories=("bootcamp",)),
    ClassKind("circuit", "body_focus", "{m} min {theme} Tread Bootcamp", 2.0, (30, 45, 60), ("bootcamp",)),
    ClassKind("circuit", "music", "{m} min {theme} Playlist Bootcamp", 1.5, (30, 45), ("bootcamp",)),
    ClassKind("bike_bootcamp", "bodyweight", "{m} min {theme} Bike Bootcamp", 1.2, (30, 45), since=2020),
    ClassKind(
        "bike_bootcamp", "body_focus", "{m} min {theme} Bike Bootcamp: Legs", 1.0, (30, 45), since=2020
    ),
    _warm_up("caesar", "Row", 0.5),
    ClassKind("caesar", "endurance", "{m} min {theme} Endurance Row", 1.5, since=2021),
    ClassKind("caesar", "intervals", "{m} min {theme} Intervals Row", 1.5, since=2021),
    ClassKind("caesar_bootcamp", "body_focus", "{m} min {theme} Row Bootcamp", 0.7, (30, 45), since=2023),
)


def type_key_in(kind: ClassKind, year: int) -> str:
    """The class type a class of this kind got in that year."""
    if kind.type_key == "cool_down" and year < COOL_DOWN_TYPE_SINCE_YEAR:
        return "cycling/warm_up"
    return f"{kind.discipline}/{kind.type_key}"
