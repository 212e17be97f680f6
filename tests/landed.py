"""Lands invented answers without HTTP, for tests of what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from observing import month_of_time

from peloton_assets import staging, transform
from peloton_assets.rebuild import rebuild
from resources.lake import Lake
from resources.landing import Landing
from sandbox.peloton.library import Library
from sandbox.peloton.payloads import Payloads
from sandbox.peloton.seeds import Seeds

Json = Any
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
MAY_2024, JUNE_2024 = 1_715_000_000, 1_718_000_000
QUARTER_S = 90 * 86_400


@dataclass(frozen=True)
class Told:
    """An answer to land."""

    text: str
    fetched_at: datetime
    url: str = "https://provider.invalid/"
    status: int = 200


class Zone:
    """A landing zone and a lake in one folder; each answer lands a second after the one before."""

    def __init__(self, folder: Path) -> None:
        self.landing, self.lake = Landing(folder / "landing"), Lake(folder / "lake")
        self._seconds = count()

    def land(self, resource: str, segment: str, *answers: tuple[str, Json]) -> Path:
        """Answers, each with the item that was asked for, in one sealed file."""
        with self.landing.writer("peloton", resource, segment) as writer:
            for item, payload in answers:
                moment = BEGAN + timedelta(seconds=next(self._seconds))
                writer.write(Told(json.dumps(payload), moment), item)
        return self.landing.sealed("peloton", resource, segment)[-1]

    def list_page(self, rides: Iterable[Json], category: str = "all", **more: Json) -> Path:
        rows = list(rides)
        page = {"data": rows, "total": len(rows), "page": 0, "instructors": [], "class_types": [], **more}
        return self.land("ride_archived", "2026-11-01", (category, page))

    def details(self, ride: Json, payload: Json) -> Path:
        """What was answered when the details of this list row were asked for."""
        return self.land("ride_details", month_of_time(ride["original_air_time"]), (ride["id"], payload))

    def merge(self, *pages: Path) -> staging.ListingChange:
        with transform.connect() as connection:
            return staging.merge_listings(connection, self.lake, pages)

    def build(self) -> None:
        """Everything typed, from what is landed."""
        rebuild(self.lake, self.landing)


def invented(class_count: int, seed: int = 7, span_s: int = QUARTER_S) -> tuple[list[Json], list[Json]]:
    """(list rows, details answers) of an invented library of three months, or of another span."""
    library = Library(Seeds(seed), class_count, date(2026, 11, 20))
    payloads = Payloads(library)
    classes = library.listed()
    for place, cls in enumerate(classes):
        start = JUNE_2024 - place * span_s // class_count
        cls.edit({"scheduled_start_time": start, "original_air_time": start})
    return [payloads.list_row(cls) for cls in classes], [payloads.details(cls) for cls in classes]


def a_ride(**fields: Json) -> Json:
    """A list row of a cycling class in May 2024."""
    return {
        "id": "5" * 32,
        "title": "30 min Playlist Ride",
        "fitness_discipline": "cycling",
        "duration": 1800,
        "original_air_time": MAY_2024,
        "scheduled_start_time": MAY_2024 + 400,
        "class_type_ids": [],
        "series_id": "a-series",
        **fields,
    }


def a_song(**fields: Json) -> Json:
    return {
        "id": "song",
        "title": "Paper Harbor",
        "start_time_offset": 60,
        "cue_time_offset": 60,
        "explicit_rating": 0,
        "album": {"id": "album", "name": "Seaglass", "image_url": None},
        "artists": [{"artist_id": "a1", "artist_name": "Zandara", "artist_alias_id": "x1"}],
        **fields,
    }
