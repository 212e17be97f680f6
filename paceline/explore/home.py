"""The first page: what the warehouse holds, and where to look."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from paceline.explore.reader import COMMANDS, Reader
from paceline.explore.render import render

# What a person calls the rows of a table, and where to look at them.
_SHOWN = (
    ("peloton.rides", "classes", "/library"),
    ("peloton.tracks", "different songs", "/songs"),
    ("peloton.songs", "times a song plays", "/songs"),
    ("peloton.instructors", "instructors", "/instructors"),
    ("peloton.workouts", "workouts", "/training"),
    ("strava.activities", "activities", "/training"),
    ("iracing.events", "race weeks", "/races"),
)
_SOURCES = ("peloton.rides", "peloton.workouts", "iracing.events", "strava.activities")


def show(request: Request, db: Reader) -> Response:
    """`/`"""
    facts = [(db.tables[table]["rows"], noun, href) for table, noun, href in _SHOWN if db.has(table)]
    missing = [table for table in _SOURCES if not db.has(table) or not db.tables[table]["rows"]]
    commands = list(dict.fromkeys(COMMANDS.get(table) or COMMANDS[table.split(".")[0]] for table in missing))
    return render(request, "home.html", facts=[fact for fact in facts if fact[0]], commands=commands)
