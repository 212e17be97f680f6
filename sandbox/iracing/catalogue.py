"""Cars, car classes and tracks: the rows of the catalogue documents.

Built once from the seed. The surprising thing is class 0, which belongs to no series and holds every car
that is still sold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.iracing.vocabulary import (
    BY_SLUG,
    CAR_FAMILIES,
    CATEGORIES,
    DIRT_CONFIGS,
    MAKES,
    OVAL_CONFIGS,
    ROAD_CONFIGS,
    SENTENCES,
    VENUES,
)
from sandbox.peloton.seeds import Seeds

Row = dict[str, Any]

MAP_LAYERS = ("background", "inactive", "active", "pitroad", "start-finish", "turns")
MAPS_HOST = "https://maps.example/public/track-maps"
OVAL_TYPES = ((0, "Short Oval"), (1, "Mile Oval"), (2, "Intermediate Oval"), (4, "Superspeedway"))
TRACK_TYPES = {
    "road": (5, "Road Course"),
    "dirt_oval": (7, "Dirt Oval Course"),
    "dirt_road": (6, "Dirt Road Course"),
}


@dataclass(frozen=True)
class Catalogue:
    cars: list[Row]
    car_assets: dict[str, Row]
    classes: list[Row]
    tracks: list[Row]
    track_assets: dict[str, Row]

    def classes_of(self, category: str) -> list[Row]:
        """The classes whose cars are of a kind; class 0 is of none."""
        kinds = {car["car_id"]: car["categories"][0] for car in self.cars}
        return [
            row
            for row in self.classes
            if row["car_class_id"] and kinds[row["cars_in_class"][0]["car_id"]] == category
        ]

    def tracks_of(self, category: str, with_retired: bool = False) -> list[Row]:
        """The tracks that a category of series is driven on."""
        kind = BY_SLUG[category].track_slug
        return [t for t in self.tracks if t["category"] == kind and (with_retired or not t["retired"])]

    def car(self, car_id: int) -> Row:
        return next(car for car in self.cars if car["car_id"] == car_id)

    def car_class(self, class_id: int) -> Row:
        return next(row for row in self.classes if row["car_class_id"] == class_id)


def build_catalogue(seeds: Seeds) -> Catalogue:
    cars, classes = _cars_and_classes(seeds)
    tracks = _tracks(seeds)
    return Catalogue(
        cars,
        {str(car["car_id"]): _car_asset(car) for car in cars},
        classes,
        tracks,
        {str(track["track_id"]): _track_asset(track) for track in tracks},
    )


def constants(name: str) -> list[Row]:
    """The inline documents constants/categories, divisions and event_types."""
    if name == "categories":
        return [{"label": category.label, "value": category.number} for category in CATEGORIES]
    if name == "event_types":
        names = {2: "Practice", 3: "Qualify", 4: "Time Trial", 5: "Race"}
        return [{"label": label, "value": value} for value, label in names.items()]
    divisions = ["ALL", *(f"Division {n}" for n in range(1, 11)), "Rookie"]
    return [{"label": label, "value": value} for value, label in enumerate(divisions, start=-1)]


# ------------------------------------------------------------------ cars


def _cars_and_classes(seeds: Seeds) -> tuple[list[Row], list[Row]]:
    cars: list[Row] = []
    classes: list[Row] = []
    for place, (name, short, kind, makes) in enumerate(CAR_FAMILIES):
        family = [
            _car(seeds, len(cars) + number + 1, MAKES[(place + number) % len(MAKES)], short, kind)
            for number in range(makes)
        ]
        cars += family
        classes.append(_class(11 + 7 * place, name, short, 30 + 5 * place, family))
    classes.insert(
        0, _class(0, "Hosted All Cars Class", "All Cars", 0, [c for c in cars if not c["retired"]])
    )
    return cars, classes


def _class(class_id: int, name: str, short: str, speed: int, cars: list[Row]) -> Row:
    return {
        "car_class_id": class_id,
        "cars_in_class": [
            {key: car[key] for key in ("car_dirpath", "car_id", "rain_enabled", "retired")} for car in cars
        ],
        "cust_id": 0,
        "name": name,
        "rain_enabled": all(car["rain_enabled"] for car in cars),
        "relative_speed": speed,
        "short_name": short,
    }


def _car(seeds: Seeds, car_id: int, make: str, family: str, kind: str) -> Row:
    rng = seeds.random("iracing-car", car_id)
    slug = f"{make.split()[0].lower()}{family.lower()}"
    price = rng.choice([0, 11.95, 14.95])
    is_oval = kind in ("oval", "dirt_oval")
    row: Row = {
        "ai_enabled": rng.random() < 0.8,
        "allow_number_colors": False,
        "allow_number_font": rng.random() < 0.2,
        "allow_sponsor1": True,
        "allow_sponsor2": True,
        "allow_wheel_color": True,
        "award_exempt": False,
        "car_config_defs": [
            {"carcfg": 0, "cfg_subdir": None, "custom_paint_ext": None, "name": "Short"},
            {"carcfg": 1, "cfg_subdir": "ss", "custom_paint_ext": "ss", "name": "Superspeedway"},
        ]
        if kind == "oval"
        else [],
        "car_configs": [{"carcfg": 1, "track_type": 4}] if kind == "oval" else [],
        "car_dirpath": f"stockcars\\{slug}" if is_oval else slug,
        "car_id": car_id,
        "car_name": f"{make} {family} {rng.choice(['EVO', 'Mk II', 'R', 'Type 4'])}",
        "car_name_abbreviated": f"{make[:3].upper()}{family}",
        "car_types": [{"car_type": kind.replace("_", "")}, {"car_type": family.lower()}],
        "car_weight": rng.randrange(1_100, 3_400, 10),
        "categories": [kind],
        "created": f"20{rng.randint(10, 22)}-0{rng.randint(1, 9)}-15T19:10:00Z",
        "first_sale": f"20{rng.randint(23, 25)}-0{rng.randint(1, 9)}-03T00:00:00Z",
        "folder": f"/img/cars/{slug}",
        "forum_url": f"https://forums.example/categories/{slug}",
        "free_with_subscription": price == 0,
        "has_headlights": rng.random() < 0.5,
        "has_multiple_dry_tire_types": False,
        "has_rain_capable_tire_types": not is_oval,
        "hp": rng.randrange(130, 900, 5),
        "is_ps_purchasable": True,
        "logo": rng.choice([None, f"/img/logos/partners/{slug}-logo.png"]),
        "max_power_adjust_pct": 0,
        "max_weight_penalty_kg": 250,
        "min_power_adjust_pct": -5,
        "package_id": 200 + car_id,
        "patterns": rng.choice([3, 24]),
        "price": price,
        "price_display": f"${price:.2f}",
        "rain_enabled": not is_oval,
        "retired": car_id % 17 == 16,
        "search_filters": f"{kind},{family.lower()}",
        "sku": 10_000 + car_id,
        "small_image": f"{slug}-small.jpg",
        "sponsor_logo": None,
    }
    if rng.random() < 0.9:
        row |= {"car_make": make, "car_model": family}
    if rng.random() < 0.6:
        row["site_url"] = rng.choice([" ", f"https://cars.example/{slug}"])
    if rng.random() < 0.4:
        row["paint_rules"] = {"1": _paint_rule()}
    if car_id % 9 == 0:
        del row["forum_url"], row["price_display"]
    return row


def _paint_rule() -> Row:
    colours = {"Color1": "FF0000", "Color2": "00FF00", "Color3": "0000FF"}
    sponsors = {"Sponsor1Available": False, "Sponsor2Available": False, "Sponsor1": "0", "Sponsor2": "0"}
    return {
        "PaintCarAvailable": False,
        **colours,
        **sponsors,
        "RulesExplanation": "This pattern is not painted.",
    }


def _car_asset(car: Row) -> Row:
    stem = car["small_image"].removesuffix("-small.jpg")
    odd = car["car_id"] % 5 == 0
    return {
        "car_id": car["car_id"],
        "car_rules": [{"rule_category": "DRS", "text": "Only within a second."}] if odd else [],
        "detail_copy": f"<b>{car['car_name']}</b><br>\r\n{SENTENCES[car['car_id'] % len(SENTENCES)]}",
        "detail_screen_shot_images": f"{stem}/{stem}_1,{stem}/{stem}_2",
        "detail_techspecs_copy": "null" if odd else "<center>\r\n<b>Chassis</b><br>\r\nTubes\r\n</center>",
        "folder": car["folder"],
        "gallery_images": None if odd else "8",
        "gallery_prefix": None,
        "group_image": "null" if odd else None,
        "group_name": None,
        "large_image": f"{stem}-large.jpg",
        "logo": car["logo"],
        "small_image": car["small_image"],
        "sponsor_logo": car["sponsor_logo"],
        "template_path": f"car_templates/{car['car_id']}_template.zip",
    }


# ------------------------------------------------------------------ tracks


def _tracks(seeds: Seeds) -> list[Row]:
    rows: list[Row] = []
    for package, venue in enumerate(VENUES, start=1):
        kind = venue[3]
        configs = {"road": ROAD_CONFIGS, "oval": OVAL_CONFIGS}.get(kind, DIRT_CONFIGS)
        kept = configs if kind == "road" else configs[: 1 + package % len(configs)]
        rows += [
            _track(seeds, len(rows) + number + 1, package, venue, config)
            for number, config in enumerate(kept)
        ]
    return rows


def _track(
    seeds: Seeds, track_id: int, package: int, venue: tuple[str, str, str, str], config: str | None
) -> Row:
    name, location, zone, kind = venue
    rng = seeds.random("iracing-track", track_id)
    slug = "".join(c for c in name.lower() if c.isascii() and c.isalpha())
    is_oval, is_dirt = kind in ("oval", "dirt_oval"), kind.startswith("dirt")
    retired = track_id % 19 == 5
    price = rng.choice([0, 11.95, 14.95])
    number, text = TRACK_TYPES.get(kind) or OVAL_TYPES[track_id % len(OVAL_TYPES)]
    row: Row = {
        "ai_enabled": rng.random() < 0.7,
        "allow_pitlane_collisions": True,
        "allow_rolling_start": True,
        "allow_standing_start": not is_oval,
        "award_exempt": retired,
        "category": kind,
        "category_id": BY_SLUG[kind].number,
        "closes": "2018-10-31",
        "config_name": config,
        "corners_per_lap": 4 if is_oval else rng.randint(7, 24),
        "created": f"20{rng.randint(10, 20)}-04-04T19:10:00Z",
        "first_sale": f"20{rng.randint(21, 24)}-02-04T00:00:00Z",
        "folder": f"/img/tracks/{slug}",
        "free_with_subscription": price == 0,
        "fully_lit": rng.random() < 0.2,
        "grid_stalls": rng.randint(40, 64),
        "has_opt_path": kind == "dirt_road",
        "has_short_parade_lap": not is_oval,
        "has_start_zone": is_oval,
        "has_svg_map": True,
        "is_dirt": is_dirt,
        "is_oval": is_oval,
        "is_ps_purchasable": True,
        "lap_scoring": 0,
        "latitude": round(rng.uniform(-40, 60), 7),
        "location": location,
        "logo": f"/img/logos/tracks/{slug}-logo.png",
        "longitude": round(rng.uniform(-120, 140), 7),
        "max_cars": rng.randint(40, 66),
        "night_lighting": is_oval,
        "number_pitstalls": rng.randint(20, 45),
        "opens": "2018-04-01",
        "package_id": package,
        "price": price,
        "priority": 1,
        "purchasable": True,
        "qualify_laps": 2,
        "rain_enabled": kind == "road",
        "restart_on_left": is_oval,
        "retired": retired,
        "search_filters": kind,
        "sku": 10_300 + package,
        "small_image": f"{slug}-small.jpg",
        "solo_laps": 8,
        "start_on_left": is_oval,
        "supports_grip_compound": is_dirt,
        "tech_track": False,
        "time_zone": zone,
        "track_config_length": round(rng.uniform(0.3, 4.5), 2),
        "track_dirpath": f"{slug}\\{(config or 'full').split()[0].lower()}",
        "track_id": track_id,
        "track_name": f"[Retired] {name} - 2008" if retired else name,
        "track_type": number,
        "track_type_text": text,
        "track_types": [{"track_type": kind}],
    }
    if config is None:
        del row["config_name"]
    if not is_dirt:
        row["pit_road_speed_limit"] = rng.choice([35, 45, 50])
    if is_oval:
        row["banking"] = "7.5&#176; - 9&#176;"
    if track_id % 11:
        row |= {"price_display": f"${price:.2f}", "nominal_lap_time": round(rng.uniform(15, 140), 6)}
    if track_id % 13:
        row["site_url"] = rng.choice([" ", f"https://tracks.example/{slug}"])
    return row


def _track_asset(track: Row) -> Row:
    stem = track["small_image"].removesuffix("-small.jpg")
    number = track["track_id"]
    place = f"tracks_{stem}/{number}-{track['track_dirpath'].replace(chr(92), '-')}/"
    odd = number % 7 == 0
    return {
        "coordinates": f"{track['latitude']},{track['longitude']}",
        "detail_copy": None if odd else f"<p>{track['track_name']} &mdash; {track['location']}&#8482;.</p>",
        "detail_techspecs_copy": None if number % 2 else "null",
        "detail_video": None,
        "folder": track["folder"],
        "gallery_images": None if odd else "1,2,3",
        "gallery_prefix": None if odd else f"{stem}-gallery",
        "large_image": f"{stem}-large.jpg",
        "logo": track["logo"],
        "north": None if odd else "90deg",
        "num_svg_images": len(MAP_LAYERS),
        "small_image": track["small_image"],
        "track_id": number,
        "track_map": place if number % 23 == 3 else f"{MAPS_HOST}/{place}",
        "track_map_layers": {layer: f"{layer}.svg" for layer in MAP_LAYERS},
    }
