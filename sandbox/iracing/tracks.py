"""Tracks: one row a layout, several layouts a venue, which is what is bought.

Odd on purpose: backslashes in paths, HTML entities in the banking, layouts without a name, and some map
addresses that are relative.
"""

from __future__ import annotations

from typing import Any

from sandbox.iracing.vocabulary import BY_SLUG, DIRT_CONFIGS, OVAL_CONFIGS, ROAD_CONFIGS, VENUES
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


def make_tracks(seeds: Seeds) -> list[Row]:
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


def track_asset(track: Row) -> Row:
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
