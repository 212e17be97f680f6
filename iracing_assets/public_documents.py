"""Documents of iRacing that lie in a folder: what each is tells its content, and when it was true as well.

The other door, without sign-in: client ids are hard to get. Surprising: a file says nowhere when it was fetched, and
the time of a file is that of its copy. So a document counts as seen at the latest past moment that it names itself (a
season's start, a car's creation), which keeps older ones from hiding newer ones; what names none is the oldest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iracing_assets.documents import note_drift
from iracing_assets.staging import RESOURCES, SOURCE
from iracing_assets.transform import connect
from iracing_assets.workspace import Workspace
from resources.body import Unreadable, parse_text
from resources.errors import UsageProblem
from resources.files import storage_errors
from resources.landed import show_landed
from resources.landing import landed_line
from resources.workspace import now

MOST_BYTES = 128 * 2**20
SUFFIX = ".json"
QUARTER_MONTHS = 3
UNDATED = datetime(
    2008, 1, 1, tzinfo=UTC
)  # before all that says when it was: a sync, or a dated document, wins
MOMENTS = ("start_date", "created", "first_sale")


@dataclass(frozen=True)
class Document:
    """One file that is a document we read; `Landable`."""

    path: Path
    resource: str
    url: str
    text: str
    payload: Any
    fetched_at: datetime
    status: int = 200


@dataclass
class Found:
    """What lies in a folder. `unused` are files and why nothing was made of them."""

    documents: list[Document]
    unused: list[tuple[str, str]]


def find_documents(root: Path, as_of: datetime | None = None) -> Found:
    """All documents below a folder, or the one in a file, oldest first; UsageProblem when there is no such place."""
    with storage_errors(root):
        if not root.exists():
            raise UsageProblem(
                f"There is no folder {str(root)!r}", "Give a folder of JSON documents, or a file."
            )
        paths = sorted(root.rglob(f"*{SUFFIX}")) if root.is_dir() else [root]
    found = Found([], [])
    for path in paths:
        name = path.relative_to(root).as_posix() if root.is_dir() else path.name
        try:
            found.documents.append(read_document(path, name, as_of))
        except Unreadable as why:
            found.unused.append((name, str(why)))
    found.documents.sort(key=lambda document: (document.fetched_at, document.url))
    return found


def read_document(path: Path, name: str, as_of: datetime | None = None) -> Document:
    """The document in a file; raises Unreadable when it is none that we know."""
    with storage_errors(path):
        if not path.is_file() or path.is_symlink():
            raise Unreadable("no plain file")
        if path.stat().st_size > MOST_BYTES:
            raise Unreadable(f"larger than {MOST_BYTES >> 20} MB")
        content = path.read_bytes()
        copied_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    text, payload = parse_text(content)
    resource = identify(payload)
    if resource is None:
        raise Unreadable("not a document of catalogue, seasons or schedules")
    undated = UNDATED + (copied_at - datetime.fromtimestamp(0, UTC)) / 1000  # in the order of their files
    seen_at = as_of or max(moments_of(payload), default=undated)
    return Document(path, resource, f"file:{name}", text, payload, min(seen_at, now()))


def identify(payload: Any) -> str | None:
    """Which document this is, as its folder in the landing zone is called; None when it is none that we read."""
    if isinstance(payload, list):
        first = next((row for row in payload if isinstance(row, dict)), {})
        return _first_match(
            first,
            series_seasons={"season_id", "schedules"},
            carclass_get={"car_class_id", "cars_in_class"},
            car_get={"car_id", "car_name"},
            track_get={"track_id", "track_name", "package_id"},
            series_stats_series={"series_id", "seasons"},
            series_get={"series_id", "series_name", "allowed_licenses"},
        )
    if not isinstance(payload, dict):
        return None
    if isinstance(series := payload.get("series"), dict) and isinstance(series.get("seasons"), list):
        return "series_past_seasons"
    if isinstance(payload.get("schedules"), list) and "season_id" in payload:
        return "series_season_schedule"
    if isinstance(seasons := payload.get("seasons"), list):
        first = next((row for row in seasons if isinstance(row, dict)), {})
        return _first_match(
            first, series_season_list={"season_id", "current_week_sched"}, season_list={"season_id"}
        )
    if payload and all(name.isdigit() for name in payload):
        first = next(iter(payload.values()))
        return _first_match(
            first if isinstance(first, dict) else {},
            track_assets={"track_id", "track_map"},
            car_assets={"car_id", "detail_copy"},
            series_assets={"series_id", "series_copy"},
        )
    return None


def _first_match(row: dict[str, Any], **resources: set[str]) -> str | None:
    return next((name for name, keys in resources.items() if keys <= row.keys()), None)


def moments_of(payload: Any) -> Iterator[datetime]:
    """Moments of the past that a document names as such: it cannot be older than the latest of them."""
    if isinstance(payload, dict) and isinstance(weeks := payload.get("schedules"), list):
        starts = [str(week.get("start_date")) for week in weeks if isinstance(week, dict)]
        yield from _past(min(starts, default=None))
    for row in _rows(payload):
        for name in MOMENTS:
            yield from _past(row.get(name))
        first = row["first_season"] if isinstance(row.get("first_season"), dict) else row
        year, quarter = first.get("season_year"), first.get("season_quarter")
        if isinstance(year, int) and isinstance(quarter, int) and 2000 < year < 2100 and 1 <= quarter <= 4:
            # A season begins in the last month before its quarter.
            month = (quarter - 1) * QUARTER_MONTHS
            yield from _past(f"{year if month else year - 1}-{month or 12:02}-15")


def _rows(payload: Any) -> Iterator[dict[str, Any]]:
    """The objects of a document that name moments of its past: its rows and seasons, not weeks, which are plans."""
    if isinstance(payload, list):
        for row in payload:
            yield from _rows(row)
    elif isinstance(payload, dict):
        yield payload
        for name in ("series", "seasons"):
            yield from _rows(payload.get(name))


def _past(text: Any) -> Iterator[datetime]:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= now():
        yield moment


@dataclass(frozen=True)
class Imported:
    """How many documents were taken in, and how many were there already."""

    new: int
    known: int


def land_documents(work: Workspace, documents: list[Document]) -> Imported:
    """Land those that were not landed before, and merge them. Nothing is doubled however often this is done."""
    known = _known(work)
    new = 0
    for document in documents:
        mark = (document.resource, _sha256(document))
        if mark in known:
            continue
        known.add(mark)
        with work.landing.writer(SOURCE, document.resource, f"{document.fetched_at:%Y-%m}") as writer:
            writer.write(document, document.url.removeprefix("file:"))
        note_drift(work, document.resource, document.payload)
        new += 1
    work.merge()
    return Imported(new, len(documents) - new)


def _sha256(document: Document) -> str:
    return str(json.loads(landed_line(document, ""))["sha256"])


def _known(work: Workspace) -> set[tuple[str, str]]:
    """Resource and hash of every document that came from a file."""
    known = set()
    with connect() as connection:
        for resource in RESOURCES:
            show_landed(connection, work.landing.sealed(SOURCE, resource))
            rows = connection.execute("SELECT DISTINCT sha256 FROM landed WHERE url LIKE 'file:%'").fetchall()
            known |= {(resource, sha256) for (sha256,) in rows}
    return known
