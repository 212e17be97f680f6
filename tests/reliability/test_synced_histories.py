"""Random histories of a library that is synced meanwhile, in part, stopped, killed: nothing told is lost or doubled.

The model keeps what the provider answered, in the order of its answers: the newest word on each class counts. It
knows nothing of files, months on disk or merging. In the end one whole sync must also have seen everything.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from engine import build
from equal import content
from in_process import InProcess, crawl
from observing import month_of_time, quiet

from peloton_assets.full_walk import UncleanWalk, full_walk
from peloton_assets.pending import rebuild_all
from peloton_assets.scope import Scope
from peloton_assets.workspace import Workspace
from resources.errors import NotServed
from resources.http import Answer, Shape
from resources.warehouse import publish

pytestmark = pytest.mark.promise("G3")

MONTHS = ("2018-12", "2019-01", "2019-02", "2019-03", "2019-04", "2019-05")
CLASSES, LAST_DAY = 110, date(2019, 4, 30)  # two pages, and room for classes that are published later
DAY_S = 86_400
STEPS = 5


class Stopped(BaseException):
    """The run ends here, as by Ctrl-C."""


@dataclass
class Told:
    """The newest word on one class."""

    row: Mapping[str, Any]
    is_gone: bool = False  # a clean walk over everything did not list it any more
    songs: dict[str, list[str]] = field(default_factory=dict)  # titles, by the month in which it was asked
    refused: bool = False  # its details answered 404 when they were last asked for
    asked_by: object = None  # the run that was answered last
    may_be_lost: bool = False  # that run was killed, perhaps before it could write the answer down

    def expected_songs(self, are_stored: bool) -> list[str] | None:
        """None when it has no details. An answer that a kill lost is asked again, unless it is refused then."""
        songs = self.songs.get(self.month)
        return None if self.may_be_lost and self.refused and not are_stored else songs

    @property
    def month(self) -> str:
        return month_of_time(self.row["original_air_time"])


class Telling(InProcess):
    """A provider that remembers what it told."""

    def __init__(self) -> None:
        super().__init__(CLASSES, LAST_DAY)
        self.told: dict[str, Told] = {}
        self.run: object = None
        self.listed_in_walk: set[str] = set()

    def get(self, url: str, shape: Shape, params: Mapping[str, str | int] | None = None) -> Answer:
        ride = url.split("/")[-2]
        try:
            answer = super().get(url, shape, params)
        except NotServed:
            self.told[ride].refused = True
            raise
        if url.endswith("/archived"):
            for row in answer.payload["data"]:
                self.listed_in_walk.add(row["id"])
                self.told.setdefault(row["id"], Told(row)).row = row
                self.told[row["id"]].is_gone = False
        elif url.endswith("/details"):
            one = self.told[ride]
            songs = (answer.payload.get("playlist") or {}).get("songs") or []
            one.songs[one.month] = sorted(song["title"] for song in songs)
            one.refused, one.asked_by, one.may_be_lost = False, self.run, False
        return answer


class History:
    """One library and one data folder, in which things happen."""

    def __init__(self, folder: Path, draw: Random) -> None:
        self.folder, self.draw, self.provider = folder, draw, Telling()
        self.hidden: list[str] = []
        self.events: list[str] = []

    def go_on(self) -> None:
        for _ in range(self.draw.randint(1, 3)):
            self._change()
        what = self.draw.choice(
            (self._sync, self._sync, self._killed_sync, self._stopped_sync, self._walk, self._rebuild)
        )
        self.events.append(what.__name__)
        what()
        self.provider.faults(*self._hiding())

    def finish(self) -> Workspace:
        work = self._workspace()
        crawl(work, Scope(MONTHS, classes="all"))
        self._full_walk(work, accept_removals=True)
        build(work)
        return work

    # what happens at the provider

    def _change(self) -> None:
        listed = [row["id"] for row in self.provider.listed()]
        some = self.draw.sample(listed, min(len(listed), self.draw.randint(1, 4)))
        act, one = self.provider.act, some[0]
        match self.draw.choice(
            ("publish", "late", "edit", "move", "music", "remove", "restore", "hide", "show")
        ):
            case "publish":
                act("publish", {"count": self.draw.randint(1, 5)})
            case "late":
                oldest = min(row["scheduled_start_time"] for row in self.provider.listed())
                act("publish", {"count": 2, "at": oldest + self.draw.randrange(100) * DAY_S})
            case "edit":
                act("edit", {"id": one, "fields": {"title": f"title {self.draw.random()}"}})
            case "move":
                at = self.provider.listed()[0]["scheduled_start_time"] - self.draw.randrange(100) * DAY_S
                act("edit", {"id": one, "fields": {"original_air_time": at, "scheduled_start_time": at}})
            case "music":
                songs = [{"title": f"song {self.draw.random()}", "start_time_offset": 60, "artists": []}]
                act("edit", {"id": one, "fields": {"details.playlist": {"id": "new", "songs": songs}}})
            case "remove":
                act("remove", {"ids": some})
            case "restore":
                act("restore", {"ids": sorted(self.provider.peloton.library.removed_ids)[:2]})
            case "hide":
                self.hidden += some
            case "show":
                self.hidden.clear()
        self.provider.faults(*self._hiding())

    def _hiding(self) -> list[dict[str, Any]]:
        gone = {"kind": "status", "status": 404, "json": {}, "endpoint": "details", "times": 0}
        return [{**gone, "id": self.hidden}] if self.hidden else []

    # what is done about it

    def _workspace(self) -> Workspace:
        self.provider.run = object()
        return self.provider.workspace(self.folder / "data")

    def _scope(self) -> Scope:
        first = self.draw.randrange(len(MONTHS))
        return Scope(
            MONTHS[first : first + self.draw.randint(1, 5)],
            classes=self.draw.choice(("all", "all", "power-zone")),
            limit=self.draw.choice((None, None, 9)),
            refresh=self.draw.random() < 0.2,
        )

    def _sync(self) -> None:
        """Also while the list moves under the reader."""
        shift = {"kind": "shift", "publish": self.draw.randint(0, 2), "remove": self.draw.randint(0, 2)}
        self.provider.faults(*self._hiding(), {**shift, "at_request": 2})
        work = self._workspace()
        crawl(work, self._scope())
        if self.draw.random() < 0.5:
            build(work)

    def _stopped_sync(self) -> None:
        self._interrupted(lambda: None)

    def _killed_sync(self) -> None:
        """The disk is put back to what it was at the moment of the stop: nothing was sealed, merged or noted since."""
        data, then = self.folder / "data", self.folder / "then"
        if self._interrupted(lambda: shutil.copytree(data, then)):
            shutil.rmtree(data)
            then.rename(data)
            for told in self.provider.told.values():
                told.may_be_lost = told.may_be_lost or told.asked_by is self.provider.run

    def _interrupted(self, at_the_moment: Callable[[], Any]) -> bool:
        left = self.draw.choice((1, 2, 3, 9, 30))

        def count(_: Any) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                at_the_moment()
                raise Stopped

        work = self._workspace()
        work.on_progress = count
        try:
            crawl(work, self._scope())
        except Stopped:
            return True
        return False

    def _walk(self) -> None:
        self._full_walk(self._workspace(), accept_removals=self.draw.random() < 0.5)

    def _full_walk(self, work: Workspace, accept_removals: bool) -> None:
        self.provider.listed_in_walk.clear()
        with work.crawling():
            try:
                full_walk(work, MONTHS, quiet, accept_removals)
            except UncleanWalk:
                return
        for ride, told in self.provider.told.items():
            told.is_gone = told.is_gone or ride not in self.provider.listed_in_walk

    def _rebuild(self) -> None:
        work = self._workspace()
        with work.crawling():
            if self.draw.random() < 0.5:
                shutil.rmtree(work.settings.lake_dir, ignore_errors=True)
            rebuild_all(work.lake, work.landing, work.state)


STORED = """
    SELECT ride_id, title, strftime(air_month, '%Y-%m'), removed_at IS NOT NULL, CASE WHEN has_music IS NOT NULL
        THEN list_sort(ARRAY(SELECT s.title FROM peloton.songs AS s WHERE s.ride_id = rides.ride_id)) END
    FROM peloton.rides LEFT JOIN peloton.playlists USING (ride_id)
    ORDER BY ALL
"""
UNEXPLAINED = """
    SELECT month, resource FROM ops.coverage LEFT JOIN ops.differences USING (source, resource, account, month)
    WHERE state = 'complete'
    GROUP BY ALL HAVING any_value(rows) IS DISTINCT FROM any_value(provider_count) + coalesce(sum(effect), 0)
"""


def test_a_synced_history_ends_as_it_was_told(
    tmp_path: Path, draw: Random, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    histories = size(P=1, N=60)
    for number in range(histories):
        history = History(tmp_path / str(number), Random(draw.random()))
        for _ in range(STEPS):
            history.go_on()
        work = history.finish()
        told, listed = history.provider.told, {row["id"]: row for row in history.provider.listed()}
        with duckdb.connect(work.settings.warehouse_file, read_only=True) as connection:
            stored = connection.execute(STORED).fetchall()
            assert connection.execute(UNEXPLAINED).fetchall() == [], history.events
        has_songs = {ride for ride, *_, songs in stored if songs is not None}
        assert stored == sorted(
            (ride, one.row["title"], one.month, one.is_gone, one.expected_songs(ride in has_songs))
            for ride, one in told.items()
        ), history.events
        assert listed.keys() == {ride for ride, one in told.items() if not one.is_gone}
        assert {ride: one.row["title"] for ride, one in told.items() if ride in listed} == {
            ride: row["title"] for ride, row in listed.items()
        }
        assert all(one.refused or one.month in one.songs for one in told.values()), "all were asked for"
        before = content(work.settings.warehouse_file)
        rebuild_all(work.lake, work.landing, work.state)
        publish(work.settings.warehouse_file, work.lake, work.state)
        assert content(work.settings.warehouse_file) == before
    figure(f"{histories} of {histories} synced histories equal the model")
