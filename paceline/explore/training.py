"""My training: Peloton's workouts and Strava's activities side by side, and output against music."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from paceline.explore.charts import Group, columns
from paceline.explore.reader import NotYet, Reader, Row
from paceline.explore.render import render
from paceline.explore.typed import one_of, text, whole_number

WEEKS, MOST_WEEKS = 26, 520
MEASURES = {  # its word, unit and digits
    "hours": ("hours", " h", 1),
    "output_kj": ("output", " kJ", 0),
    "km": ("distance", " km", 0),
    "count": ("number", "", 0),
}
KINDS = {"workouts": "Peloton workouts", "activities": "Strava activities"}
WORKOUTS = ("peloton.workouts", "peloton.workout_summaries")
MUSIC = (
    "peloton.workout_samples",
    "peloton.workouts",
    "peloton.rides",
    "peloton.songs",
    "peloton.song_artists",
)
LEAST_WORKOUTS = 2


def show(request: Request, db: Reader) -> Response:
    """`/training`"""
    if not db.has(*WORKOUTS) and not db.has("strava.activities"):
        raise NotYet("No workouts and no activities are here yet", "paceline sync workouts")
    weeks = whole_number(request, "weeks", 1, MOST_WEEKS) or WEEKS
    measure, who = one_of(request, "measure", MEASURES, "hours"), text(request, "who")
    rows = _weeks(db, weeks, who)
    _, unit, digits = MEASURES[measure]
    chart = columns(
        [
            Group(f"{week:%d %b %y}", {kind: told[kind][measure] or 0 for kind in told})
            for week, told in rows.items()
        ],
        KINDS,
        f"Peloton workouts and Strava activities by week: {MEASURES[measure][0]}",
        unit,
        digits,
    )
    return render(
        request, "training.html", by_week=chart, weeks=weeks, measure=measure, measures=MEASURES, who=who,
        rows=dict(reversed(rows.items())),
        members=db.rows("training_members") if db.has("peloton.workouts") else [],
        workouts=db.rows("latest_workouts", who=who) if db.has("peloton.workout_overview") else [],
        activities=db.rows("latest_activities") if db.has("strava.activities") else [],
        has={"workouts": db.has(*WORKOUTS), "activities": db.has("strava.activities")},
    )  # fmt: skip


def show_music(request: Request, db: Reader) -> Response:
    """`/training/music`: songs and artists by how much more or less a person works while they play."""
    db.require(*MUSIC)
    by, who = one_of(request, "by", ("track", "artist"), "artist"), text(request, "who")
    least = whole_number(request, "least", 1, 1_000) or LEAST_WORKOUTS
    found = db.rows("music_lift", by=by, who=who, least=least)
    widest = max((abs(row["lift"]) for row in found), default=1) or 1
    return render(
        request, "music.html", by=by, who=who, least=least, found=found, widest=widest,
        members=db.rows("training_members"),
    )  # fmt: skip


def _weeks(db: Reader, weeks: int, who: str | None) -> dict[date, dict[str, Row]]:
    """The newest weeks, without a gap, oldest first."""
    empty: dict[str, Any] = {"count": 0, "hours": 0, "output_kj": None, "km": None}
    found = {
        "workouts": db.rows("training_workouts", weeks=weeks, who=who) if db.has(*WORKOUTS) else [],
        "activities": db.rows("training_activities", weeks=weeks) if db.has("strava.activities") else [],
    }
    by_week = {kind: {row["week"]: row for row in rows} for kind, rows in found.items()}
    known = [week for rows in by_week.values() for week in rows]
    if not known:
        return {}
    newest = max(known)
    shown = [newest - timedelta(weeks=back) for back in reversed(range(weeks))]
    oldest = min(known)
    return {
        week: {kind: by_week[kind].get(week, empty) for kind in KINDS} for week in shown if week >= oldest
    }
