"""Files that another version of Paceline wrote: lake, landing zone, limit ledger and tokens still do their work."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from engine import build_tables
from equal import Content, content
from landed import BEGAN, Told, Zone, a_ride, a_song
from observing import rows
from publishing import published

from peloton_assets.transform import DETAILS, LISTINGS, MONTHLY_TABLES, connect, show_stored
from resources.errors import StorageProblem
from resources.lake import Lake
from resources.landing import landed_line
from resources.limit_ledger import FileLedger, Pace
from resources.table_docs import table_docs
from resources.tokens import Tokens, TokenStore

pytestmark = pytest.mark.promise("A6")

# What the next version might add: of each kind of column one or two.
NEW_COLUMNS = {
    LISTINGS: ["is_available", "location", "difficulty_rating_avg", "individual_instructor_ids", "series_id"],
    DETAILS: ["playlist_id", "is_ftp_test"],
}


def as_of_an_older_version(lake: Lake, table: str, columns: list[str], files: slice = slice(None)) -> None:
    """Take columns out of files of a table."""
    for path in lake.files(table)[files]:
        pl.read_parquet(path).drop(columns).write_parquet(path)


@pytest.fixture(scope="module")
def whole(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What a warehouse of this version holds."""
    return content(published(shutil.copytree(built, tmp_path_factory.mktemp("whole") / "data")))


def test_staging_files_of_an_older_version_lack_columns(folder: Path, whole: Content) -> None:
    """Of what is lacking nothing is known until a rebuild, and everything else is as it was."""
    zone = Zone(folder)
    as_of_an_older_version(zone.lake, LISTINGS, NEW_COLUMNS[LISTINGS])
    as_of_an_older_version(zone.lake, DETAILS, NEW_COLUMNS[DETAILS], slice(1))
    build_tables(zone.lake)
    found = content(published(folder))
    assert {table: count for table, (count, _) in found.items()} == {
        table: count for table, (count, _) in whole.items()
    }
    assert {table for table in whole if found[table] != whole[table]} == {
        "peloton.rides",
        "peloton.playlists",
    }
    zone.build()
    assert content(published(folder)) == whole


def test_a_sync_fills_the_columns_of_what_it_reads(folder: Path) -> None:
    zone = Zone(folder)
    as_of_an_older_version(zone.lake, LISTINGS, NEW_COLUMNS[LISTINGS])
    known = zone.lake.row_count(zone.lake.files(LISTINGS))
    ride = a_ride(location="studio")
    assert zone.merge(zone.list_page([ride])).created == 1
    assert zone.lake.row_count(zone.lake.files(LISTINGS)) == known + 1
    with connect() as connection:
        show_stored(connection, zone.lake, LISTINGS)
        found = connection.sql("SELECT ride_id FROM ride_listings WHERE location IS NOT NULL").fetchall()
    assert found == [(ride["id"],)]


def test_typed_files_of_an_older_version_are_written_anew(folder: Path, whole: Content) -> None:
    lake = Lake(folder / "lake")
    for place, table in enumerate(MONTHLY_TABLES):
        as_of_an_older_version(lake, table, [list(table_docs()[table].columns)[-1]], slice(place, None))
    build_tables(lake)
    assert content(published(folder)) == whole


def test_landed_lines_of_another_form_are_read(tmp_path: Path) -> None:
    """A version that kept less beside the payload, and one that keeps more."""
    zone, ride = Zone(tmp_path), a_ride()
    zone.list_page([ride])
    moment = "2026-11-01T00:00:09+00:00"
    payload = {"ride": ride, "playlist": {"id": "p", "songs": [a_song()]}}
    older = {"item": ride["id"], "fetched_at": moment, "payload": payload}
    newer = json.loads(landed_line(Told(json.dumps(payload), BEGAN), "another"))
    newer = {"payload": newer.pop("payload"), "headers": {"Date": "x"}, "item": ride["id"] + "x", **newer}
    folder = zone.landing.root / "peloton" / "ride_details" / "2024-05"
    folder.mkdir(parents=True)
    text = "".join(json.dumps(line, indent=None) + "\n" for line in (older, newer))
    (folder / "20261101T000009000000-1-0.ndjson.part").write_text(text)
    zone.landing.recover()
    zone.build()
    assert [song["title"] for song in rows(zone.lake, "peloton.songs")] == ["Paper Harbor"]
    assert {row["ride_id"] for row in rows(zone.lake, DETAILS)} == {ride["id"], "another"}


def ledger_of_another_version(path: Path, change: str) -> FileLedger:
    FileLedger(path, "peloton").hold(3_600, "asked to wait")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(change)
    return FileLedger(path, "peloton")


def test_a_ledger_of_a_newer_version_keeps_its_holds_and_counts(tmp_path: Path) -> None:
    newer = ledger_of_another_version(
        tmp_path / "limits.sqlite",
        "ALTER TABLE holds ADD COLUMN told_by TEXT; ALTER TABLE spent ADD COLUMN warned INTEGER DEFAULT 0;"
        " CREATE TABLE windows (name TEXT); PRAGMA user_version = 9;",
    )
    held_s, reason = newer.take(Pace(5, 0.0))
    assert (held_s > 3_000, reason) == (True, "asked to wait")
    newer.hold(7_200, "asked to wait longer")
    newer.refused()
    assert newer.held()[1] == "asked to wait longer"
    assert newer.today() == (0, 1)


def test_a_ledger_that_lacks_a_column_is_named_and_left_alone(tmp_path: Path) -> None:
    """It guards the account: no pace is better than a guessed one."""
    path = tmp_path / "limits.sqlite"
    older = ledger_of_another_version(path, "ALTER TABLE holds DROP COLUMN until_uptime;")
    with pytest.raises(StorageProblem, match=r"limits\.sqlite.*may be deleted"):
        older.take(Pace(5, 0.0))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM holds").fetchone() == (1,)


def test_tokens_of_other_versions_are_read_and_no_account_is_lost(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.save("peloton", Tokens(refresh_token="ours"))
    older: dict[str, Any] = {"access_token": "a", "refresh_token": "r"}
    newer = {**older, "scope": ["library"], "seen": ["x"], "device": {"id": 1}}
    path = store.path("peloton")
    path.write_text(json.dumps({"accounts": {"older": older, "newer": newer}, "format": 2}))
    assert store.load("peloton", "older") == Tokens(access_token="a", refresh_token="r")
    assert store.load("peloton", "newer") == Tokens(access_token="a", refresh_token="r", seen=("x",))
    store.save("peloton", Tokens(refresh_token="rotated"), "older")
    assert json.loads(path.read_text())["accounts"]["newer"] == newer


def test_a_warehouse_of_another_version_is_replaced(folder: Path, whole: Content) -> None:
    """It is derived: whatever is in it, the next build writes it anew."""
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        connection.execute("CREATE SCHEMA peloton; CREATE TABLE peloton.rides (another INTEGER)")
    assert content(published(folder)) == whole
