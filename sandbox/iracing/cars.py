"""Cars and car classes.

The surprising thing is class 0, which belongs to no series and holds every car that is still sold. "No value"
comes in the service's own styles: an absent key, null, a blank, the text `null`.
"""

from __future__ import annotations

from typing import Any

from sandbox.iracing.vocabulary import CAR_FAMILIES, MAKES, SENTENCES
from sandbox.peloton.seeds import Seeds

Row = dict[str, Any]


def cars_and_classes(seeds: Seeds) -> tuple[list[Row], list[Row]]:
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


def car_asset(car: Row) -> Row:
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
