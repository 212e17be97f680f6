"""The words of the invented athletes: sports, time zones, names of activities, devices, gear.

The surprising thing is the zones: the name that is shown may be an old alias, while the offset is computed
with the zone of today's name, since many machines know no aliases.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sport:
    """A sport type, the older and coarser type it is told with, and what an activity of it is like."""

    name: str
    type: str
    km_per_h: tuple[float, float]
    minutes: tuple[int, int]
    has_gps: bool = True
    gear: str = ""  # "b" for a bike, "g" for shoes
    cadence: int = 0
    has_power: bool = False
    climbs: bool = True


SPORTS = (
    Sport("Run", "Run", (8.5, 13.5), (22, 95), gear="g", cadence=82),
    Sport("Ride", "Ride", (22, 33), (45, 200), gear="b", cadence=84, has_power=True),
    Sport("Swim", "Swim", (2.2, 3.4), (20, 60), has_gps=False, cadence=28, climbs=False),
    Sport("VirtualRide", "VirtualRide", (26, 38), (30, 90), gear="b", cadence=88, has_power=True),
    Sport("TrailRun", "Run", (6.5, 10), (40, 190), gear="g", cadence=78),
    Sport("WeightTraining", "WeightTraining", (0, 0), (20, 60), has_gps=False, climbs=False),
    Sport("GravelRide", "Ride", (17, 26), (60, 220), gear="b", cadence=78),
    Sport("Walk", "Walk", (4.2, 6), (25, 120), gear="g", cadence=55),
    Sport("Hike", "Hike", (2.8, 4.6), (90, 420), gear="g"),
    Sport("Padel", "Workout", (2.5, 4), (50, 95), has_gps=False, climbs=False),
    Sport("MountainBikeRide", "Ride", (12, 20), (60, 180), gear="b"),
    Sport("Yoga", "Yoga", (0, 0), (15, 70), has_gps=False, climbs=False),
    Sport("Rowing", "Rowing", (9, 12), (20, 50), has_gps=False, cadence=26, climbs=False),
    Sport("Workout", "Workout", (0.2, 1), (10, 40), has_gps=False, cadence=60, climbs=False),
    Sport("InlineSkate", "InlineSkate", (14, 22), (30, 80)),
)
SPORT_BY_NAME = {sport.name: sport for sport in SPORTS}
TURNS = (0, 1, 0, 2, 0, 3, 4, 1, 0, 5, 1, 6, 0, 7, 2, 0, 8, 9, 1, 10, 0, 11, 12, 0, 13, 1, 14, 3)
"""In which order the sports take turns: runs and rides more often than others."""


def sport_named(name: str) -> Sport:
    """A sport, also one that nobody has heard of yet: new ones are told with the type Workout."""
    return SPORT_BY_NAME.get(name) or Sport(name, "Workout", (3, 6), (20, 60), has_gps=False, climbs=False)


HOME_ZONES = (
    ("(GMT-05:00) America/New_York", "America/New_York"),
    ("(GMT+01:00) Europe/Berlin", "Europe/Berlin"),
    ("(GMT+10:00) Australia/Sydney", "Australia/Sydney"),
)
OTHER_ZONES = (
    ("(GMT-05:00) EST5EDT", "America/New_York"),
    ("(GMT-05:00) US/Eastern", "America/New_York"),
    ("(GMT-05:00) Etc/GMT+5", "Etc/GMT+5"),
    ("(GMT+05:30) Asia/Kolkata", "Asia/Kolkata"),
    ("(GMT+12:45) Pacific/Chatham", "Pacific/Chatham"),
    ("(GMT+03:00) Africa/Nairobi", "Africa/Nairobi"),
)

TIMES_OF_DAY = ((5, "Early"), (8, "Morning"), (12, "Lunch"), (16, "Afternoon"), (20, "Evening"))
PLAIN_NAMES = ("to nowhere in particular", "with the lights on", "before the rain", "and then breakfast")
ODD_NAMES = (
    "Wind from ahead 🌬️ all the way",
    "🏃‍♀️💨 faster than the ferry",
    "Ünterwegs nach Süden – ‚ganz langsam‘",
    "朝ジョギング",
    'Quotes "inside", a comma; and <b>a tag</b>',
    "  spaces around  ",
)
DEVICES = ("Invented Watch 5", "Imaginary Edge 900", "Pretend Band", "Nowhere App")
DESCRIPTIONS = ("", "", None, "Felt fine.\nSecond line.", "Tested the new shoes; they are too small 👟")
BRANDS = ("Northlight", "Oakwind", "Tern & Sons", "Calder", "Brisk")
MODELS = ("One", "Drift 3", "Cobble", "Feather", "Longhaul", "Mk II")
WEIGHTS_KG = (8.4, 9.1, 12.7, 7.9)
