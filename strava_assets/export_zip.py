"""Strava's bulk export, read one activity after the other: its row, and the series of its track file.

The other door, outside of the API and of its rules. What cannot be read is told and left out, and the rest goes on;
one track file at a time is in memory.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resources.body import Unreadable
from resources.errors import UsageProblem
from resources.redact import one_line
from strava_assets.export_archive import AGAIN, Export, open_export
from strava_assets.export_csv import FILE, read_rows
from strava_assets.track_files import read_track

SHOWN_NAME_CHARS = 80


@dataclass(frozen=True)
class ExportedActivity:
    """An activity; `payload` has the API's keys and SI units, and `streams` where a track file gave some."""

    activity_id: str
    payload: dict[str, Any]


def read_export(path: Path, on_problem: Callable[[str, str], None]) -> Iterator[ExportedActivity]:
    """The activities of a ZIP or of the folder it was unpacked into; `on_problem(file, reason)` hears of the rest.

    Raises UsageProblem at the first step when it is no export, StorageProblem when the disk fails.
    """
    with open_export(path) as export:
        try:
            with (
                export.open(FILE) as table,
                io.TextIOWrapper(table, encoding="utf-8-sig", newline="") as lines,
            ):
                used: set[str] = set()
                for activity in read_rows(lines, on_problem):
                    _add_streams(activity, export, used, on_problem)
                    yield ExportedActivity(str(activity["id"]), activity)
        except Unreadable as why:
            raise UsageProblem(f"activities.csv cannot be read: {why}", AGAIN) from None


def _add_streams(
    activity: dict[str, Any], export: Export, used: set[str], on_problem: Callable[[str, str], None]
) -> None:
    """Put the series of the activity's file into it. A file belongs to one activity."""
    name = activity.get("filename")
    if name is None:
        return
    try:
        if name in used:
            raise Unreadable("another activity has named it before")
        used.add(name)
        kind, streams = read_track(export, name)
    except Unreadable as why:
        on_problem(one_line(name, SHOWN_NAME_CHARS), str(why))
        return
    if streams:
        activity |= {"streams": streams, "streams_source": kind}
