"""The series: which there are, what each races with, and since when.

Those with a number below the asked-for count have an active season; the rest ended years ago and live on in
the statistics only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.iracing.catalogue import Catalogue
from sandbox.iracing.patterns import KINDS
from sandbox.iracing.quarters import Quarter
from sandbox.iracing.vocabulary import BY_SLUG, FORMS, SENTENCES, SERIES_CATEGORIES, THEMES
from sandbox.peloton.seeds import Seeds

LICENSE_GROUPS = ("Rookie", "Class D", "Class C", "Class B", "Class A", "Pro", "Pro/WC")
RETIRED_SHARE = 4  # one retired series for so many active ones


@dataclass(frozen=True)
class Series:
    number: int
    series_id: int
    name: str
    category: str
    kind: str
    license_group: int
    class_ids: tuple[int, ...]
    first: Quarter
    last: Quarter | None
    """The last quarter of a series that ended; None while it goes on."""

    @property
    def is_official(self) -> bool:
        return self.kind != "week_13"

    @property
    def is_fixed(self) -> bool:
        return self.number % 2 == 1


def make_series(seeds: Seeds, catalogue: Catalogue, count: int, now: Quarter) -> list[Series]:
    """`count` series with an active season and then some that ended."""
    kinds = list(KINDS)
    retired = max(3, count // RETIRED_SHARE)
    return [
        _series(seeds, catalogue, number, kinds[number % len(kinds)], now, has_ended=number >= count)
        for number in range(count + retired)
    ]


def _series(
    seeds: Seeds, catalogue: Catalogue, number: int, kind: str, now: Quarter, has_ended: bool
) -> Series:
    rng = seeds.random("iracing-series", number)
    category = rng.choice(SERIES_CATEGORIES)
    if kind in ("rotating", "endurance"):
        category = "sports_car"
    classes = [row["car_class_id"] for row in catalogue.classes_of(category)]
    multiclass = kind in ("rotating", "endurance") or rng.random() < 0.2
    chosen = rng.sample(classes, min(len(classes), 3 if multiclass else 1))
    age = rng.randint(5, 34) if number != 1 else 60  # at least a year, for tours come once in one
    last = Quarter.of_number(now.number - rng.randint(20, 30)) if has_ended else None
    theme = THEMES[number % len(THEMES)]
    again = f" {number // len(THEMES) + 1}" if number >= len(THEMES) else ""
    name = f"{theme} {rng.choice(FORMS)}{again}"
    return Series(
        number=number,
        series_id=30 + 4 * number,
        name=f"13th Week - {name}" if kind == "week_13" else name,
        category=category,
        kind=kind,
        license_group=0 if kind == "week_13" else rng.randint(1, 5),
        class_ids=tuple(sorted(chosen)),
        first=Quarter.of_number((last or now).number - age),
        last=last,
    )


def allowed_licenses(series: Series, with_parent: bool = False) -> list[dict[str, Any]]:
    lowest = max(1, series.license_group)
    return [
        {
            "group_name": LICENSE_GROUPS[group - 1],
            "license_group": group,
            "max_license_level": 4 * group,
            "min_license_level": 4 * group - 3,
            **({"parent_id": series.series_id} if with_parent else {}),
        }
        for group in range(lowest, len(LICENSE_GROUPS) + 1)
    ]


def series_row(series: Series) -> dict[str, Any]:
    """A row of series/get."""
    is_oval = series.category in ("oval", "dirt_oval")
    row: dict[str, Any] = {
        "allowed_licenses": allowed_licenses(series),
        "category": series.category,
        "category_id": BY_SLUG[series.category].number,
        "eligible": series.license_group < 4,
        "first_season": {"season_year": series.first.year, "season_quarter": series.first.quarter},
        "forum_url": f"https://forums.example/categories/series-{series.series_id}",
        "max_starters": 20,
        "min_starters": 6,
        "oval_caution_type": 4 if is_oval else 0,
        "road_caution_type": 0 if is_oval else 2,
        "search_filters": series.category.replace("_", ","),
        "series_id": series.series_id,
        "series_name": series.name,
        "series_short_name": series.name,
    }
    if series.number % 9 == 4:
        del row["forum_url"]
    if series.number % 2:
        del row["search_filters"]
    return row


def series_asset(series: Series) -> dict[str, Any]:
    sentence = SENTENCES[series.number % len(SENTENCES)]
    return {
        "large_image": None,
        "logo": f"seriesid_{series.series_id}.png",
        "series_copy": f"{sentence} \r\n<br><br>\r\n{series.name} &amp; friends.",
        "series_id": series.series_id,
        "small_image": None,
    }
