"""The pages and their addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from paceline.explore import (
    classes,
    health,
    home,
    instructors,
    library,
    queries,
    races,
    songs,
    tables,
    training,
)
from paceline.explore.guard import Guard
from paceline.explore.reader import NotYet, Reader, reading
from paceline.explore.render import FOLDER, render
from resources.errors import PacelineError, StorageProblem, UsageProblem

OTHER_VERSION = StorageProblem(
    "The warehouse was built by another version of Paceline",
    "Run `paceline rebuild`, which makes no request.",
)
Page = Callable[[Request, Reader], Response]


def make_app(warehouse: Path, host: str = "127.0.0.1") -> ASGIApp:
    """The web app over one published warehouse, which need not be there yet."""
    app = Starlette(
        routes=[
            _route("/", home.show),
            _route("/songs", songs.show),
            _route("/songs.{format}", songs.export),
            _route("/classes/{ride_id:path}", classes.show),
            _route("/instructors", instructors.show_all),
            _route("/instructors/{instructor_id:path}", instructors.show),
            _route("/library", library.show),
            _route("/training", training.show),
            _route("/training/music", training.show_music),
            _route("/races", races.show),
            _route("/races.ics", races.calendar),
            _route("/health", health.show),
            _route("/tables", tables.show_all),
            _route("/tables/{table}", tables.show),
            _route("/query", queries.show),
            _route("/query.{format}", queries.export),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ],
        exception_handlers={
            NotYet: _not_yet,
            PacelineError: _problem,
            HTTPException: _no_page,
            duckdb.BinderException: _other_version,
            duckdb.CatalogException: _other_version,
        },
    )
    app.router.redirect_slashes = False
    app.state.warehouse = warehouse
    return Guard(app, host)


def _route(path: str, page: Page) -> Route:
    def endpoint(request: Request) -> Response:
        with reading(request.app.state.warehouse) as db:
            return page(request, db)

    return Route(path, endpoint)


def _not_yet(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotYet)  # noqa: S101 (Starlette's type is wider than its table of handlers)
    return render(request, "not_yet.html", error=error)


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, PacelineError)  # noqa: S101 (the same)
    status = 400 if isinstance(error, UsageProblem) else 503
    return render(request, "problem.html", status, what=error.what, next_step=error.next_step)


def _other_version(request: Request, _: Exception) -> Response:
    return _problem(request, OTHER_VERSION)


def _no_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (the same)
    what = (
        str(error.detail)
        if error.status_code != 404 or error.detail != "Not Found"
        else "There is no such page"
    )
    return render(
        request, "problem.html", error.status_code, what=what, next_step="The menu leads to all pages."
    )
