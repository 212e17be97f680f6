"""Races tonight in the reader's zone, and as a calendar file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import available_timezones

from starlette.requests import Request
from starlette.responses import Response

from paceline import race_words as words
from paceline.calendar_file import calendar as calendar_file
from paceline.explore.reader import NotYet, Reader, Row
from paceline.explore.render import render, zone_of
from paceline.explore.typed import text, whole_number
from paceline.races import chosen, entry, starts
from resources.errors import StorageProblem

HOURS, MOST_HOURS, MOST_STARTS, MOST_IN_CALENDAR = 12, 24 * 14, 300, 20_000
LICENSES = ("R", "D", "C", "B", "A", "Pro")
TABLES = ("iracing.seasons", "iracing.events", "iracing.time_slots", "iracing.tracks", "iracing.series")


def show(request: Request, db: Reader) -> Response:
    """`/races`; all filters of `paceline races`."""
    hours, filters, found, all_starts = _found(request, db, MOST_STARTS)
    zone = zone_of(request)
    days = [
        (day, list(of_day))
        for day, of_day in groupby(found, lambda row: row["starts_at"].astimezone(zone).date())
    ]
    return render(
        request, "races.html", hours=hours, filters=filters, days=days, shown=len(found), all_starts=all_starts,
        licenses=LICENSES, license_names=words.LICENSES, track=words.track, length=words.length, cars=words.cars,
        zones=sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        categories=db.rows("race_categories"),
    )  # fmt: skip


def calendar(request: Request, db: Reader) -> Response:
    """`/races.ics`: the same starts for a calendar program."""
    _, _, found, _ = _found(request, db, MOST_IN_CALENDAR)
    content = calendar_file(map(entry, found), "iRacing", datetime.now(UTC))
    return Response(
        content,
        media_type="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="races.ics"'},
    )


def _found(request: Request, db: Reader, most: int) -> tuple[int, Row, list[Row], int]:
    db.require(*TABLES)
    hours = whole_number(request, "hours", 1, MOST_HOURS) or HOURS
    filters: Row = {name: text(request, name) for name in ("series", "license", "category", "track", "car")}
    official = text(request, "official") is not None
    groups = list(words.license_groups(filters["license"])) if filters["license"] else None
    begin = datetime.now(UTC)
    try:
        with chosen(
            request.app.state.warehouse, {**filters, "license": groups, "official": official}
        ) as connection:
            found, all_starts = starts(connection, begin, begin + timedelta(hours=hours), most)
    except StorageProblem as error:
        raise NotYet(error.what, "paceline sync iracing") from error
    return hours, {**filters, "official": "1" if official else None}, found, all_starts
