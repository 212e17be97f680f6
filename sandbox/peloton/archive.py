"""`GET /api/v2/ride/archived`: the class list with its filters, its pages and its traps.

A page never holds more than 100 rows, yet `page_count` follows the limit that was asked for: ask
for 1000 and the count is ten times too small for the rows you get. Side tables come with every page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from sandbox.messages import Request, compact_json
from sandbox.peloton.classes import PelotonClass
from sandbox.peloton.payloads import Payloads
from sandbox.peloton.seeds import image_url
from sandbox.peloton.vocabulary import BROWSE_CATEGORIES, CLASS_TYPES, DISCIPLINES

ROWS_PER_PAGE_MAX = 100
DEFAULT_LIMIT = 20
SORTS: dict[str, Callable[[dict[str, Any]], float]] = {
    "original_air_time": lambda row: row["scheduled_start_time"],
    "popularity": lambda row: row["total_workouts"],
    "trending": lambda row: row["total_in_progress_workouts"],
    "top_rated": lambda row: row["overall_rating_avg"] or 0,
    "difficulty": lambda row: row["difficulty_rating_avg"] or 0,
}


class Archive:
    """Answers list requests from cached pieces of JSON."""

    def __init__(self, payloads: Payloads, settings: dict[str, Any]) -> None:
        self._payloads = payloads
        self._library = payloads.library
        self._settings = settings
        self._rows: dict[str, bytes] = {}
        self._instructors = {id_: compact_json(row) for id_, row in payloads.instructor_rows.items()}
        self.class_types = [
            {
                "id": payloads.type_ids[t.key],
                "name": t.name,
                "display_name": t.display_name,
                "fitness_discipline": t.discipline,
                "is_active": t.is_active,
                "list_order": order,
                "standalone_display_name": f"{t.display_name} {DISCIPLINES[t.discipline]}"
                if t.is_active
                else None,
            }
            for order, t in enumerate(CLASS_TYPES)
        ]
        self.categories: list[dict[str, Any]] = [
            {
                "id": self._library.seeds.hex_id("category", slug),
                "name": name,
                "slug": slug,
                "list_order": order,
                "icon_url": image_url("categories/icons", slug),
                "portal_image_url": image_url("categories/portals", slug),
                "small_portal_image_url": None,
                "large_portal_image_url": None,
                "flags": [],
            }
            for order, (slug, name) in enumerate(BROWSE_CATEGORIES.items())
        ]
        self.disciplines = [{"id": slug, "name": name} for slug, name in DISCIPLINES.items()]
        types = compact_json(self.class_types)
        self._tables_tail = (
            b'"ride_types":%b,"class_types":%b,"browse_categories":%b,"fitness_disciplines":%b'
            % (
                types,
                types,
                compact_json(self.categories),
                compact_json(self.disciplines),
            )
        )

    def forget(self, class_id: str) -> None:
        """Drop what is cached of a class that was edited."""
        self._rows.pop(class_id, None)

    def page(self, request: Request) -> bytes:
        """The whole answer to a list request; raises ValueError where a parameter is no number."""
        limit = int(request.first("limit") or DEFAULT_LIMIT)
        page = int(request.first("page") or 0)
        if limit < 1 or page < 0:
            raise ValueError("limit and page")
        rows = self._selection(request)
        per_page = min(limit, ROWS_PER_PAGE_MAX)
        shown = rows[page * per_page : (page + 1) * per_page]
        page_count = math.ceil(len(rows) / limit)
        descending = (request.first("desc") or "true").lower() != "false"
        sort_by = request.first("sort_by") or "original_air_time"
        order = ("-" if descending else "") + (
            self._settings["list_order"] if sort_by == "original_air_time" else sort_by
        )
        head = {
            "page": page,
            "total": len(rows),
            "count": len(shown),
            "page_count": page_count,
            "show_previous": page > 0,
            "show_next": page + 1 < page_count,
            "sort_by": [order],
            "hide_explicit_rides": self._settings["hide_explicit_rides"],
            "hide_prenatal_rides": self._settings["hide_prenatal_rides"],
        }
        return b'{"data":[%b],%b,"instructors":[%b],%b}' % (
            b",".join(self._row(cls) for cls in shown),
            compact_json(head)[1:-1],
            b",".join(self._instructors[id_] for id_ in self._instructors_of(shown)),
            self._tables_tail,
        )

    def _row(self, cls: PelotonClass) -> bytes:
        if cls.id not in self._rows:
            self._rows[cls.id] = compact_json(self._payloads.list_row(cls))
        return self._rows[cls.id]

    def _instructors_of(self, shown: list[PelotonClass]) -> list[str]:
        """Ids of those who teach on this page, in order of appearance."""
        ids: dict[str, None] = {}
        for cls in shown:
            if cls.instructor is not None:
                ids[cls.instructor.id] = None
                ids.update(dict.fromkeys(cls.individual_instructor_ids))
        return list(ids)

    def _selection(self, request: Request) -> list[PelotonClass]:
        """The classes that pass the filters, in the order asked for."""
        q = request.query
        categories, disciplines = q.get("browse_category", []), q.get("fitness_discipline", [])
        durations = [int(text) for text in q.get("duration", [])]
        type_ids, instructor_ids = _ids(q.get("class_type_id", [])), _ids(q.get("instructor_id", []))
        formats = [name for text in q.get("content_format", []) for name in text.split(",")]
        hide_explicit, hide_prenatal = (
            self._settings["hide_explicit_rides"],
            self._settings["hide_prenatal_rides"],
        )

        def wanted(cls: PelotonClass) -> bool:
            return (
                (not categories or any(slug in cls.kind.listed_under for slug in categories))
                and (not disciplines or cls.kind.discipline in disciplines)
                and (not durations or cls.duration_s in durations)
                and (
                    not type_ids
                    or any(self._payloads.type_ids[key] in type_ids for key in cls.class_type_keys)
                )
                and (
                    not instructor_ids or (cls.instructor is not None and cls.instructor.id in instructor_ids)
                )
                and (not formats or ("audio" if cls.kind.is_outdoor else "video") in formats)
                and not (hide_explicit and cls.is_explicit)
                and not (hide_prenatal and cls.is_prenatal)
            )

        filters = (categories, disciplines, durations, sorted(type_ids), sorted(instructor_ids), formats)
        key = (str(filters), hide_explicit, hide_prenatal)
        rows = self._library.listed(key, wanted)
        sort_by = request.first("sort_by")
        if sort_by in SORTS and sort_by != "original_air_time":
            measure = SORTS[sort_by]
            rows = sorted(rows, key=lambda cls: measure(self._payloads.list_row(cls)), reverse=True)
        elif self._settings["list_order"] == "original_air_time":
            rows = sorted(rows, key=lambda cls: (cls.air_time_s, cls.number), reverse=True)
        return rows if (request.first("desc") or "true").lower() != "false" else rows[::-1]


def _ids(values: list[str]) -> set[str]:
    """Ids of a filter: plain, repeated, or the web site's JSON array in one value."""
    ids: set[str] = set()
    for value in values:
        ids.update(json.loads(value) if value.startswith("[") else [value])
    return ids
