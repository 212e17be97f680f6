"""A calendar file of race starts (iCalendar, RFC 5545), as calendar programs subscribe to or import.

A start keeps its UID however often the file is written, so that a program replaces what it has and never shows a
race twice. DTSTAMP is the beginning of the day on which the file is written: the same calendar gives the same
bytes all day, and a newer one counts as newer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import icalendar

from paceline.show import inert
from resources.files import replacing

PRODUCT = "-//Paceline//Race starts//EN"
DOMAIN = "iracing.paceline"


@dataclass(frozen=True)
class Entry:
    """One start; `details` are lines, and all texts may be anything that a provider says."""

    season_id: int
    race_week_num: int
    starts_at: datetime
    ends_at: datetime | None
    summary: str
    location: str
    details: tuple[str, ...] = ()

    @property
    def uid(self) -> str:
        """The same for the same start of the same week of a season, for ever."""
        at = self.starts_at.astimezone(UTC)
        return f"{self.season_id}-{self.race_week_num}-{at:%Y%m%dT%H%M%SZ}@{DOMAIN}"


def calendar(entries: Iterable[Entry], name: str, written_at: datetime) -> bytes:
    """The content of a calendar file."""
    made = icalendar.Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("x-wr-calname", inert(name))
    stamp = datetime.combine(written_at.astimezone(UTC).date(), time(), UTC)
    for entry in entries:
        made.add_component(_event(entry, stamp))
    return bytes(made.to_ical())


def write_calendar(path: Path, entries: Iterable[Entry], name: str, written_at: datetime) -> None:
    """Write the file, in one step for whoever reads it. Raises StorageProblem when the disk fails."""
    content = calendar(entries, name, written_at)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _event(entry: Entry, stamp: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", stamp)
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    if entry.ends_at and entry.ends_at > entry.starts_at:
        event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", inert(entry.summary))
    event.add("location", inert(entry.location))
    event.add("description", "\n".join(map(inert, entry.details)))
    return event
