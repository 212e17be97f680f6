"""`paceline races` on a small invented calendar: what it finds, shows, writes and says when there is nothing."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import icalendar
import pytest
import typer
from click.testing import Result
from hostile import TEXTS, short
from typer.testing import CliRunner

from iracing_assets.recurrence import Pattern
from paceline import race_words, races
from paceline.show import out
from resources.errors import StorageProblem, UsageProblem
from resources.lake import Lake
from resources.settings import CHECKOUT
from resources.state import State
from resources.warehouse import publish
from tests.iracing_assets.race_tables import create, insert

CONTRACT = {
    "starts_at", "ends_at", "season_id", "season_name", "series_name", "track_name", "race_week_num",
    "super_session",
}  # fmt: skip
WEEK = date(2025, 9, 9)  # a Tuesday
AT = ("--from", "2025-09-09T11:54Z", "--tz", "UTC")
LOUD = "Loud\x1b[2J [bold]Cup[/bold]\r\nEND:VEVENT"


def season(season_id: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "season_id": season_id, "series_id": season_id * 10, "season_name": f"{name} - 2025 Season 3",
        "series_name": name, "season_year": 2025, "season_quarter": 3, "active": True, "official": True,
        "fixed_setup": False, "license_group": 2, "car_class_ids": [1], **more,
    }  # fmt: skip


def event(season_id: int, week: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "season_id": season_id, "race_week_num": week, "series_id": season_id * 10, "track_id": 1,
        "start_date": WEEK + timedelta(weeks=week), "event_month": WEEK.replace(day=1), "time_pattern": [],
        "schedule_name": "x", "category": "sports_car", "race_time_limit_min": 20, "precip_chance_pct": 15.0,
        "car_class_ids": [], "race_week_car_ids": [], **more,
    }  # fmt: skip


def hourly(minute: int = 0, repeat: int = 60, start: date = WEEK) -> list[dict[str, Any]]:
    return [vars(Pattern(start, (0, 1, 2, 3, 4, 5, 6), time(0, minute), repeat, 45))]


ROWS: dict[str, list[dict[str, Any]]] = {
    "seasons": [
        season(1, "Mazda MX-5 Cup", license_group=1),
        season(2, "Señor GT3 Sprint", license_group=3, car_class_ids=[2]),
        season(3, "Retired Trophy", active=False),
        season(4, "NASCAR Tour", license_group=5, car_class_ids=[]),
        season(5, LOUD, official=False, license_group=0),
        season(6, "Pro Invitational", license_group=7),
    ],
    "series": [
        {"series_id": 10, "series_name": "Mazda MX-5 Cup", "series_short_name": "MX-5", "category": "sports_car"}
    ],
    "events": [
        event(1, time_pattern=hourly(15)),
        event(1, 1, time_pattern=hourly(45, start=WEEK + timedelta(weeks=1)), track_id=2),
        event(2, time_pattern=hourly(0, 120), track_id=2, race_lap_limit=25),
        event(3, time_pattern=hourly()),
        event(4, category="oval", race_week_car_ids=[3], race_lap_limit=100, race_time_limit_min=None),
        event(5, category=None, time_pattern=[vars(Pattern(WEEK, (0,), time(20), None, None))], track_id=9),
        event(6, 2, time_pattern=hourly(start=WEEK + timedelta(weeks=8))),
    ],
    "time_slots": [
        {"season_id": 4, "race_week_num": 0, "starts_at": moment, "session_minutes": 180, "super_session": loud}
        for moment, loud in (("2025-09-10T01:00:00Z", True), ("2025-09-14T19:00:00Z", False))
    ],
    "tracks": [
        {"track_id": 1, "track_name": "Lime Rock Park", "config_name": "N/A"},
        {"track_id": 2, "track_name": "Nürburgring", "config_name": "Nordschleife"},
    ],
    "car_classes": [
        {"car_class_id": 1, "name": "Mazda", "short_name": "MX5", "car_ids": [1]},
        {"car_class_id": 2, "name": "GT3 Class", "short_name": "GT3", "car_ids": [2, 4]},
    ],
    "cars": [
        {"car_id": 1, "car_name": "Mazda MX-5 Cup"},
        {"car_id": 2, "car_name": "Ferrari 296 GT3"},
        {"car_id": 3, "car_name": "Chevrolet Camaro ZL1"},
        {"car_id": 4, "car_name": "Audi R8 LMS"},
    ],
}  # fmt: skip


def build(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        create(connection)
        for table, content in rows.items():
            insert(connection, table, content)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("races"), ROWS)


@pytest.fixture
def command(data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    app = typer.Typer()
    races.register(app)
    app.callback()(lambda: None)
    monkeypatch.setenv("PACELINE_DATA_DIR", str(data))
    monkeypatch.setattr(out, "width", 200)
    return lambda *arguments: CliRunner().invoke(app, ["races", *arguments], catch_exceptions=False)


@pytest.fixture
def found(command: Callable[..., Result]) -> Callable[..., list[dict[str, Any]]]:
    def ask(*arguments: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(command(*AT, "--json", *arguments).stdout)
        return rows

    return ask


def seasons_of(rows: list[dict[str, Any]]) -> set[int]:
    return {row["season_id"] for row in rows}


def test_the_next_day_of_all_active_seasons(found: Callable[..., list[dict[str, Any]]]) -> None:
    rows = found()
    counts = {season: sum(row["season_id"] == season for row in rows) for season in seasons_of(rows)}
    assert counts == {1: 24, 2: 12, 4: 1, 5: 1}
    assert [row["starts_at"] for row in rows] == sorted(row["starts_at"] for row in rows)
    assert rows[0].keys() >= CONTRACT


def test_what_json_says_of_a_start(found: Callable[..., list[dict[str, Any]]]) -> None:
    first = found("--series", "gt3")[0]
    assert {name: first[name] for name in CONTRACT} == {
        "starts_at": "2025-09-09T12:00:00+00:00",
        "ends_at": "2025-09-09T12:45:00+00:00",
        "season_id": 2,
        "season_name": "Señor GT3 Sprint - 2025 Season 3",
        "series_name": "Señor GT3 Sprint",
        "track_name": "Nürburgring",
        "race_week_num": 0,
        "super_session": False,
    }
    assert first["license"] == "C"
    assert first["cars"] == ["Audi R8 LMS", "Ferrari 296 GT3"]
    assert first["car_classes"] == ["GT3 Class"]


@pytest.mark.parametrize(
    ("options", "seasons"),
    [
        (["--series", "MX-5"], {1}),
        (["--series", "cup mazda"], {1}),
        (["--series", "10"], {1}),
        (["--series", " 20"], {2}),
        (["--series", "2025"], {1, 2, 4, 5}),
        (["--series", "senor"], {2}),
        (["--series", "+"], set()),
        (["--series", "retired"], set()),
        (["--license", "r"], {1}),
        (["--license", "Class C"], {2}),
        (["--license", "rookie"], {1}),
        (["--license", "none"], {5}),
        (["--category", "Sports Car"], {1, 2}),
        (["--category", "oval"], {4}),
        (["--track", "nurburgring nord"], {2}),
        (["--track", "-"], set()),
        (["--car", "ferrari"], {2}),
        (["--car", "gt3 class"], {2}),
        (["--car", "camaro"], {4}),
        (["--official"], {1, 2, 4}),
        (["--all", "--series", "loud"], {5}),
        (["--series", "", "--track", " "], {1, 2, 4, 5}),
        (["--license", "c", "--category", "oval"], set()),
    ],
)
def test_filters(found: Callable[..., list[dict[str, Any]]], options: list[str], seasons: set[int]) -> None:
    assert seasons_of(found(*options)) == seasons


def test_the_window_is_half_open(found: Callable[..., list[dict[str, Any]]]) -> None:
    rows = found("--from", "2025-09-09T12:15Z", "--hours", "1", "--series", "mx-5")
    assert [row["starts_at"] for row in rows] == ["2025-09-09T12:15:00+00:00"]


def test_super_sessions_and_missing_ends_are_told(found: Callable[..., list[dict[str, Any]]]) -> None:
    by_season = {row["season_id"]: row for row in found()}
    assert by_season[4]["super_session"] is True
    assert by_season[5]["ends_at"] is None


@pytest.mark.parametrize(
    ("zone", "local", "shown"),
    [
        ("Europe/Berlin", "2025-09-09T14:00:00+02:00", "Tue 2025-09-09 14:00 CEST"),
        ("America/St_Johns", "2025-09-09T09:30:00-02:30", "Tue 2025-09-09 09:30 NDT"),
        ("Asia/Kathmandu", "2025-09-09T17:45:00+05:45", "Tue 2025-09-09 17:45 +0545"),
    ],
)
def test_times_are_of_the_zone(
    command: Callable[..., Result],
    found: Callable[..., list[dict[str, Any]]],
    zone: str,
    local: str,
    shown: str,
) -> None:
    assert found("--tz", zone, "--series", "gt3")[0]["local_time"] == local
    assert shown in command(*AT, "--tz", zone, "--series", "gt3").stdout


def test_a_moment_without_a_zone_is_of_the_shown_zone(found: Callable[..., list[dict[str, Any]]]) -> None:
    rows = found("--from", "2025-09-09 14:00", "--tz", "Europe/Berlin", "--hours", "1", "--series", "gt3")
    assert [row["starts_at"] for row in rows] == ["2025-09-09T12:00:00+00:00"]


@pytest.mark.promise("C2")
def test_both_hours_of_an_autumn_night_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = date(2025, 10, 26)
    events = [event(1, start_date=night, time_pattern=hourly(30, start=night))]
    monkeypatch.setenv(
        "PACELINE_DATA_DIR", str(build(tmp_path, {**ROWS, "events": events, "time_slots": []}))
    )
    monkeypatch.setattr(out, "width", 200)
    app = typer.Typer()
    races.register(app)
    text = CliRunner().invoke(
        app, ["--from", "2025-10-26T02:00", "--hours", "3", "--tz", "Europe/Berlin"], catch_exceptions=False
    ).stdout  # fmt: skip
    shown = [f"{hour}:30 {name}" for hour, name in (("02", "CEST"), ("02", "CET"), ("03", "CET"))]
    assert [each for each in shown if each in text] == shown


def test_a_limit_is_told(command: Callable[..., Result], found: Callable[..., list[dict[str, Any]]]) -> None:
    assert len(found("--limit", "3")) == 3
    assert "3 of 38 starts; --limit shows more." in command(*AT, "--limit", "3").stdout
    long = command(*AT, "--hours", "96").stdout
    assert f"{races.SHOWN_STARTS} of " in long
    assert len(found("--hours", "96")) > races.SHOWN_STARTS


def test_the_table_names_what_a_racer_looks_for(command: Callable[..., Result]) -> None:
    text = command(*AT, "--series", "gt3", "--hours", "1").stdout
    for part in ("Señor GT3 Sprint", "Nürburgring - Nordschleife", "25 laps or 20 min", "45 min", " C "):
        assert part in text
    assert "NASCAR Tour (super session)" in command(*AT, "--category", "oval").stdout
    assert "N/A" not in command(*AT).stdout


def test_the_running_week(command: Callable[..., Result], found: Callable[..., list[dict[str, Any]]]) -> None:
    rows = {row["season_id"]: row for row in found("--week")}
    assert rows.keys() == {1, 2, 4, 5}
    assert rows[1]["starts"] == "daily every hour from 00:15"
    assert rows[4]["starts"] == "Wed 01:00, Sun 19:00"
    assert rows[5]["starts"] == "Tue at 20:00"
    assert rows[1]["next_start"] == "2025-09-09T12:15:00+00:00"
    text = command(*AT, "--week").stdout
    for part in (
        "Lime Rock Park",
        "15 %",
        "daily every 2 hours from 00:00",
        "Chevrolet Camaro ZL1",
        "GT3 Class",
    ):
        assert part in text
    next_week = {row["season_id"]: row for row in found("--week", "--from", "2025-09-16T00:00Z")}
    assert next_week[1]["race_week_num"] == 1
    assert found("--week", "--from", "2025-12-24") == []
    assert "No chosen series" in command(*AT, "--week", "--from", "2025-12-24").stdout


def test_nothing_found_says_when_the_next_one_is(command: Callable[..., Result]) -> None:
    said = command(*AT, "--series", "invitational")
    assert said.exit_code == 0
    assert "Looked at 1 week of 1 active season." in said.stdout
    assert "The next one is Tue 2025-11-04 00:00 UTC: Pro Invitational, Lime Rock Park." in said.stdout
    assert "No later start is known" in command(*AT, "--from", "2026-01-01").stdout
    assert "--track" in command(*AT, "--track", "nowhere").stdout
    assert "Categories are: oval, sports_car." in command(*AT, "--category", "boats").stdout
    assert command(*AT, "--series", "invitational", "--json").stdout == "[]\n"


def test_a_calendar_file(command: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "races.ics"
    assert command(*AT, "--ics", str(path)).exit_code == 0
    first = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert len(first) == 38
    assert command(*AT, "--ics", str(path), "--hours", "48").exit_code == 0
    second = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    uids = {str(each["uid"]) for each in second}
    assert len(uids) == len(second) == 74
    assert uids >= {str(each["uid"]) for each in first}
    tour = next(each for each in first if "NASCAR" in each["summary"])
    assert str(tour["summary"]) == "NASCAR Tour (super session)"
    assert tour.decoded("dtstart") == datetime(2025, 9, 10, 1, tzinfo=UTC)
    assert tour.decoded("dtend") == datetime(2025, 9, 10, 4, tzinfo=UTC)
    assert "Licence: A" in tour["description"]
    assert "Race: 100 laps" in tour["description"]


def test_a_calendar_of_nothing_forgets_what_was_in_it(command: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "races.ics"
    command(*AT, "--ics", str(path))
    said = command(*AT, "--ics", str(path), "--from", "2026-06-01")
    assert "No later start is known" in said.stdout
    assert icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT") == []


@pytest.mark.promise("F1")
@pytest.mark.parametrize("width", [60, 200])
def test_hostile_names_are_inert(
    command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, width: int
) -> None:
    monkeypatch.setattr(out, "width", width)
    for options in ((), ("--week",), ("--from", "2025-09-08T00:00Z", "--hours", "1")):
        text = command(*AT, "--series", "loud", *options).stdout
        assert "[bold]" in text
        assert "\x1b" not in text and "\r" not in text
    command(*AT, "--series", "loud", "--ics", str(tmp_path / "x.ics"))
    (entry,) = icalendar.Calendar.from_ical((tmp_path / "x.ics").read_bytes()).walk("VEVENT")
    assert "[bold]Cup[/bold]" in entry["summary"]


@pytest.mark.promise("F2")
def test_hostile_words_never_raise(
    command: Callable[..., Result], draw: random.Random, size: Callable[..., int]
) -> None:
    for text in draw.sample(short(), size(P=8, N=len(short()))):
        for option in ("--series", "--category", "--track", "--car"):
            typed = text.encode("utf-8", "replace").decode()
            assert command(*AT, "--hours", "1", f"{option}={typed}").exit_code == 0


@pytest.mark.promise("F2")
@pytest.mark.parametrize("option", ["--license", "--tz", "--from"])
def test_hostile_names_are_understood_or_refused(command: Callable[..., Result], option: str) -> None:
    refused = 0
    for text in short():
        try:
            assert (
                command("--hours", "1", f"{option}={text.encode('utf-8', 'replace').decode()}").exit_code == 0
            )
        except UsageProblem as error:
            refused += 1
            assert str(error).isprintable()
    assert len(TEXTS) * 0.9 < refused


@pytest.mark.promise("F2")
def test_hostile_file_names_are_refused_or_files(
    command: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "a" / "b"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    for name in ("", ".", "a\0b", "x" * 300, "-rf", "new\nline.ics", "\x1b[2J.ics", "夜.ics"):
        try:
            assert command(*AT, "--hours", "1", f"--ics={name}").exit_code in (0, 2)
        except (UsageProblem, StorageProblem) as error:
            assert str(error).isprintable()
    assert {path.name for path in work.iterdir()} == {"-rf", "new\nline.ics", "\x1b[2J.ics", "夜.ics"}


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--tz", "Europe/Berln"], "Did you mean Europe/Berlin"),
        (["--tz", "../../etc/passwd"], "such as Europe/Berlin"),
        (["--tz", "Europe"], "zone"),
        (["--license", "E"], "Pro/WC"),
        (["--from", "tonight"], "2026-03-01"),
        (["--from", "9999-12-31T23:00Z"], "earlier"),
        (["--hours", "0"], "1 to"),
        (["--hours", "999999999"], "1 to"),
        (["--limit", "0"], "1 or more"),
        (["--week", "--ics", "x.ics"], "Leave one"),
        (["--ics", "."], "Name a file"),
    ],
)
def test_questions_that_make_no_sense(
    command: Callable[..., Result], arguments: list[str], advice: str
) -> None:
    with pytest.raises(UsageProblem, match=advice):
        command(*arguments)


def test_no_warehouse_no_schedules_no_season(
    command: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / "nothing"))
    with pytest.raises(StorageProblem, match=r"no warehouse.*paceline sync iracing.*paceline import iracing"):
        command()
    publish(tmp_path / "warehouse.duckdb", Lake(tmp_path / "lake"), State(tmp_path / "state"))
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path))
    with pytest.raises(StorageProblem, match=r"no iRacing schedules yet.*paceline sync iracing"):
        command()
    monkeypatch.setenv("PACELINE_DATA_DIR", str(build(tmp_path / "empty", {})))
    with pytest.raises(StorageProblem, match=r"no active iRacing season yet.*paceline sync iracing"):
        command()


def test_the_machines_own_zone(data: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "paceline", "races", "--from", "2025-09-09T14:00", "--hours", "1", "--json"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PACELINE_DATA_DIR": str(data),
            "PYTHONPATH": str(CHECKOUT),
            "TZ": "Europe/Berlin",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert [row["local_time"] for row in json.loads(ended.stdout)] == [
        "2025-09-09T14:00:00+02:00",
        "2025-09-09T14:15:00+02:00",
    ]


def test_help_has_an_example(command: Callable[..., Result]) -> None:
    assert "Example: paceline races" in command("--help").stdout


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Pattern(WEEK, (0, 1, 2, 3, 4, 5, 6), time(0, 45), 120, 1), "daily every 2 hours from 00:45"),
        (Pattern(WEEK, (0, 2), time(0, 15), 30, 1), "Tue, Thu every 30 minutes from 00:15"),
        (Pattern(WEEK, (6,), time(1), 90, 1, True), "Mon every 90 minutes from 01:00 (super session)"),
        (Pattern(WEEK, (10**9,), time(1), 0, 1), "Mon at 01:00"),
        (Pattern(WEEK, (), time(1), 60, 1), ""),
        (Pattern(WEEK, None, time(1), 60, 1), ""),
        (Pattern(WEEK, (0,), None, 60, 1), ""),
    ],
)
def test_patterns_in_plain_words(told: Pattern, said: str) -> None:
    assert race_words.pattern([vars(told)], []) == said


def test_lengths_tracks_and_many_names() -> None:
    lengths = ((25, 40), (25, None), (None, 40), (None, None))
    assert [race_words.length(*each) for each in lengths] == ["25 laps or 40 min", "25 laps", "40 min", ""]
    assert race_words.track("Daytona", None) == race_words.track("Daytona", "N/A") == "Daytona"
    assert race_words.cars(list("abcdef")) == "a, b, c, d and 2 more"
    many = [datetime(2025, 9, 9, hour, tzinfo=UTC) for hour in range(9)]
    assert race_words.pattern([], many) == "9 single starts"
