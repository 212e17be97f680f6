"""Brings the activities of a bulk export into the landing zone; one that the API told of too stays one row."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from resources.landed import show_landed
from resources.landing import SegmentWriter, landed_line
from resources.workspace import Progress, now
from strava_assets.export_zip import read_export
from strava_assets.items import Record
from strava_assets.transform import SOURCE, connect
from strava_assets.workspace import Workspace

EXPORTED = "export_activities"


@dataclass
class Imported:
    """How many activities of an export are new, and how many were there already as they are."""

    new: int = 0
    known: int = 0


def land_export(work: Workspace, path: Path, on_problem: Callable[[str, str], None]) -> Imported:
    """Land what differs from what an export brought before, and merge it."""
    known, result = _known(work), Imported()
    writers: dict[str, SegmentWriter] = {}
    try:
        for place, one in enumerate(read_export(path, on_problem), 1):
            text = json.dumps(one.payload, ensure_ascii=False)
            record = Record(f"file:{path.name}", now(), text)
            mark = (one.activity_id, _sha256(record))
            work.on_progress(Progress("export", place, None, "activities"))
            if mark in known:
                result.known += 1
                continue
            known.add(mark)
            result.new += 1
            month = str(one.payload["start_date"])[:7]
            if month not in writers:
                writers[month] = work.landing.writer(SOURCE, EXPORTED, month)
            writers[month].write(record, one.activity_id)
    finally:
        for writer in writers.values():
            writer.seal()
        work.merge()
    return result


def _known(work: Workspace) -> set[tuple[str, str]]:
    with connect() as connection:
        show_landed(connection, work.landing.sealed(SOURCE, EXPORTED))
        return {(row[0], row[1]) for row in connection.execute("SELECT item, sha256 FROM landed").fetchall()}


def _sha256(record: Record) -> str:
    return str(json.loads(landed_line(record, ""))["sha256"])
