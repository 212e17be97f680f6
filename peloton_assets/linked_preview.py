"""A few rows of tables, as Markdown whose links lead to the pages of classes, instructors and songs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from peloton_assets.transform import connect, show_stored, statement
from resources.lake import Lake
from resources.links import class_page, instructor_page, link, markdown_table, song_page, words

NO_ROWS = "no rows"
NEWEST_MONTHS = 12  # are looked at; a range may be the whole library


def classes(lake: Lake, months: Sequence[str]) -> str:
    """The newest classes of some months; who leads them links to the songs they play."""
    return markdown(
        ("class", "instructor, and their songs", "aired (UTC)", "minutes"),
        [
            [
                link(title or ride_id, class_page(ride_id)),
                _instructor(instructor_id, name),
                words(_moment(aired)),
                words(duration_s // 60 if duration_s else None),
            ]
            for ride_id, title, instructor_id, name, aired, duration_s in rows(
                lake, "preview.classes", months
            )
        ],
    )


def songs(lake: Lake, months: Sequence[str]) -> str:
    """Songs of the newest class of some months."""
    return markdown(
        ("song", "artists", "starts at", "class", "instructor, and their songs"),
        [
            [
                link(title, song_page(title, artists)) if title else "",
                words(", ".join(artists)),
                words(f"{start_s // 60}:{start_s % 60:02}" if start_s is not None else None),
                link(class_title or ride_id, class_page(ride_id)),
                _instructor(instructor_id, name),
            ]
            for title, artists, start_s, ride_id, class_title, instructor_id, name in rows(
                lake, "preview.songs", months
            )
        ],
    )


def instructors(lake: Lake) -> str:
    """Who teaches the most, with links to their songs."""
    return markdown(
        ("instructor, and their songs", "classes", "newest (UTC)"),
        [
            [_instructor(instructor_id, name), words(count), words(_moment(newest))]
            for instructor_id, name, count, newest in rows(lake, "preview.instructors")
        ],
    )


def rows(lake: Lake, name: str, months: Sequence[str] | None = None) -> list[tuple[Any, ...]]:
    """The rows of one of the queries of sql/preview, over some months of what has months."""
    with connect() as connection:
        show_stored(connection, lake, "peloton.instructors")
        for table in ("peloton.rides", "peloton.songs"):
            show_stored(connection, lake, table, months[-NEWEST_MONTHS:] if months else None)
        return connection.execute(statement(name)).fetchall()


def markdown(columns: tuple[str, ...], cells: list[list[str]]) -> str:
    """A table, or a word for none."""
    return markdown_table(columns, cells) if cells else NO_ROWS


def _instructor(instructor_id: str | None, name: str | None) -> str:
    return link(name or "unnamed", instructor_page(instructor_id)) if instructor_id else ""


def _moment(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else None
