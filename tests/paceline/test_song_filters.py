"""Filters of the song search, whose history counts, and artists under several names, on a library of seven classes."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from paceline.song_filters import Question
from paceline.song_search import SongSearch
from peloton_assets.transform import SEARCH_TABLES, connect, show_search_views, statement

# ride_id, instructor, others of a pair, discipline, minutes, difficulty, language, zone kind, air time, removed
RIDES = [
    ("a", "zoe", [], "cycling", 30, "beginner", "english", None, "2024-01-01"),
    ("b", "zoe", [], "cycling", 45, "advanced", "german", "endurance", "2024-02-01"),
    ("c", "marlo", [], "caesar", 30, None, "english", None, "2024-03-01"),
    ("d", "marlo", ["zoe", "marlo"], "running", 20, None, "english", None, "2024-04-01"),
    ("e", "anouk", [], "cycling", 30, "intermediate", "english", "max", "2024-05-01"),
    ("f", None, [], "cycling", 30, None, None, None, "2024-06-01"),
    ("gone", "zoe", [], "cycling", 30, None, "english", None, "2024-07-01"),
]
# ride_id, title, artist, artist_id, artist_alias_id, explicit
PLAYS = [
    *(
        (ride, "Orbit Machine", "Quillfeather", "q", "q1", False)
        for ride in ("a", "b", "c", "d", "e", "f", "gone")
    ),
    ("a", "Orbit Machinery", "Lowbeam", "l", "l1", True),
    ("b", "Salt Road", "Ms. Harrow", "h", "h1", None),
    ("c", "Tin Lantern", "Harrow Sisters", "h", "h2", None),
    ("d", "Paper Lantern", "Wren Okafor", "w", "shared", None),
    ("e", "Glass Lantern", "W. Okafor Quintet", "other", "shared", None),
    ("f", "Common", "Ann Dale", "x", "x1", None),
    ("e", "Common", "Bo Lind", "y", "y1", None),
]
TAKEN = [
    ("me", "a", "2024-08-01"),
    ("me", "b", "2024-09-01"),
    ("me", "b", "2024-10-01"),
    ("you", "c", "2024-08-15"),
]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    """The search tables made by the project's own statements, of typed tables that are written here."""
    db = connect()
    db.execute(
        "CREATE TABLE peloton.rides (ride_id VARCHAR, instructor_id VARCHAR, individual_instructor_ids VARCHAR[],"
        " fitness_discipline VARCHAR, duration_s INTEGER, difficulty_level VARCHAR, language VARCHAR,"
        " power_zone_kind VARCHAR, original_air_time TIMESTAMPTZ, removed_at TIMESTAMPTZ, title VARCHAR,"
        " air_month DATE)"
    )
    for ride, leader, pair, discipline, minutes, *rest in RIDES:
        removed = "2025-01-01" if ride == "gone" else None
        values = [ride, leader, pair, discipline, 60 * minutes, *rest, removed, f"class {ride}", "2024-01-01"]
        db.execute(f"INSERT INTO peloton.rides VALUES ({', '.join('?' * len(values))})", values)
    db.execute("CREATE TABLE peloton.instructors (instructor_id VARCHAR, name VARCHAR)")
    names = [("zoe", "Zoë Brandtner"), ("marlo", "Marlo O'Keld"), ("anouk", "Anouk Vess")]
    db.executemany("INSERT INTO peloton.instructors VALUES (?, ?)", names)
    db.execute(
        "CREATE TABLE plays (ride_id VARCHAR, title VARCHAR, artist VARCHAR, id VARCHAR, alias VARCHAR,"
        " explicit BOOLEAN)"
    )
    db.executemany("INSERT INTO plays VALUES (?, ?, ?, ?, ?, ?)", PLAYS)
    db.execute(
        "CREATE TABLE peloton.songs AS SELECT ride_id, row_number() OVER (PARTITION BY ride_id ORDER BY rowid) AS"
        " playlist_order, title, [artist] AS artist_names, NULL::VARCHAR AS album_name, 60 AS start_offset_s,"
        " explicit AS is_explicit, md5(title || artist) AS track_key FROM plays"
    )
    db.execute(
        "CREATE TABLE peloton.song_artists AS SELECT artist AS artist_name, id AS artist_id,"
        " alias AS artist_alias_id FROM plays"
    )
    db.execute(
        "CREATE TABLE peloton.workouts (username VARCHAR, ride_id VARCHAR, start_time TIMESTAMPTZ,"
        " removed_at TIMESTAMPTZ)"
    )
    db.executemany("INSERT INTO peloton.workouts VALUES (?, ?, ?, NULL)", TAKEN)
    for table in ("peloton.rides", "peloton.songs", "peloton.song_artists"):
        db.execute(f"CREATE VIEW {table.split('.')[1]} AS FROM {table}")
    for table in SEARCH_TABLES:
        if table == "peloton.tracks":
            show_search_views(db, "search.no_tracks", [])
        db.execute(f"CREATE TABLE {table} AS {statement(table)}")
        db.execute(f"CREATE VIEW {table.split('.')[1]} AS FROM {table}")
    return db


@pytest.fixture(scope="module")
def search(connection: duckdb.DuckDBPyConnection) -> SongSearch:
    return SongSearch(connection)


def rides(
    search: SongSearch,
    text: str | None = "orbit machine",
    title: str | None = "Orbit Machine",
    **filters: Any,
) -> list[str]:
    """The classes of the hits with a title, in their order."""
    found, _ = search.find(Question.of(text, filters), 100)
    return [hit["ride_id"] for hit in found if title in (None, hit["track_title"])]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "fedcba"),
        ({"instructor": "zoe"}, "dba"),
        ({"instructor": ["brantner", "anouk"]}, "edba"),
        ({"not_instructor": "zoe"}, "fec"),
        ({"instructor": "nobody"}, ""),
        ({"discipline": "rowing"}, "c"),
        ({"discipline": "bike"}, "feba"),
        ({"minutes": 30}, "feca"),
        ({"minutes": [20, 45]}, "db"),
        ({"difficulty": "begginer"}, "a"),
        ({"language": "german"}, "b"),
        ({"zone": "endurance"}, "b"),
        ({"zone": "max"}, "e"),
        ({"since": "2024-04-01"}, "fed"),
        ({"until": date(2024, 4, 1)}, "cba"),
        ({"since": "2024-02-01", "until": "2024-04-01"}, "cb"),
        ({"explicit": True}, ""),
        ({"explicit": False}, "fedcba"),
        ({"taken": True}, "cba"),
        ({"taken": True, "username": "me"}, "ba"),
        ({"taken": False, "username": "me"}, "fedc"),
        ({"not_taken_since": "2024-09-15", "username": "me"}, "fedca"),
        ({"longest_ago": True, "username": "me"}, "fedcab"),
        ({"instructor": "zoe", "minutes": 45, "language": "german", "taken": True}, "b"),
    ],
)  # fmt: skip
def test_filters(search: SongSearch, filters: dict[str, Any], expected: str) -> None:
    assert "".join(rides(search, **filters)) == expected


def test_explicit_songs_alone(search: SongSearch) -> None:
    assert rides(search, explicit=True, title=None) == ["a"]


def test_filters_without_words_give_all_they_play(search: SongSearch) -> None:
    assert rides(search, text=None, instructor="anouk", title=None) == ["e", "e", "e"]


@pytest.mark.parametrize(
    ("text", "titles"),
    [("harrow sisters", {"Tin Lantern", "Salt Road"}), ("wren okafor", {"Paper Lantern", "Glass Lantern"})],
)
def test_an_artist_is_found_by_every_spelling(search: SongSearch, text: str, titles: set[str]) -> None:
    found, _ = search.find(Question(artist=text))
    assert {hit["track_title"] for hit in found} == titles
    assert {title for title, _ in search.tracks(text)} >= titles


def test_own_history_decides_between_equals(
    search: SongSearch, connection: duckdb.DuckDBPyConnection
) -> None:
    """Two songs of one name: class f is newer, but who took class e heard the other one."""
    connection.execute("INSERT INTO peloton.workouts VALUES ('she', 'e', '2024-11-01', NULL)")
    found, _ = SongSearch(connection).find(Question("common", username="she"))
    assert [hit["artist_names"] for hit in found] == [["Bo Lind"], ["Ann Dale"]]
    found, _ = search.find(Question("common", username="me"))
    assert [hit["artist_names"] for hit in found] == [["Ann Dale"], ["Bo Lind"]]


def test_a_hit_tells_what_is_needed_to_take_the_class(search: SongSearch) -> None:
    (hit,), hits = search.find(Question("tin lantern harrow sisters"))
    assert hits == 1
    assert {name: hit[name] for name in ("why", "plays", "classes", "start_offset_s", "language", "score")} == {
        "why": "artist and title", "plays": 1, "classes": 1, "start_offset_s": 60, "language": "english", "score": 1.0,
    }  # fmt: skip
    (hit, *_), hits = search.find(Question("orbit machine quillfeather"))
    assert (hit["plays"], hit["classes"], hits) == (7, 6, 6)


def test_the_macro_gives_the_same_scores(search: SongSearch, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(statement("macro.3_find_songs"))
    for text in ("orbit machine", "lantren", "harrow", "paperlantern", "tin lan tern", "salt"):
        told = connection.execute("SELECT title, artist_names FROM peloton.find_songs($text)", {"text": text})
        assert search.tracks(text, 100) == told.fetchall(), text
