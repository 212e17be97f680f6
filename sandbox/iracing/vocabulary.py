"""Invented names: places, makes, series. Nothing here names a real track, car or championship."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    number: int
    slug: str
    label: str
    track_slug: str
    """The kind of track it is driven on: sports and formula cars both need a road."""


CATEGORIES = (
    Category(1, "oval", "Oval", "oval"),
    Category(2, "road", "Road", "road"),
    Category(3, "dirt_oval", "Dirt oval", "dirt_oval"),
    Category(4, "dirt_road", "Dirt road", "dirt_road"),
    Category(5, "sports_car", "Sports car", "road"),
    Category(6, "formula_car", "Formula car", "road"),
)
BY_SLUG = {category.slug: category for category in CATEGORIES}
SERIES_CATEGORIES = ("oval", "sports_car", "formula_car", "dirt_oval", "sports_car", "dirt_road")
"""What series are about; plain `road` is a category of old seasons and of tracks."""

ROAD_CONFIGS: tuple[str | None, ...] = ("Grand Prix", "Short Course", None, "Full \\ Long", "Club")
OVAL_CONFIGS: tuple[str | None, ...] = ("Oval", None, "Oval - 2019")
DIRT_CONFIGS: tuple[str | None, ...] = (None, "Rallycross")

VENUES = (  # name, place, time zone, kind of its tracks
    ("Harrowmere Raceway", "Harrowmere, Kent, England", "Europe/London", "road"),
    ("Circuito de Almarza", "Almarza, Soria, Spain", "Europe/Madrid", "road"),
    ("Autódromo Vila Serrana", "Vila Serrana, Minas Gerais, Brazil", "America/Sao_Paulo", "road"),
    ("Nordhaldering", "Nordhalde, Hesse, Germany", "Europe/Berlin", "road"),
    ("Kestrel Flats Speedway", "Kestrel Flats, Ohio, USA", "America/New_York", "oval"),
    ("Bitter Creek Speedway", "Bitter Creek, Tennessee, USA", "America/Chicago", "oval"),
    ("Circuit de Vaudremont", "Vaudremont, Jura, France", "Europe/Paris", "road"),
    ("Dustbowl Fairgrounds", "Sandhollow, Kansas, USA", "America/Chicago", "dirt_oval"),
    ("Akamidai Circuit", "Akamidai, Gunma, Japan", "Asia/Tokyo", "road"),
    ("Møllebakken Motorbane", "Møllebakken, Jutland, Denmark", "Europe/Copenhagen", "road"),
    ("Copperline Superspeedway", "Copperline, Georgia, USA", "America/New_York", "oval"),
    ("Red Gully Rallycross", "Red Gully, Victoria, Australia", "Australia/Melbourne", "dirt_road"),
    ("Moosehead Clay Oval", "Moosehead, Maine, USA", "America/New_York", "dirt_oval"),
    ("Autodromo Valtessera", "Valtessera, Umbria, Italy", "Europe/Rome", "road"),
    ("Wallaroo Bend", "Wallaroo Bend, South Australia", "Australia/Adelaide", "road"),
    ("Pine Hollow Raceplex", "Pine Hollow, Oregon, USA", "America/Los_Angeles", "road"),
    ("Stillwater Short Track", "Stillwater Junction, Iowa, USA", "America/Chicago", "oval"),
    ("Tavasthälla Rallicross", "Tavasthälla, Finland", "Europe/Helsinki", "dirt_road"),
    ("Quarry Road Speedbowl", "Quarry Road, Vermont, USA", "America/New_York", "oval"),
    ("Gravelmouth Clay Track", "Gravelmouth, Ontario, Canada", "America/Toronto", "dirt_oval"),
)

MAKES = ("Corvane", "Halberd", "Ostrava Motors", "Vellani", "Brightwater", "Tsurugi", "Norrvik", "Pelikán")
CAR_FAMILIES = (  # name of the class, short name, kind of car, how many makes build one
    ("Touring Trophy Cup", "TTC", "sports_car", 1),
    ("GX3 Class", "GX3", "sports_car", 8),
    ("GX4 Class", "GX4", "sports_car", 5),
    ("Endurance Prototype", "EPX", "sports_car", 4),
    ("Formula Sprint", "FSP", "formula_car", 1),
    ("Formula Vortex", "FVX", "formula_car", 1),
    ("Stock Saloon A", "SSA", "oval", 3),
    ("Stock Truck", "STK", "oval", 3),
    ("Street Saloon", "STS", "oval", 1),
    ("Clay Late Model", "CLM", "dirt_oval", 2),
    ("Winged Clay Sprint", "WCS", "dirt_oval", 1),
    ("Rally Lite", "RLT", "dirt_road", 2),
    ("Rallycross Supercar", "RXS", "dirt_road", 4),
)

THEMES = (
    "Lanternfish", "Cobalt", "Meridian", "Fennel Tools", "Northbound", "Marble Arch", "Quillon",
    "Amberline", "Sable", "Tidewater", "Ironbark", "Pemberley Oils", "Vantage Point", "Redshank",
    "Larkspur", "Basalt", "Hollin & Sons", "Périgord", "Silverbeck", "Óbidos", "Windrose", "Juniper",
)  # fmt: skip
FORMS = ("Cup", "Challenge", "Series", "Championship", "Trophy", "Masters", "Shootout")

SENTENCES = (
    "Close racing on even terms, week after week.",
    "A good first series once the rookie licence is done.",
    "Long stints, tired tyres and one stop that decides it.",
    "Setups are fixed, so only the driving differs.",
)
