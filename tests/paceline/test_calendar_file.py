"""Calendar files, read back by two libraries that share no code, and as plain lines."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import icalendar
import pytest
import vobject
from hostile import TEXTS

from paceline.calendar_file import Entry, calendar, write_calendar

WRITTEN_AT = datetime(2025, 9, 9, 11, 54, tzinfo=UTC)
START = datetime(2025, 9, 9, 12, 0, tzinfo=UTC)
OCTETS_OF_A_LINE = 75


def entry(**changes: object) -> Entry:
    told: dict[str, object] = {
        "season_id": 5862,
        "race_week_num": 0,
        "starts_at": START,
        "ends_at": START + timedelta(minutes=24),
        "summary": "Mazda MX-5, fixed; by someone",
        "location": "Nürburgring - Nordschleife, 24h",
        "details": ("2025 Season 3", "Week 1", "Race: 10 laps, or\\20 min"),
    }
    return Entry(**{**told, **changes})  # type: ignore[arg-type]


def by_icalendar(content: bytes) -> list[dict[str, object]]:
    """What the first library reads."""
    read = icalendar.Calendar.from_ical(content)
    assert not read.errors
    return [
        {
            "uid": str(event["uid"]),
            "starts_at": event.decoded("dtstart"),
            "ends_at": event.decoded("dtend") if "dtend" in event else None,
            "stamp": event.decoded("dtstamp"),
            "summary": str(event["summary"]),
            "location": str(event["location"]),
            "description": str(event["description"]),
        }
        for event in read.walk("VEVENT")
    ]


def by_vobject(content: bytes) -> list[dict[str, object]]:
    """What the second library reads; it checks the required properties too."""
    read = vobject.readOne(content.decode())
    read.validate(raiseException=True)
    return [
        {
            "uid": event.uid.value,
            "starts_at": event.dtstart.value,
            "ends_at": event.dtend.value if "dtend" in event.contents else None,
            "stamp": event.dtstamp.value,
            "summary": event.summary.value,
            "location": event.location.value,
            "description": event.description.value,
        }
        for event in read.contents.get("vevent", [])
    ]


@pytest.mark.promise("C2")
def test_two_parsers_read_what_was_meant() -> None:
    entries = [entry(), entry(starts_at=START + timedelta(hours=2), ends_at=None), entry(season_id=5376)]
    content = calendar(entries, "iRacing", WRITTEN_AT)
    expected = [
        {
            "uid": each.uid,
            "starts_at": each.starts_at,
            "ends_at": each.ends_at,
            "stamp": datetime(2025, 9, 9, tzinfo=UTC),
            "summary": each.summary,
            "location": each.location,
            "description": "\n".join(each.details),
        }
        for each in entries
    ]
    assert by_icalendar(content) == by_vobject(content) == expected


def test_lines_are_as_the_standard_wants_them() -> None:
    content = calendar([entry(summary="é" * 200)], "iRacing", WRITTEN_AT)
    lines = content.split(b"\r\n")
    assert lines[:2] == [b"BEGIN:VCALENDAR", b"VERSION:2.0"] and lines[-1] == b""
    assert not [line for line in lines if len(line) > OCTETS_OF_A_LINE or b"\n" in line or b"\r" in line]
    assert b"DTSTART:20250909T120000Z" in lines
    assert b"DTEND:20250909T122400Z" in lines
    assert b"PRODID:-//Paceline//Race starts//EN" in lines


def test_uids_stay_and_differ() -> None:
    """The same start has the same UID tomorrow and from another zone; another start, week or season has its own."""
    berlin = timezone(timedelta(hours=2))
    assert entry().uid == entry(starts_at=START.astimezone(berlin), summary="renamed").uid
    others = [entry(starts_at=START + timedelta(minutes=15)), entry(race_week_num=1), entry(season_id=1)]
    assert len({entry().uid, *(other.uid for other in others)}) == 4
    assert entry().uid == "5862-0-20250909T120000Z@iracing.paceline"


def test_the_same_day_gives_the_same_bytes() -> None:
    later = WRITTEN_AT + timedelta(hours=11)
    assert calendar([entry()], "iRacing", WRITTEN_AT) == calendar([entry()], "iRacing", later)
    tomorrow = calendar([entry()], "iRacing", WRITTEN_AT + timedelta(days=1))
    assert b"DTSTAMP:20250910T000000Z" in tomorrow


def test_an_end_before_its_start_is_left_out() -> None:
    for ends_at in (START, START - timedelta(minutes=1)):
        content = calendar([entry(ends_at=ends_at)], "iRacing", WRITTEN_AT)
        assert b"DTEND" not in content
        assert by_icalendar(content) == by_vobject(content)


def test_a_calendar_without_starts_is_still_one() -> None:
    content = calendar([], "iRacing", WRITTEN_AT)
    assert by_icalendar(content) == by_vobject(content) == []


INJECTIONS = (
    "END:VEVENT\r\nBEGIN:VALARM\r\nACTION:PROCEDURE", "x\nATTACH:file:///etc/passwd", "a;b,c\\n\\;d:e", '"quoted"',
    "BEGIN:VCALENDAR", "x\r\n ", " leads", "\\", "\\\\n", ";", "%0A", "\\N", "^n^'", "",
)  # fmt: skip


@pytest.mark.promise("F1")
@pytest.mark.parametrize("text", [*INJECTIONS, *TEXTS], ids=range(len(INJECTIONS) + len(TEXTS)))
def test_hostile_texts_stay_texts(text: str) -> None:
    text = text[:2000]
    content = calendar([entry(summary=text, location=text, details=(text, text))], text, WRITTEN_AT)
    lines = re.sub(rb"\r\n[ \t]", b"", content).split(b"\r\n")
    names = [line.partition(b":")[0].partition(b";")[0] for line in lines if line]
    assert names == [
        b"BEGIN", b"VERSION", b"PRODID", b"CALSCALE", b"X-WR-CALNAME", b"BEGIN", b"SUMMARY", b"DTSTART", b"DTEND",
        b"DTSTAMP", b"UID", b"DESCRIPTION", b"LOCATION", b"END", b"END",
    ]  # fmt: skip
    (first,), (second,) = by_icalendar(content), by_vobject(content)
    assert first["uid"] == second["uid"] == entry().uid
    for read in (first, second):
        # The writing library takes a backslash with N for the end of a line, which is harmless.
        assert str(read["summary"]).replace("\n", "").isprintable()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "races.ics"
    write_calendar(path, [entry()], "iRacing", WRITTEN_AT)
    before = path.read_bytes()

    def fails(*paths: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(KeyboardInterrupt):
        write_calendar(path, [entry(season_id=1)], "iRacing", WRITTEN_AT)
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]
