"""Random lives of classes, landed and merged in any order: the tables say what a simple model says.

A hundred classes live side by side in one landing zone, so that a life costs some 20 ms; each is compared
alone, so a failure shows the one life that went wrong. The model knows only what was told and when.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from engine import build_tables
from landed import BEGAN, Told, Zone, a_ride, a_song
from observing import by_id, month_of_time, rows

from peloton_assets.pending import merge_pending, rebuild_all
from resources.landing import PART, landed_line
from resources.state import State

pytestmark = pytest.mark.promise("G3")

LIVES_A_ZONE = 100
CRAWLS = 6
DAY_S = 86_400
NEWEST_S = 1_718_000_000  # June 2024
MONTHS = tuple(f"2024-0{month}" for month in range(1, 7))
CATEGORIES = ("all", "cycling", "cycling_time_scenic")


@dataclass
class Life:
    """A class at the provider, and what was told of it so far."""

    ride_id: str
    row: dict[str, Any] | None = None  # None before it is created
    listed: bool = False
    hidden: bool = False  # its details answer 404
    playlist: int = 0
    events: list[str] = field(default_factory=list)
    sightings: list[tuple[datetime, dict[str, Any], str]] = field(default_factory=list)
    details: list[tuple[datetime, str, int]] = field(default_factory=list)  # moment, month, playlist

    @property
    def month(self) -> str:
        assert self.row
        return month_of_time(self.row["original_air_time"])

    def go_on(self, draw: Random) -> None:
        """One thing happens, or nothing."""
        if self.row is None:
            if draw.random() < 0.5:
                late = draw.random() < 0.3
                at = NEWEST_S - draw.randrange((150 if late else 40) * DAY_S)
                self.row = a_ride(id=self.ride_id, original_air_time=at, scheduled_start_time=at)
                self.listed = True
                self._note("created late" if late else "created")
            return
        match draw.choice(("edit", "edit", "move", "delete", "relist", "hide", "show", "music", "", "")):
            case "edit":
                self.row = {
                    **self.row,
                    "title": f"title {draw.random():.3f}",
                    "duration": draw.choice((600, 1800)),
                }
            case "move":
                at = NEWEST_S - draw.randrange(150 * DAY_S)
                self.row = {**self.row, "original_air_time": at, "scheduled_start_time": at}
            case "delete":
                self.listed = False
            case "relist":
                self.listed = True
            case "hide":
                self.hidden = True
            case "show":
                self.hidden = False
            case "music":
                self.playlist += 1
            case _:
                return
        self._note(
            f"{self.month} listed={self.listed} hidden={self.hidden} music={self.playlist} {self.row['title']}"
        )

    def _note(self, what: str) -> None:
        self.events.append(what)


@dataclass
class Waiting:
    """An answer that arrived and is landed later, perhaps after younger ones."""

    resource: str
    segment: str
    item: str
    payload: Any
    moment: datetime


class Lives:
    """Classes that live and are crawled in one data folder."""

    def __init__(self, folder: Path, draw: Random) -> None:
        self.zone, self.state, self.draw = Zone(folder), State(folder / "state"), draw
        self.lives = [Life(f"class {number}") for number in range(LIVES_A_ZONE)]
        self.walks: list[tuple[datetime, datetime]] = []
        self.waiting: list[Waiting] = []
        self.seconds = 0

    def now(self) -> datetime:
        self.seconds += 1
        return BEGAN + timedelta(seconds=self.seconds)

    def crawl(self) -> None:
        """Everything happens, then some months are read, or all of them by a clean full walk."""
        for life in self.lives:
            life.go_on(self.draw)
        is_walk = self.draw.random() < 0.3
        first = self.draw.randrange(len(MONTHS))
        window = MONTHS if is_walk else MONTHS[first : first + self.draw.randint(1, 4)]
        started = self.now()
        read = [life for life in self.lives if life.listed and life.month in window]
        self.draw.shuffle(read)
        for start in range(0, len(read), 20):
            self._see(read[max(0, start - self.draw.choice((0, 3))) : start + 20])  # rows shift between pages
        for life in read:
            is_new = life.month not in {month for _, month, _ in life.details}
            if not life.hidden and (is_new or self.draw.random() < 0.2):
                self._ask(life)
        if is_walk:
            self._record_walk(started)
        self._land_some()

    def _see(self, read: list[Life]) -> None:
        category, moment = self.draw.choice(CATEGORIES), self.now()
        rows = [life.row for life in read]
        page = {"data": rows, "total": len(rows), "page": 0, "instructors": [], "class_types": []}
        self.waiting.append(Waiting("ride_archived", "2026-11-01", category, page, moment))
        for life in read:
            assert life.row
            life.sightings.append((moment, life.row, category))

    def _ask(self, life: Life) -> None:
        songs = [a_song(title=f"{life.ride_id} {life.playlist}") for _ in range(life.playlist % 3)]
        answer = {"ride": {"id": life.ride_id}, "playlist": {"id": "p", "songs": songs}}
        moment = self.now()
        self.waiting.append(Waiting("ride_details", life.month, life.ride_id, answer, moment))
        life.details.append((moment, life.month, life.playlist))

    def _record_walk(self, started: datetime) -> None:
        ended = self.now()
        record = {"started_at": started.isoformat(), "ended_at": ended.isoformat(), "total": 0}
        self.waiting.append(Waiting("full_walks", "2026-11", "all", record, ended))
        self.walks.append((started, ended))

    def _land_some(self) -> None:
        """In any order; a killed run leaves open files, the last line torn."""
        self.draw.shuffle(self.waiting)
        keep = self.draw.choice((0, 0, len(self.waiting) // 3))
        now, self.waiting = self.waiting[keep:], self.waiting[:keep]
        together: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
        for answer in now:
            together[answer.resource, answer.segment].append(answer)
        is_killed = self.draw.random() < 0.3
        for (resource, segment), answers in together.items():
            lines = [landed_line(Told(json.dumps(a.payload), a.moment), a.item) for a in answers]
            folder = self.zone.landing.root / "peloton" / resource / segment
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f"{self.now():%Y%m%dT%H%M%S%f}-1-0{PART}"
            part.write_bytes(b"".join(lines) + (lines[0][:-9] if is_killed else b""))

    def merge(self) -> None:
        """What arrived is merged: what is new, or some pages again, or everything anew."""
        self.zone.landing.recover()
        match self.draw.choice(
            ("pending", "pending", "some pages", "anew", "lake lost", "not now", "not now")
        ):
            case "pending":
                merge_pending(self.zone.lake, self.zone.landing, self.state)
            case "some pages":
                pages = self.zone.landing.sealed("peloton", "ride_archived")
                self.zone.merge(*self.draw.sample(pages, len(pages) // 2))
            case "anew":
                rebuild_all(self.zone.lake, self.zone.landing, self.state)
            case "lake lost":
                for path in self.zone.lake.root.rglob("*.parquet"):
                    path.unlink()
                merge_pending(self.zone.lake, self.zone.landing, self.state)

    def finish(self) -> None:
        while self.waiting:
            self._land_some()
        self.zone.landing.recover()
        merge_pending(self.zone.lake, self.zone.landing, self.state)
        build_tables(self.zone.lake)


def model(life: Life, walks: list[tuple[datetime, datetime]]) -> dict[str, Any] | None:
    """What the tables must say of a class, from what was told of it and nothing else."""
    if not life.sightings:
        return None
    last, row, _ = max(life.sightings, key=lambda sighting: sighting[0])
    month = month_of_time(row["original_air_time"])
    details = max((each for each in life.details if each[1] == month), default=None)
    return {
        "title": row["title"],
        "duration_s": row["duration"],
        "original_air_time": datetime.fromtimestamp(row["original_air_time"], UTC),
        "air_month": f"{month}-01",
        "first_listed_at": min(life.sightings, key=lambda sighting: sighting[0])[0],
        "last_listed_at": last,
        "categories": sorted({"cycling", *(category for *_, category in life.sightings)} - {"all"}),
        "removed_at": min((ended for started, ended in walks if started > last), default=None),
        "details_fetched_at": details[0] if details else None,
        "songs": [f"{life.ride_id} {details[2]}"] * (details[2] % 3) if details else [],
        "has_playlist": details is not None,
    }


def found(lives: Lives) -> dict[str, dict[str, Any]]:
    """What the tables say, in the same words."""
    lake, songs = lives.zone.lake, defaultdict(list)
    for song in rows(lake, "peloton.songs"):
        songs[song["ride_id"]].append(song["title"])
    playlists = by_id(lake, "peloton.playlists")
    return {
        ride: {
            **{name: value for name, value in row.items() if name in FIELDS},
            "air_month": str(row["air_month"]),
            "songs": songs[ride],
            "has_playlist": ride in playlists,
        }
        for ride, row in by_id(lake, "peloton.rides").items()
    }


FIELDS = {
    "title", "duration_s", "original_air_time", "first_listed_at", "last_listed_at", "categories", "removed_at",
    "details_fetched_at",
}  # fmt: skip


def test_lives_in_any_order_end_as_the_model_says(
    tmp_path: Path, draw: Random, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    zones = size(P=2, N=100)
    for number in range(zones):
        lives = Lives(tmp_path / str(number), Random(draw.random()))
        for _ in range(CRAWLS):
            lives.crawl()
            lives.merge()
        lives.finish()
        tables = found(lives)
        for life in lives.lives:
            assert tables.pop(life.ride_id, None) == model(life, lives.walks), life.events
        assert not tables, "classes that nobody ever told of"
        for table in ("peloton.rides", "peloton.playlists"):
            assert len(by_id(lives.zone.lake, table)) == len(rows(lives.zone.lake, table)), (
                "one is there twice"
            )
        before = found(lives)
        rebuild_all(lives.zone.lake, lives.zone.landing, lives.state)
        assert found(lives) == before
    figure(f"{zones * LIVES_A_ZONE:,} histories equal the model")
