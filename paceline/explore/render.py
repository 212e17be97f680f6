"""Pages from templates. Every value is escaped, and control characters are shown as signs that say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from paceline.race_words import zone_named
from paceline.songs import clock
from resources.errors import UsageProblem

FOLDER = Path(__file__).parent
NAVIGATION = (
    ("/songs", "Songs"),
    ("/instructors", "Instructors"),
    ("/library", "Time machine"),
    ("/training", "My training"),
    ("/races", "Races"),
    ("/health", "Health"),
    ("/query", "SQL"),
    ("/tables", "Tables"),
)
_CONTROLS = dict.fromkeys(
    [*range(9), *range(11, 32), *range(127, 160), 0x2028, 0x2029], "\N{REPLACEMENT CHARACTER}"
)
PELOTON_CLASS = "https://members.onepeloton.com/classes/{}?modal=classDetailsModal&classId={}"
STRAVA_ACTIVITY = "https://www.strava.com/activities/{}"


def render(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page; `request`, the zone and the navigation are there in every template."""
    text = _ENVIRONMENT.get_template(template).render(
        request=request, navigation=NAVIGATION, zone=zone_of(request), **values
    )
    return HTMLResponse(text, status)


def zone_of(request: Request) -> ZoneInfo:
    """The zone that was asked for, else that of the browser, which its script keeps in a cookie, else UTC."""
    for typed in (request.query_params.get("tz"), request.cookies.get("zone")):
        if typed:
            try:
                return zone_named(typed)
            except UsageProblem:
                continue
    return ZoneInfo("UTC")


def _plain(value: object) -> object:
    return value.translate(_CONTROLS) if isinstance(value, str) else "" if value is None else value


def _segment(value: object) -> str:
    """An id as one part of a path."""
    return quote(str(value), safe="")


def _query(values: dict[str, object]) -> str:
    return urlencode([(name, value) for name, value in values.items() if value not in (None, "", False)])


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _day(value: date | None) -> str:
    return "–" if value is None else f"{value:%Y-%m-%d}"


@jinja2.pass_context
def _when(context: jinja2.runtime.Context, value: datetime | None, form: str = "%a %d %b %Y, %H:%M") -> str:
    """A moment in the reader's zone; one without a zone is on a wall clock already."""
    if value is None:
        return "–"
    return f"{value.astimezone(context['zone']) if value.tzinfo else value:{form}}"


def _minutes(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds / 60:,.0f} min"


def _words(value: str | None) -> str:
    """A provider's slug as a person reads it."""
    return (value or "–").replace("_", " ")


def _names(values: Sequence[str] | None) -> str:
    return ", ".join(values or ())


def _peloton_class(ride: dict[str, Any]) -> str:
    return PELOTON_CLASS.format(_segment(ride["fitness_discipline"] or "cycling"), _segment(ride["ride_id"]))


def _strava_activity(activity_id: int) -> str:
    return STRAVA_ACTIVITY.format(activity_id)


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    finalize=_plain,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(
    clock=clock, day=_day, minutes=_minutes, names=_names, number=_number, peloton_class=_peloton_class, query=_query,
    segment=_segment, strava_activity=_strava_activity, when=_when, words=_words,
)  # fmt: skip
_ENVIRONMENT.globals["now"] = lambda: datetime.now(UTC)
