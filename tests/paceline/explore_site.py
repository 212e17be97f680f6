"""Warehouses for the pages of `paceline explore`, and the pages served to a real HTTP client."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import racing_in_process as racing
import requests
import strava_in_process as strava
import uvicorn
from in_process import InProcess, crawl, crawl_workouts
from observing import quiet
from racing_in_process import RacingInProcess
from strava_in_process import StravaInProcess

from paceline.explore.app import make_app
from peloton_assets.full_walk import full_walk
from peloton_assets.rebuild import rebuild
from peloton_assets.scope import Scope, months_between
from resources.lake import Lake
from resources.state import State
from resources.warehouse import publish

CLASSES, WORKOUTS, ACTIVITIES, SERIES = 40, 6, 25, 3
UNTIL = date(2019, 3, 31)
MONTHS = tuple(months_between(date(2018, 12, 1), UNTIL))


def add_peloton(folder: Path) -> None:
    """A library with its songs, of which one class was away for a time, and a member's workouts with their series."""
    member = InProcess(CLASSES, UNTIL, workouts=WORKOUTS)
    work = member.workspace(folder)
    crawl(work, Scope(MONTHS, classes="all"))
    crawl_workouts(work)
    gone = member.act("remove", {"count": 1, "page": 0})
    assert full_walk(work, MONTHS, quiet, accept_removals=False).newly_removed == 1
    member.act("restore", {"ids": gone})
    assert full_walk(work, MONTHS, quiet, accept_removals=False).relisted == 1
    rebuild(work.lake, work.landing)


def add_iracing(folder: Path) -> None:
    """The running seasons of a few series, so that there are races tonight."""
    work = RacingInProcess(SERIES, today=date.today()).workspace(folder)
    racing.crawl(work)
    racing.build(work)


def add_strava(folder: Path) -> None:
    """Activities, without their series."""
    work = StravaInProcess(ACTIVITIES, today=UNTIL + timedelta(days=20)).workspace(folder)
    strava.listed(work)
    strava.build(work)


def publish_folder(folder: Path) -> Path:
    """The warehouse of all that a folder holds."""
    target = folder / "warehouse.duckdb"
    publish(target, Lake(folder / "lake"), State(folder / "state"))
    return target


class Site:
    """The pages at an address. Nothing is followed or repeated."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> requests.Response:
        return self.ask("GET", path, headers, query)

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, query: Any = None
    ) -> requests.Response:
        return requests.request(
            method, self.url + path, params=query, headers=headers, timeout=60, allow_redirects=False
        )


@contextmanager
def serving(warehouse: Path, host: str = "127.0.0.1") -> Iterator[Site]:
    """The pages over a warehouse, by a server in a thread."""
    config = uvicorn.Config(make_app(warehouse, host), port=0, log_level="warning", lifespan="off")
    is_up = threading.Event()

    class Told(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            is_up.set()

    server = Told(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert is_up.wait(60)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Site(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(30)


PAGES = (
    "/", "/songs", "/instructors", "/library", "/training", "/training/music", "/races", "/health", "/query",
    "/tables",
)  # fmt: skip
TAGS = {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "img", "nav", "main", "footer", "p", "b",
    "kbd", "h1", "h2", "form", "label", "input", "button", "ul", "ol", "li", "section", "pre", "code", "details",
    "summary", "div", "span", "select", "option", "datalist", "table", "thead", "tbody", "tr", "th", "td", "small",
    "figure", "figcaption", "svg", "line", "rect", "path", "text", "i", "abbr", "dl", "dt", "dd", "time", "textarea",
}  # fmt: skip
OUTSIDE = re.compile(
    r"https://(members\.onepeloton\.com/classes/|www\.strava\.com/activities/\d|duckdb\.org/docs/)"
)


class Seen(HTMLParser):
    """Tags, attributes and text of a page; anything that is not ours fails at once."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self._in_svg = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_svg |= tag == "svg"
        assert tag in TAGS or (tag == "title" and self._in_svg), tag
        for name, value in attrs:
            assert not name.startswith("on") and name not in ("style", "srcdoc", "formaction"), (tag, attrs)
            if name in ("href", "src", "action"):
                assert value is not None
                assert (re.match(r"[/?#]", value) and not value.startswith("//")) or OUTSIDE.match(value), (
                    value
                )
                self.links.append(value)
        if tag == "script":
            assert dict(attrs)["src"] == "/static/app.js"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def seen(site: Site, path: str, status: int = 200) -> Seen:
    answer = site.get(path)
    assert answer.status_code == status, (path, answer.text[:2000])
    return Seen(answer.text)
