"""The pages of `paceline explore` over HTTP: what they show and export, and what they say when it is not there."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import duckdb
import icalendar
import polars as pl
import pytest
from explore_site import CLASSES, PAGES, Seen, Site, add_iracing, add_strava, publish_folder, seen, serving
from landed import Zone, a_ride, a_song
from publishing import published

from paceline.export import frame_of_hits
from paceline.exports import Format, write
from paceline.songs import find
from resources.files import replacing
from resources.warehouse import open_warehouse


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
    hits, all_hits = find(warehouse, str(title), {}, 30)
    page = seen(site, f"/songs?q={quote(str(title))}")
    assert f"{all_hits} hit" in page.text
    assert str(title) in page.text and str(artist) in page.text
    assert [link for link in page.links if "/classes/" in link] == [
        f"/classes/{hit['ride_id']}?at={hit['start_offset_s']}#song" for hit in hits
    ]
    part = site.get(f"/songs?q={quote(str(title))}&part=hits").text
    assert "<html" not in part
    assert part.count('<a href="/classes/') == len(hits)


FILTERS = {
    "discipline=cycling": "fitness_discipline = 'cycling'",
    "minutes=30": "duration_s = 1800",
    "difficulty=beginner": "difficulty_level = 'beginner'",
    "language=german": "language = 'german'",
    "zone=endurance": "power_zone_kind = 'endurance'",
    "since=2019-02-01": "original_air_time >= '2019-02-01'::TIMESTAMPTZ",
    "until=2019-02-01": "original_air_time < '2019-02-01'::TIMESTAMPTZ",
    "taken=yes": "ride_id IN (SELECT ride_id FROM peloton.workouts)",
    "taken=no": "ride_id NOT IN (SELECT ride_id FROM peloton.workouts WHERE ride_id IS NOT NULL)",
    "not_taken_since=2000-01-01": "ride_id NOT IN (SELECT ride_id FROM peloton.workouts WHERE ride_id IS NOT NULL)",
    "instructor={one}": "name = '{one}'",
    "instructor={one}, {two}": "name IN ('{one}', '{two}')",
    "not_instructor={one}": "name IS DISTINCT FROM '{one}'",
}


@pytest.mark.parametrize("asked", FILTERS)
def test_each_filter_leaves_what_it_says(asked: str, site: Site, warehouse: Path) -> None:
    """Of all hits of the commonest word of titles."""
    (word,) = one(
        warehouse,
        "SELECT word FROM (SELECT unnest(regexp_extract_all(lower(title), '[a-z]{5,}')) AS word FROM peloton.tracks)"
        " GROUP BY word ORDER BY count(*) DESC, word LIMIT 1",
    )
    with open_warehouse(warehouse) as connection:
        names = connection.execute(
            "SELECT name FROM peloton.rides JOIN peloton.instructors USING (instructor_id)"
            " GROUP BY name ORDER BY count(*) DESC, name LIMIT 2"
        ).fetchall()
        filled = {"one": names[0][0], "two": names[1][0]}
        passing = connection.execute(
            "SELECT ride_id FROM peloton.rides LEFT JOIN peloton.instructors USING (instructor_id)"
            f" WHERE {FILTERS[asked].format(**filled)}"
        ).fetchall()
    name, _, value = asked.format(**filled).partition("=")
    everything, found = classes_of(site, q=word), classes_of(site, q=word, **{name: value})
    assert found == everything & {ride_id for (ride_id,) in passing}
    assert len(everything) > 5


def classes_of(site: Site, **query: object) -> set[str]:
    page = Seen(site.get("/songs", limit=1000, **query).text)
    return {re.split("[/?]", link)[2] for link in page.links if link.startswith("/classes/")}


def test_a_search_is_of_the_warehouse_that_is_published(three_sources: Path, tmp_path: Path) -> None:
    target = tmp_path / "warehouse.duckdb"
    shutil.copy(three_sources, target)
    with serving(target) as site:
        (title,) = one(target, "SELECT title FROM peloton.tracks ORDER BY plays DESC, title LIMIT 1")
        assert classes_of(site, q=title)
        zone = Zone(tmp_path / "other")
        zone.list_page([a_ride()])
        zone.details(a_ride(), {"ride": {}, "playlist": {"songs": [a_song()]}})
        zone.build()
        with replacing(target) as temporary:
            shutil.copy(published(tmp_path / "other"), temporary)
        assert classes_of(site, q="paper harbor") == {a_ride()["id"]}
        assert "1 classes are listed" in seen(site, "/library").text


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


def test_the_time_machine_shows_what_was_away(site: Site, warehouse: Path) -> None:
    ride_id, title, month = one(
        warehouse,
        "SELECT ride_id, title, strftime(happened_at, '%Y-%m') FROM peloton.library_events"
        " JOIN peloton.rides USING (ride_id) WHERE event = 'relisted'",
    )
    for what in ("removed", "relisted"):
        page = seen(site, f"/library?month={month}&what={what}&all=1")
        assert [link for link in page.links if link.startswith("/classes/")] == [f"/classes/{ride_id}"]
        assert title in page.text
        assert "away" in page.text
    assert "away" in seen(site, f"/classes/{ride_id}").text


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
    hits, _ = find(warehouse, str(title), {}, 3)
    frame = frame_of_hits([{**hit, "album_name": None, "instructor_name": None} for hit in hits])
    for format_ in Format:
        write(frame, tmp_path / f"hits.{format_}", format_)
    assert pl.read_parquet(tmp_path / "hits.parquet").schema == frame.schema
    assert pl.read_csv(tmp_path / "hits.csv")["ride_id"].to_list() == [hit["ride_id"] for hit in hits]


def test_hits_and_answers_are_files_too(site: Site, warehouse: Path) -> None:
    (title,) = one(warehouse, "SELECT title FROM peloton.tracks ORDER BY plays DESC, title LIMIT 1")
    hits, all_hits = find(warehouse, str(title), {}, 1_000_000)
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
