"""Hostile strings in every title that the pages of `paceline explore` show, and wherever they can be typed."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from explore_site import PAGES, Seen, Site, serving
from hostile import TEXTS
from landed import Zone, a_ride, a_song
from publishing import published


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """Classes, instructors, songs and artists called by every string that has broken other software."""
    folder = tmp_path_factory.mktemp("hostile")
    zone = Zone(folder)
    rides = [
        a_ride(id=f"{n:032x}", title=text[:3000], description=text[:3000], instructor_id=f"i{n}")
        for n, text in enumerate(TEXTS)
    ]
    names = [{"id": f"i{n}", "name": text[:3000]} for n, text in enumerate(TEXTS)]
    zone.list_page(rides, instructors=names)
    for ride, text in zip(rides, TEXTS, strict=True):
        short = text[:3000]
        song = a_song(
            title=short, album={"id": "a", "name": short}, artists=[{"artist_id": "a1", "artist_name": short}]
        )
        zone.details(ride, {"ride": {}, "playlist": {"id": "p", "songs": [song]}})
    zone.build()
    warehouse = published(folder)
    with serving(warehouse) as site:
        yield site, warehouse


@pytest.mark.promise("F1")
def test_hostile_titles_are_inert(
    hostile: tuple[Site, Path], size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    site, _ = hostile
    looked = [
        *PAGES,
        "/library?month=2024-05&what=aired&all=1",
        "/tables/peloton.songs",
        "/songs?artist=a&limit=1000",
    ]
    numbers = range(0, len(TEXTS), size(P=50, N=1))
    looked += [
        f"/{kind}/{part}"
        for n in numbers
        for kind, part in (("classes", f"{n:032x}"), ("instructors", f"i{n}"))
    ]
    for path in looked:
        page = site.get(path)
        assert page.status_code == 200, path
        Seen(page.text)
        assert not re.search(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", page.text), path
    figure(
        f"{len(TEXTS)} strings in titles and names, {len(looked)} pages: no tag, attribute or script of theirs"
    )


@pytest.mark.promise("F1")
def test_formulas_are_neutralised_in_csv_and_exact_in_parquet(hostile: tuple[Site, Path]) -> None:
    site, _ = hostile
    sql = "SELECT title, description FROM peloton.rides ORDER BY ride_id"
    exact = pl.read_parquet(io.BytesIO(site.get("/query.parquet", sql=sql).content))["title"].to_list()
    told = site.get("/query.csv", sql=sql).content.decode()
    rows = [row[0] for row in csv.reader(io.StringIO(told, newline=""), strict=True)][1:]
    assert len(rows) == len(exact) == len(TEXTS)
    formulas = [text for text in exact if text and text[0] in "=+-@|\t\r\n＝＋－＠"]
    assert len(formulas) >= 10
    for text, row in zip(exact, rows, strict=True):
        assert row == ("'" + text if text in formulas else text or "")
        assert row[:1] not in [*"=+-@|\t\r\n"]


@pytest.mark.promise("F2")
def test_hostile_words_in_every_place_of_an_address(
    hostile: tuple[Site, Path], draw: random.Random, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    site, _ = hostile
    places = [
        ("/songs", name)
        for name in ("q", "artist", "instructor", "minutes", "since", "limit", "discipline", "album")
    ]
    places += [("/library", "month"), ("/library", "what"), ("/training", "who"), ("/training", "weeks")]
    places += [
        ("/races", "tz"),
        ("/races", "hours"),
        ("/instructors/i1", "year"),
        ("/classes/" + "0" * 32, "at"),
        ("/query", "sql"),
    ]
    pairs = [(text, place) for text in TEXTS for place in places]
    chosen = draw.sample(pairs, size(P=15, N=800))
    for text, (path, name) in chosen:
        word = text[:2000].encode("utf-8", "surrogatepass")
        answer = site.get(f"{path}?{name}={quote(word)}", {"Cookie": "zone=" + quote(word[:50])})
        assert answer.status_code in (200, 400), (path, name, text, answer.text[:500])
        Seen(answer.text)
    for text in draw.sample(TEXTS, size(P=2, N=len(TEXTS))):
        word = quote(text[:2000].encode("utf-8", "surrogatepass"), safe="")
        for kind in ("classes", "instructors", "tables", "static", "songs."):
            assert site.get(f"/{kind}/{word}").status_code in (200, 404, 400), (kind, text)
    figure(
        f"{len(chosen)} of {len(pairs):,} hostile words in {len(places)} places of an address: 0 errors 500"
    )
