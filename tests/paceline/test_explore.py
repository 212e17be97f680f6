"""The pages of `paceline explore` over HTTP: what they show, what they refuse, and that nothing in them comes alive."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import duckdb
import icalendar
import polars as pl
import pytest
from explore_site import CLASSES, Site, add_iracing, add_strava, publish_folder, serving
from hostile import TEXTS
from landed import Zone, a_ride, a_song
from publishing import published

from paceline.explore.charts import Group, columns, curve, heat, nice
from paceline.export import frame_of_hits
from paceline.exports import Format, write
from paceline.songs import find
from resources.files import replacing
from resources.warehouse import open_warehouse

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
NO_FILTERS = dict.fromkeys(("artist", "title", "album", "instructor", "discipline", "minutes", "since"))


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


@pytest.fixture(scope="module")
def site(three_sources: Path) -> Iterator[Site]:
    with serving(three_sources) as served:
        yield served


@pytest.fixture(scope="module")
def warehouse(three_sources: Path) -> Path:
    return three_sources


def one(warehouse: Path, sql: str) -> tuple[object, ...]:
    with open_warehouse(warehouse) as connection:
        row: tuple[object, ...] = connection.execute(sql).fetchall()[0]
        return row


def seen(site: Site, path: str, status: int = 200) -> Seen:
    answer = site.get(path)
    assert answer.status_code == status, (path, answer.text[:2000])
    return Seen(answer.text)


# ------------------------------------------------------------------ what the pages show


def test_every_page_and_every_link_on_it_works(site: Site, size: Callable[..., int]) -> None:
    links = {link for page in PAGES for link in seen(site, page).links if link.startswith("/")}
    assert len(links) > 80
    wanted = sorted(link for link in links if not re.search(r"\.(csv|parquet|ics)\b|^/tables/", link))
    for link in [*wanted[:: size(P=len(wanted) // 8, N=1)], "/tables/peloton.songs", "/static/app.js"]:
        assert site.get(link).status_code == 200, link


def test_the_search_shows_what_the_command_finds(site: Site, warehouse: Path) -> None:
    title, artist = one(
        warehouse, "SELECT title, artist_names[1] FROM peloton.tracks ORDER BY plays DESC, title LIMIT 1"
    )
    hits, all_hits = find(warehouse, str(title), NO_FILTERS, 30)
    page = seen(site, f"/songs?q={quote(str(title))}")
    assert f"{all_hits} hit" in page.text
    assert str(title) in page.text and str(artist) in page.text
    assert [link for link in page.links if "/classes/" in link] == [
        f"/classes/{hit['ride_id']}?at={hit['start_offset_s']}#song" for hit in hits
    ]
    part = site.get(f"/songs?q={quote(str(title))}&part=hits").text
    assert "<html" not in part
    assert part.count('<a href="/classes/') == len(hits)


def test_filters_narrow_the_search(site: Site, warehouse: Path) -> None:
    name, discipline, minutes = one(
        warehouse,
        "SELECT i.name, r.fitness_discipline, r.duration_s // 60 FROM peloton.songs JOIN peloton.rides AS r"
        " USING (ride_id) JOIN peloton.instructors AS i USING (instructor_id) GROUP BY ALL"
        " ORDER BY count(*) DESC, 1, 2, 3 LIMIT 1",
    )
    asked = f"/songs?instructor={quote(str(name))}&discipline={discipline}&minutes={minutes}&limit=1000"
    ids = {re.split("[/?]", link)[2] for link in seen(site, asked).links if link.startswith("/classes/")}
    with open_warehouse(warehouse) as connection:
        right = connection.execute(
            "SELECT DISTINCT ride_id FROM peloton.songs JOIN peloton.rides AS r USING (ride_id)"
            " JOIN peloton.instructors USING (instructor_id)"
            " WHERE name = ? AND r.fitness_discipline = ? AND duration_s = 60 * ?",
            [name, discipline, minutes],
        ).fetchall()
    assert ids == {ride_id for (ride_id,) in right}


def test_a_class_shows_its_playlist_and_marks_a_song(site: Site, warehouse: Path) -> None:
    ride_id, title, start = one(
        warehouse,
        "SELECT ride_id, title, start_offset_s FROM peloton.songs WHERE playlist_order = 2 AND title IS NOT NULL"
        " AND ride_id IN (SELECT ride_id FROM peloton.workouts) ORDER BY ride_id LIMIT 1",
    )
    answer = site.get(f"/classes/{ride_id}?at={start}").text
    page = Seen(answer)
    assert re.search(r'<tr id="song" class="marked">\s*<td class="n">' + f"{int(str(start)) // 60}:", answer)
    assert str(title) in page.text
    assert any(link.startswith("https://members.onepeloton.com/classes/") for link in page.links)
    (songs,) = one(warehouse, f"SELECT count(*) FROM peloton.songs WHERE ride_id = '{ride_id}'")
    assert answer.count("/songs?title=") == songs
    assert "Taken by you" in page.text


def test_an_instructors_music_is_that_of_the_tables(site: Site, warehouse: Path) -> None:
    instructor_id, name = one(
        warehouse,
        "SELECT instructor_id, i.name FROM peloton.songs JOIN peloton.rides USING (ride_id)"
        " JOIN peloton.instructors AS i USING (instructor_id) GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1",
    )
    page = seen(site, f"/instructors/{instructor_id}")
    assert str(name) in page.text
    (artist, plays) = one(
        warehouse,
        "SELECT artist_name, count(*) FROM peloton.song_artists JOIN peloton.rides USING (ride_id) WHERE"
        f" instructor_id = '{instructor_id}' GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1",
    )
    assert str(artist) in page.text
    assert int(str(plays)) >= 1
    (year,) = one(
        warehouse,
        f"SELECT max(year(original_air_time)) FROM peloton.rides WHERE instructor_id = '{instructor_id}'",
    )
    assert f"in {year}" in seen(site, f"/instructors/{instructor_id}?year={year}").text


def test_the_time_machine_counts_what_was_aired(site: Site, warehouse: Path) -> None:
    month, aired = one(
        warehouse,
        "SELECT strftime(original_air_time, '%Y-%m') AS month, count(*) FROM peloton.rides"
        " WHERE NOT is_placeholder GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1",
    )
    page = seen(site, f"/library?month={month}&what=aired&all=1")
    assert sum(link.startswith("/classes/") for link in page.links) == aired
    assert "What cannot be told" in page.text


def test_training_counts_both_sides(site: Site, warehouse: Path) -> None:
    workouts, activities = one(
        warehouse, "SELECT (SELECT count(*) FROM peloton.workouts), (SELECT count(*) FROM strava.activities)"
    )
    rows = re.findall(
        r"<tr><td>\d{4}-\d\d-\d\d</td><td class=\"n\">(\d+)</td>.*?kJ</td><td class=\"n\">(\d+)</td>",
        site.get("/training?weeks=520&measure=count").text,
    )
    assert (sum(int(row[0]) for row in rows), sum(int(row[1]) for row in rows)) == (workouts, activities)
    assert "Against the mean" in seen(site, "/training/music?least=1&by=track").text


def test_races_are_those_of_the_command_in_the_chosen_zone(site: Site) -> None:
    page = site.get("/races?hours=168&tz=Asia/Tokyo").text
    told = [*icalendar.Calendar.from_ical(site.get("/races.ics?hours=168").content).walk("VEVENT")]
    assert told
    assert f"{len(told)} starts" in Seen(page).text
    first = min(event["dtstart"].dt for event in told)
    shown = re.search(r'<time datetime="([^"]+)">(\d\d:\d\d)', page)
    assert shown is not None
    assert shown[1] == first.isoformat()
    assert shown[2] == f"{(first.hour + 9) % 24:02}:{first.minute:02}"


def test_health_shows_every_month_that_is_recorded(site: Site, warehouse: Path) -> None:
    page = site.get("/health").text
    for state, count in [
        one(warehouse, "SELECT state, count(*) FROM ops.coverage GROUP BY ALL ORDER BY 2 DESC LIMIT 1")
    ]:
        assert page.count(f'<rect class="{state}"') == count


def test_a_query_runs_and_a_wrong_one_says_why(site: Site) -> None:
    page = seen(site, "/query?sql=SELECT+41%2B1+AS+answer")
    assert "answer" in page.text and " 42 " in page.text and "1 row in" in page.text
    assert "Only one SELECT" in seen(site, "/query?sql=DROP+TABLE+x", 400).text
    assert "DuckDB says" in seen(site, "/query?sql=SELECT+nothing", 400).text


# ------------------------------------------------------------------ exports


def test_all_tables_are_files_too(site: Site, warehouse: Path) -> None:
    (rows,) = one(warehouse, "SELECT count(*) FROM peloton.songs")
    frame = pl.read_parquet(io.BytesIO(site.get("/tables/peloton.songs.parquet").content))
    told = site.get("/tables/peloton.songs.csv")
    assert told.headers["content-type"].startswith("text/csv")
    assert told.headers["content-disposition"] == 'attachment; filename="peloton.songs.csv"'
    lines = [*csv.reader(io.StringIO(told.text))]
    assert (frame.height, len(lines) - 1) == (rows, rows)
    assert lines[0] == frame.columns
    assert site.get("/tables/pg_catalog.pg_class.csv").status_code == 404


def test_hits_without_any_album_are_files_too(site: Site, warehouse: Path, tmp_path: Path) -> None:
    (title,) = one(warehouse, "SELECT title FROM peloton.tracks ORDER BY plays DESC, title LIMIT 1")
    hits, _ = find(warehouse, str(title), NO_FILTERS, 3)
    frame = frame_of_hits([{**hit, "album_name": None, "instructor_name": None} for hit in hits])
    for format_ in Format:
        write(frame, tmp_path / f"hits.{format_}", format_)
    assert pl.read_parquet(tmp_path / "hits.parquet").schema == frame.schema
    assert pl.read_csv(tmp_path / "hits.csv")["ride_id"].to_list() == [hit["ride_id"] for hit in hits]


def test_hits_and_answers_are_files_too(site: Site, warehouse: Path) -> None:
    (title,) = one(warehouse, "SELECT title FROM peloton.tracks ORDER BY plays DESC, title LIMIT 1")
    hits, all_hits = find(warehouse, str(title), NO_FILTERS, 1_000_000)
    frame = pl.read_parquet(io.BytesIO(site.get("/songs.parquet", q=str(title)).content))
    assert frame["ride_id"].to_list() == [hit["ride_id"] for hit in hits]
    assert frame.height == all_hits
    nothing = pl.read_parquet(io.BytesIO(site.get("/songs.parquet", q="qqqqxxxxzzzz").content))
    assert nothing.is_empty()
    assert nothing.schema == frame.schema
    answer = site.get("/query.csv", sql="SELECT '=1+1' AS \"@x\", -5 AS n, 'a,\"b' AS t FROM range(2000)")
    rows = [*csv.reader(io.StringIO(answer.text))]
    assert rows[0] == ["'@x", "n", "t"]
    assert rows[1:] == [["'=1+1", "-5", 'a,"b']] * 2000
    assert site.get("/query.csv", sql="SELECT 1; SELECT 2").status_code == 400
    assert site.get("/query.xlsx", sql="SELECT 1").status_code == 404


# ------------------------------------------------------------------ what is not there yet


def test_without_a_warehouse_every_page_says_what_to_run(tmp_path: Path) -> None:
    with serving(tmp_path / "warehouse.duckdb") as site:
        for page in PAGES:
            assert "paceline sync" in seen(site, page).text, page


@pytest.mark.parametrize(
    "add",
    [
        add_strava,
        pytest.param(add_iracing, marks=pytest.mark.tier("N")),
        pytest.param(None, marks=pytest.mark.tier("N")),
    ],
    ids=["strava", "iracing", "nothing"],
)
def test_with_a_single_source_the_other_pages_say_what_to_run(
    add: Callable[[Path], None] | None, data_dir: Path
) -> None:
    if add:
        add(data_dir)
    warehouse = publish_folder(data_dir)
    with serving(warehouse) as site:
        texts = {page: seen(site, page).text for page in PAGES}
    assert "paceline sync peloton" in texts["/songs"]
    assert "paceline sync workouts" in texts["/training"]
    assert ("paceline sync iracing" in texts["/races"]) == (add is not add_iracing)
    assert "/" in texts


def test_a_warehouse_that_is_swapped_is_seen_by_the_next_request(three_sources: Path, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    with serving(target) as site:
        assert "paceline sync" in seen(site, "/library").text
        shutil.copy(three_sources, target)
        first = seen(site, "/library").text
        assert f"{CLASSES} classes" in first
        swap = publish_folder(tmp_path / "empty")
        with replacing(target) as temporary:
            shutil.copy(swap, temporary)
        assert "Nothing here yet" in seen(site, "/library").text


def test_a_warehouse_of_another_version_says_so(folder: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.duckdb"
    with duckdb.connect(old) as connection:
        connection.execute("CREATE SCHEMA peloton")
        for table in ("rides", "instructors", "songs", "song_artists", "tracks"):
            connection.execute(f"CREATE TABLE peloton.{table} (one INTEGER)")
    with serving(old) as site:
        assert "paceline rebuild" in seen(site, "/library", 503).text


# ------------------------------------------------------------------ strangers (F6)


@pytest.mark.promise("F6")
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4747", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.2", "", "[::2]",
     "localhost@evil.example"],
)  # fmt: skip
def test_another_name_is_refused(host: str, site: Site) -> None:
    answer = site.get("/songs?q=x", {"Host": host})
    assert answer.status_code in (400, 421)
    assert "<" not in answer.text


@pytest.mark.promise("F6")
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:9"])
def test_this_machines_names_are_ours(host: str, site: Site) -> None:
    assert site.get("/", {"Host": host}).status_code == 200


@pytest.mark.promise("F6")
def test_two_host_headers_are_refused(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2])), 10) as connection:
        connection.sendall(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        )
        assert re.match(rb"HTTP/1.1 4(00|21)", connection.makefile("rb").read())


@pytest.mark.promise("F6")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading_is_answered(method: str, site: Site) -> None:
    for headers in ({}, {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}):
        answer = site.ask(method, "/query?sql=SELECT+1", headers)
        assert answer.status_code == 405
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.promise("F6")
def test_another_site_may_link_but_not_use(site: Site) -> None:
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert site.get("/songs?q=x", embedded).status_code == 403
    assert site.get("/songs?q=x", sent).status_code == 200
    query = site.get("/query?sql=SELECT+41%2B1", sent)
    assert "Another site sent you here" in query.text and "42" not in query.text
    assert site.get("/query.csv?sql=SELECT+1", sent).status_code == 403
    assert site.get("/tables/peloton.rides.csv", sent).status_code == 403


@pytest.mark.promise("F6")
def test_every_answer_forbids_frames_and_foreign_scripts(site: Site) -> None:
    for path in (*PAGES, "/nope", "/static/app.js", "/tables/peloton.rides.csv", "/query?sql=x"):
        headers = site.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.promise("F6")
@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%2f%2fevil.example", "/\\evil.example", "/songs/", "/https://evil.example",
             "/static/../app.py", "/static/..%2f..%2fapp.py", "/static//etc/passwd"],
)  # fmt: skip
def test_no_address_leads_elsewhere(path: str, site: Site) -> None:
    with socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2])), 10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = connection.makefile("rb").read()
    assert re.match(rb"HTTP/1.1 40[04]", answer), answer[:200]
    assert b"location:" not in answer.lower().partition(b"\r\n\r\n")[0]


# ------------------------------------------------------------------ hostile texts (F1, F2)


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


# ------------------------------------------------------------------ charts


def test_an_axis_ends_with_a_round_number() -> None:
    assert [nice(value) for value in (0, 0.03, 0.9, 1, 51, 101, 7_200)] == [1, 0.03, 1, 1, 60, 150, 8_000]


def test_columns_are_as_high_as_their_values() -> None:
    chart = columns([Group("a", {"x": 10, "y": 0}), Group("b", {"x": 5})], {"x": "ex", "y": "why"}, "about")
    (first, second) = chart.rectangles
    assert first.height == pytest.approx(2 * second.height)
    assert (first.title, second.title) == ("a: 10 ex", "b: 5 ex")
    assert first.x + first.width <= second.x
    assert first.y + first.height == second.y + second.height
    assert columns([], {"x": "ex"}, "about").rectangles == ()


def test_a_curve_keeps_its_bands_and_a_heat_map_its_months() -> None:
    line = curve([(0, 100), (60, 200)], [(0, 30, "one"), (30, 60, "two")], 60, "about")
    assert [band.title for band in line.rectangles] == ["one", "two"]
    assert line.rectangles[0].x + line.rectangles[0].width == pytest.approx(line.rectangles[1].x)
    assert line.path.startswith("M") and line.path.count("L") == 1
    months = {date(2023, 12, 1): ("complete", "a"), date(2024, 2, 1): ("unknown", "b")}
    drawn = heat({"rides": months}, "about")
    assert [each.kind for each in drawn.rectangles] == ["complete", "unknown"]
    assert drawn.rectangles[1].x - drawn.rectangles[0].x == pytest.approx(2 * 8.6)
    assert heat({}, "about").rectangles == ()
