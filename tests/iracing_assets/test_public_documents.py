"""The other door: a folder of documents. What each file is tells its content; what is none is named and left alone."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import is_inert, paceline
from equal import content
from hostile import PATHS
from racing_in_process import CATALOGUE, RacingInProcess, build, crawl, landed, rows, seasons_only

from iracing_assets.documents import CURRENT
from iracing_assets.public_documents import UNDATED, find_documents, identify
from iracing_assets.workspace import Workspace

LONG_AGO = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def folder(racing: RacingInProcess, tmp_path: Path) -> Path:
    """What somebody saved: every document we read, under names that say nothing."""
    client = racing.workspace(tmp_path / "nowhere").client
    season = racing.season("hourly")
    answers = [
        client.series(), client.series_assets(), client.car_classes(), client.cars(), client.car_assets(),
        client.tracks(), client.track_assets(), client.current_seasons(), client.season_schedule(season["season_id"]),
        client.past_seasons(season["series_id"]), client.season_list(2026, 4),
        client.get("series/season_list", lambda _: None), client.get("series/stats_series", lambda _: None),
    ]  # fmt: skip
    folder = tmp_path / "saved"
    for number, answer in enumerate(answers):
        path = folder / f"{number % 3}" / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(answer.payload, indent=number % 2 or None))
    return folder


def imported(folder: Path, *options: str) -> dict[str, Any]:
    ended = paceline("import", "iracing", str(folder), "--json", *options)
    assert ended.code == 0, ended.err
    facts: dict[str, Any] = json.loads(ended.out)
    return facts


def test_every_document_is_known_by_its_content(folder: Path) -> None:
    found = find_documents(folder)
    assert found.unused == []
    assert sorted(document.resource for document in found.documents) == sorted(
        [*CATALOGUE, CURRENT, "series_season_schedule", "series_past_seasons", "season_list",
         "series_season_list", "series_stats_series"]
    )  # fmt: skip


def test_an_import_makes_the_tables_that_a_sync_makes(
    folder: Path, racing: RacingInProcess, data_dir: Path, tmp_path: Path
) -> None:
    for path in folder.rglob("*.json"):
        if identify(json.loads(path.read_text())) not in (*CATALOGUE, CURRENT):
            path.unlink()
    facts = imported(folder)
    assert (facts["new"], facts["known"], facts["unused"]) == (8, 0, [])
    synced = racing.workspace(tmp_path / "synced")
    crawl(synced)
    build(synced)
    ours, theirs = (
        content(path, without=("first_seen_at",))
        for path in (data_dir / "warehouse.duckdb", synced.settings.warehouse_file)
    )
    assert {table: found for table, found in ours.items() if table.startswith("iracing")} == {
        table: found for table, found in theirs.items() if table.startswith("iracing")
    }


def test_an_import_twice_changes_nothing(folder: Path, data_dir: Path) -> None:
    first = imported(folder)
    before = content(data_dir / "warehouse.duckdb", without=())
    landed_before = sorted(data_dir.glob("landing/iracing/*/*/*"))
    (folder / "0" / "0.json").rename(folder / "2" / "the same by another name.json")
    again = imported(folder)
    assert (first["new"], again["new"], again["known"]) == (13, 0, 13)
    assert content(data_dir / "warehouse.duckdb", without=()) == before
    assert sorted(data_dir.glob("landing/iracing/*/*/*")) == landed_before


@pytest.mark.parametrize("order", ["older first", "newer first", "together"])
@pytest.mark.tier("N")
def test_an_older_document_does_not_hide_a_newer_one(
    order: str, racing: RacingInProcess, data_dir: Path, tmp_path: Path
) -> None:
    season = racing.season("hourly")
    client = racing.workspace(tmp_path / "nowhere").client
    for name, month, laps in (("older", 9, 11), ("newer", 10, 22)):
        racing.edit(season["season_id"], 0, race_lap_limit=laps)
        racing.edit(season["season_id"], None, start_date=f"2026-{month:02}-20T00:00:00Z", season_name=name)
        (tmp_path / "saved" / name).mkdir(parents=True)
        (tmp_path / "saved" / name / "seasons.json").write_text(client.current_seasons().text)
    orders = {"older first": ("older", "newer"), "newer first": ("newer", "older"), "together": ("",)}
    for name in orders[order]:
        imported(tmp_path / "saved" / name)
    work = racing.workspace(data_dir)
    (event,) = [
        row for row in rows(work.lake, "iracing.events")
        if (row["season_id"], row["race_week_num"]) == (season["season_id"], 0)
    ]  # fmt: skip
    assert event["race_lap_limit"] == 22
    (stored,) = [row for row in rows(work.lake, "iracing.seasons") if row["season_id"] == season["season_id"]]
    assert (stored["season_name"], stored["active"]) == ("newer", True)
    (change,) = rows(work.lake, "iracing.schedule_changes")
    assert change["field"] == "length" and '"race_lap_limit":22' in change["new_value"]


def test_a_sync_is_newer_than_any_file(folder: Path, racing: RacingInProcess, data_dir: Path) -> None:
    season_id = racing.season("hourly")["season_id"]
    racing.edit(season_id, 0, race_lap_limit=33)
    work = racing.workspace(data_dir)
    seasons_only(work)
    build(work)
    imported(folder)
    (event,) = [
        row for row in rows(work.lake, "iracing.events")
        if (row["season_id"], row["race_week_num"]) == (season_id, 0)
    ]  # fmt: skip
    assert event["race_lap_limit"] == 33


def test_a_day_that_a_person_names_counts(folder: Path, racing: RacingInProcess, data_dir: Path) -> None:
    imported(folder, "--as-of", "2026-09-01")
    work = racing.workspace(data_dir)
    told = {line["fetched_at"] for name in (*CATALOGUE, CURRENT) for line in landed(work, name)}
    assert told == {LONG_AGO.isoformat(timespec="microseconds")}
    assert {row["first_seen_at"] for row in rows(work.lake, "iracing.events")} == {LONG_AGO}


def test_no_document_comes_from_the_future(folder: Path) -> None:
    ahead = find_documents(folder, datetime.now(UTC) + timedelta(days=400)).documents
    assert all(document.fetched_at <= datetime.now(UTC) for document in ahead)
    schedule = {"success": True, "season_id": 1, "schedules": [{"start_date": "2999-01-01"}]}
    (folder / "x.json").write_text(json.dumps(schedule))
    (document,) = find_documents(folder / "x.json").documents
    assert UNDATED <= document.fetched_at < UNDATED + timedelta(days=365)


UNUSABLE = {
    "empty.json": b"",
    "torn.json": b'[{"season_id": 1, "schedules": [',
    "page.json": b"<html>One moment please</html>",
    "binary.json": bytes(range(256)),
    "null.json": b"null",
    "number.json": b"12",
    "text.json": b'"series"',
    "nothing.json": b"[]",
    "rows.json": b"[[1, 2], null]",
    "foreign.json": b'[{"ride_id": 1}]',
    "deep.json": b"[" * 20_000 + b"]" * 20_000,
}


def test_files_of_no_use_are_named_and_stop_nobody(folder: Path, data_dir: Path, tmp_path: Path) -> None:
    for name, body in UNUSABLE.items():
        (folder / name).write_bytes(body)
    (folder / "notes.txt").write_text("not even looked at")
    (tmp_path / "secret.json").write_text('[{"season_id": 1, "schedules": []}]')
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "folder.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    with (folder / "huge.json").open("wb") as file:
        file.truncate(200 * 2**20)
    facts = imported(folder)
    assert facts["new"] == 13
    why = {unused["file"]: unused["why"] for unused in facts["unused"]}
    assert why.keys() == {*UNUSABLE, "link.json", "folder.json", "pipe.json", "huge.json"}
    assert why["huge.json"] == "larger than 128 MB" and all(why.values())
    assert {why[name] for name in ("link.json", "folder.json", "pipe.json")} == {"no plain file"}
    seasons = {
        row["season_id"] for row in rows(RacingInProcess().workspace(data_dir).lake, "iracing.seasons")
    }
    assert 1 not in seasons, "what the link led to"


def test_a_folder_without_a_document_is_refused(tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    for place in (tmp_path / "x.json", tmp_path / "nowhere"):
        ended = paceline("import", "iracing", str(place))
        assert ended.code == 2 and str(place) in ended.err
    assert not (data_dir / "landing").exists()


@pytest.mark.promise("F2", "F4")
def test_names_of_files_lead_nowhere_and_print_inert(folder: Path, data_dir: Path, tmp_path: Path) -> None:
    before = {path.name for path in tmp_path.iterdir()} | {data_dir.name}
    body = (folder / "2" / "2.json").read_text()
    classes = json.loads(body)
    made = 0
    for number, name in enumerate(PATHS):
        path = folder / f"{name.replace('/', '_')}.json"
        if "\0" in name or len(path.name.encode()) > 255:
            continue
        path.write_text(json.dumps([{**classes[0], "car_class_id": 1_000 + number}]))
        made += 1
    (folder / "bad \x1b[2J\n.json").write_text("[]")
    ended = paceline("import", "iracing", str(folder))
    assert ended.code == 0 and is_inert(ended.err) and "bad" in ended.err
    found = {row["car_class_id"] for row in rows(workspace_of(data_dir).lake, "iracing.car_classes")}
    assert len([class_id for class_id in found if class_id >= 1_000]) == made > 80
    assert {path.name for path in tmp_path.iterdir()} == before


def workspace_of(data_dir: Path) -> Workspace:
    return RacingInProcess().workspace(data_dir)
