"""All tables: what they mean, their first rows, and the whole of each as a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from paceline.explore.files import download
from paceline.explore.reader import Reader
from paceline.explore.render import render
from paceline.exports import Format
from paceline.safe_query import Limits, ask, save

FIRST_ROWS = Limits(rows=50)


def show_all(request: Request, db: Reader) -> Response:
    """`/tables`"""
    return render(request, "tables.html", tables=db.tables.values())


def show(request: Request, db: Reader) -> Response:
    """`/tables/<schema.table>`, or with `.csv` or `.parquet` at its end the whole table."""
    asked = request.path_params["table"]
    for format_ in Format:
        name = asked.removesuffix(f".{format_}")
        if name != asked and name in db.tables:
            write = partial(save, _file(request), f"FROM {name}", format_=format_)
            return download(request, name, format_, write)
    if asked not in db.tables:
        raise HTTPException(404, "The warehouse has no such table")
    return render(
        request, "table.html", table=db.tables[asked], columns=db.rows("columns", table=asked),
        answer=ask(_file(request), f"FROM {asked}", FIRST_ROWS),
    )  # fmt: skip


def _file(request: Request) -> Path:
    path: Path = request.app.state.warehouse
    return path
