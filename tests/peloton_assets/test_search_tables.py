"""The search tables grow by months: after any history they are those of a build that knew nothing before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from engine import build_tables
from landed import Zone, a_ride, a_song
from observing import rows
from obstore.store import MemoryStore

from peloton_assets import transform
from peloton_assets.pending import merge_pending
from peloton_assets.search_tables import RIDE_PLAYS, TRACKS, build_search_tables, lacks_plays
from peloton_assets.transform import SEARCH_TABLES, connect
from resources.lake import Lake
from resources.object_store import ObjectStore
from resources.state import State

pytestmark = pytest.mark.promise("G3")

DAY_S, NEWEST_S = 86_400, 1_718_000_000  # June 2024
SPELLINGS = ("Paper Harbor", "PAPER HARBOR", "Paper  Harbor!", "Pâper Harbor")
TITLES = (
    *SPELLINGS,
    "Paper Harbor - Umbra Remix",
    "Orbit",
    "Salt & Cinder (feat. Wick)",
    "夜空",
    "!?!",
    None,
)
ARTISTS = (("Zandara", "z", "z1"), ("ZANDARA", "z", "z2"), ("Dj Umbra", "u", "u1"), ("Umbra", "u", "u1"))


class Library:
    """Classes that come, move, change their songs and lose them."""

    def __init__(self, folder: Path, draw: Random) -> None:
        self.zone, self.state, self.draw = Zone(folder), State(folder / "state"), draw
        self.rides: dict[str, dict[str, Any]] = {}

    def go_on(self) -> None:
        """A few things happen, and what became of the classes is landed."""
        touched = {self._touch() for _ in range(self.draw.randint(1, 4))}
        self.zone.list_page([self.rides[ride] for ride in sorted(touched)])
        for ride in sorted(touched):
            row = self.rides[ride]
            self.zone.details(row, {"ride": {"id": ride}, "playlist": {"id": "p", "songs": self._songs()}})
        merge_pending(self.zone.lake, self.zone.landing, self.state)
        build_tables(self.zone.lake)

    def _touch(self) -> str:
        if len(self.rides) < 3 or self.draw.random() < 0.4:
            self._place(f"class {len(self.rides)}")
            return f"class {len(self.rides) - 1}"
        ride = self.draw.choice(sorted(self.rides))
        if self.draw.random() < 0.3:
            self._place(ride)
        return ride

    def _place(self, ride: str) -> None:
        # Few different moments, so that the newest class of a track is told by more than its time.
        at = NEWEST_S - 20 * DAY_S * self.draw.randrange(6)
        self.rides[ride] = a_ride(id=ride, original_air_time=at, scheduled_start_time=at)

    def _songs(self) -> list[dict[str, Any]]:
        return [
            a_song(
                title=self.draw.choice(TITLES),
                explicit_rating=self.draw.choice((0, 0, 1, None)),
                album=self.draw.choice(
                    (None, {"id": "a", "name": "Seaglass"}, {"id": "a", "name": "SEAGLASS"})
                ),
                start_time_offset=60 * place,
                artists=[
                    dict(zip(("artist_name", "artist_id", "artist_alias_id"), artist, strict=True))
                    for artist in self.draw.sample(ARTISTS, self.draw.randint(0, 2))
                ],
            )
            for place in range(self.draw.randrange(4))
        ]


def tables(lake: Lake) -> dict[str, list[Any]]:
    return {table: sorted(rows(lake, table), key=str) for table in SEARCH_TABLES}


def built_anew(lake: Lake, folder: Path) -> dict[str, list[Any]]:
    copy = Lake(shutil.copytree(lake.root, folder))
    with connect() as connection:
        build_search_tables(connection, copy, anew=True)
    found = tables(copy)
    shutil.rmtree(folder)
    return found


def test_a_history_of_changes_ends_like_a_build_from_nothing(
    tmp_path: Path, draw: Random, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    histories, steps = size(P=1, N=60), 8
    known = 0
    for number in range(histories):
        library = Library(tmp_path / str(number), Random(draw.random()))
        for _ in range(steps):
            library.go_on()
            assert tables(library.zone.lake) == built_anew(library.zone.lake, tmp_path / "anew")
        known += len(rows(library.zone.lake, TRACKS))
    assert known > histories
    figure(f"{histories * steps} builds equal to a build from nothing")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library(tmp_path_factory.mktemp("grown"), Random(5))
    for _ in range(4):
        library.go_on()
    return library


@pytest.fixture
def lake(grown: Library, tmp_path: Path) -> Lake:
    """A lake of several months. The files keep their age."""
    return Lake(shutil.copytree(grown.zone.lake.root, tmp_path / "lake"))


def build(lake: Lake) -> None:
    with connect() as connection:
        build_search_tables(connection, lake)


def test_only_months_that_changed_are_written(lake: Lake) -> None:
    before = {path: path.stat().st_ino for path in lake.files(RIDE_PLAYS)}
    (month, *_) = lake.months("peloton.songs")
    os.utime(lake.path("peloton.songs", month))
    build(lake)
    written = {path.stem for path in lake.files(RIDE_PLAYS) if path.stat().st_ino != before[path]}
    assert written == {month}
    assert len(before) > 2


def test_songs_that_another_run_writes_meanwhile_are_read_by_the_next_build(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    (month, *_) = lake.months("peloton.songs")
    os.utime(lake.path("peloton.songs", month))
    write = Lake.write_months

    def slowly(self: Lake, connection: Any, table: str, sql: str, months: Any) -> dict[str, int]:
        counts = write(self, connection, table, sql, months)
        just_before = lake.path(RIDE_PLAYS, month).stat().st_mtime_ns - 1_000
        os.utime(lake.path("peloton.songs", month), ns=(just_before, just_before))  # read earlier than that
        return counts

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "write_months", slowly)
        build(lake)
    assert lacks_plays(lake, month)
    build(lake)
    assert not lacks_plays(lake, month)


def test_other_rules_make_all_words_anew(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect() as connection:
        show = connection.read_parquet([str(path) for path in lake.files(TRACKS)])
        lake.write(TRACKS, show.project("* REPLACE (['of', 'old', 'rules'] AS title_words)"))
    build(lake)
    assert {tuple(row["title_words"]) for row in rows(lake, TRACKS)} == {("of", "old", "rules")}, (
        "they were kept"
    )
    monkeypatch.setattr(transform, "word_rules", lambda: "others")
    build(lake)
    assert ("of", "old", "rules") not in {tuple(row["title_words"]) for row in rows(lake, TRACKS)}


def test_tracks_of_an_older_version_are_replaced(lake: Lake) -> None:
    expected = tables(lake)
    with connect() as connection:
        show = connection.read_parquet([str(path) for path in lake.files(TRACKS)])
        lake.write(TRACKS, show.project("* EXCLUDE (word_rules, ride_id)"))
    build(lake)
    assert tables(lake) == expected


def test_hosts_that_share_a_lake_agree_on_what_is_current(lake: Lake, tmp_path: Path) -> None:
    storage = MemoryStore()

    def opened(folder: Path) -> Lake:
        lake = Lake(folder / "lake", ObjectStore(storage, "memory://", folder, folder / "state"))
        lake.pull()
        return lake

    first = opened(shutil.copytree(lake.root, tmp_path / "first" / "lake").parent)
    (month, *_) = first.months("peloton.songs")
    with connect() as connection:
        songs = connection.read_parquet([str(first.path("peloton.songs", month))])
        first.write("peloton.songs", songs.project("* REPLACE (upper(title) AS title)"), month)
    assert lacks_plays(first, month)
    build(first)
    files = {path: path.stat() for table in SEARCH_TABLES for path in first.files(table)}
    opened(tmp_path / "first")
    assert {path: path.stat() for path in files} == files, "nothing is brought that is here"
    second = opened(tmp_path / "second")
    assert not any(lacks_plays(lake, each) for lake in (first, second) for each in first.months(RIDE_PLAYS))
    assert tables(second) == tables(first)
    build(second)
    assert tables(second) == tables(first) == built_anew(first, tmp_path / "anew")
