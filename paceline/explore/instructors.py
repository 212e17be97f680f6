"""Instructors and their music."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from paceline.explore.charts import Group, columns
from paceline.explore.reader import Reader
from paceline.explore.render import render
from paceline.explore.typed import whole_number

TABLES = ("peloton.instructors", "peloton.rides", "peloton.songs", "peloton.song_artists", "peloton.tracks")


def show_all(request: Request, db: Reader) -> Response:
    """`/instructors`"""
    db.require(*TABLES)
    return render(request, "instructors.html", instructors=db.rows("instructors"))


def show(request: Request, db: Reader) -> Response:
    """`/instructors/<instructor_id>`; `?year=` narrows it."""
    db.require(*TABLES, "peloton.playlists")
    instructor_id, year = request.path_params["instructor_id"], whole_number(request, "year", 1900, 9999)
    instructor = db.row("instructor", instructor_id=instructor_id)
    if instructor is None:
        raise HTTPException(404, "The warehouse knows no such instructor")
    years = db.rows("instructor_years", instructor_id=instructor_id)
    chart = columns(
        [
            Group(str(row["year"]), {"classes": row["classes"], "plays": row["plays"]}, _link(row["year"]))
            for row in years
        ],
        {"classes": "classes", "plays": "plays of songs"},
        f"Classes and plays of songs of {instructor['name']} by year",
    )
    narrowed = {"instructor_id": instructor_id, "year": year}
    return render(
        request, "instructor.html", instructor=instructor, year=year, years=years, by_year=chart,
        tracks=db.rows("instructor_tracks", **narrowed),
        artists=db.rows("instructor_artists", **narrowed),
        classes=db.rows("instructor_classes", **narrowed),
    )  # fmt: skip


def _link(year: int) -> dict[str, str]:
    return dict.fromkeys(("classes", "plays"), f"?year={year}")
