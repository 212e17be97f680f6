"""One class: its playlist with start times, and what it did to who took it."""

from __future__ import annotations

from itertools import pairwise

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from paceline.explore.charts import Chart, curve
from paceline.explore.reader import Reader, Row
from paceline.explore.render import render


def show(request: Request, db: Reader) -> Response:
    """`/classes/<ride_id>`; `?at=<second>` marks the song that starts there."""
    db.require("peloton.rides", "peloton.instructors", "peloton.class_types")
    ride = db.row("class", ride_id=request.path_params["ride_id"])
    if ride is None:
        raise HTTPException(404, "The warehouse knows no such class")
    has_songs = db.has("peloton.songs", "peloton.tracks")
    songs = db.rows("class_songs", ride_id=ride["ride_id"]) if has_songs else []
    workouts = (
        db.rows("class_workouts", ride_id=ride["ride_id"]) if db.has("peloton.workout_overview") else []
    )
    return render(
        request, "class.html", ride=ride, songs=songs, workouts=workouts,
        marked=request.query_params.get("at"), output=_output(db, ride, songs, workouts),
    )  # fmt: skip


def _output(db: Reader, ride: Row, songs: list[Row], workouts: list[Row]) -> Chart | None:
    """Output of the newest workout over the songs."""
    if not workouts or not db.has("peloton.workout_samples"):
        return None
    found = db.rows("class_output", workout_id=workouts[0]["workout_id"])
    if len(found) < 2:
        return None
    points = [(row["second"], row["output"]) for row in found]
    end = points[-1][0]
    starts = [(song["start_offset_s"], song["title"]) for song in songs if song["start_offset_s"] is not None]
    ends = [*starts, (end, "")]
    bands = [
        (begin, min(until, end), title or "") for (begin, title), (until, _) in pairwise(ends) if begin < end
    ]
    return curve(points, bands, end, f"Watts over the time of the video of {ride['title']}, with its songs")
