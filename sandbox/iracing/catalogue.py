"""Everything that is raced with and on, and the constants; built once from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.iracing.cars import car_asset, cars_and_classes
from sandbox.iracing.tracks import make_tracks, track_asset
from sandbox.iracing.vocabulary import BY_SLUG, CATEGORIES
from sandbox.peloton.seeds import Seeds

Row = dict[str, Any]


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
    cars, classes = cars_and_classes(seeds)
    tracks = make_tracks(seeds)
    return Catalogue(
        cars,
        {str(car["car_id"]): car_asset(car) for car in cars},
        classes,
        tracks,
        {str(track["track_id"]): track_asset(track) for track in tracks},
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
