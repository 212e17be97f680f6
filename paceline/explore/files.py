"""Rows as a file to download."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from paceline.explore.guard import is_own
from paceline.exports import MEDIA_TYPES, Format


def format_of(request: Request) -> Format:
    """The format that the address ends with."""
    try:
        return Format(request.path_params["format"])
    except ValueError as error:
        raise HTTPException(404) from error


def download(request: Request, name: str, format_: Format, write: Callable[[Path], None]) -> Response:
    """What `write` writes, as a file of this name. Only for who asks from these pages: it may be work."""
    if not is_own(request.headers):
        raise HTTPException(403, "Another site may not start a download")
    with tempfile.NamedTemporaryFile(prefix="paceline-", suffix=f".{format_}", delete=False) as file:
        path = Path(file.name)
    try:
        write(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[format_],
        filename=f"{name}.{format_}",
        background=BackgroundTask(path.unlink, missing_ok=True),
    )
