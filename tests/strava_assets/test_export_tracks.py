"""GPX, TCX and FIT as series: the API's names and units, nulls where a point is silent, and damage that is told."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strava_exports import (
    DEVELOPER_ID,
    EPOCH,
    FIELD_DESCRIPTION,
    GPX,
    RECORD,
    SESSION,
    SINT8,
    SINT32,
    TCX,
    UINT8,
    UINT16,
    UINT32,
    fit_crc,
    fit_file,
    fit_message,
)

from resources.body import Unreadable
from strava_assets import track_fit, track_series, track_xml
from strava_assets.track_files import kind_of
from strava_assets.track_fit import read_fit
from strava_assets.track_xml import read_xml

TIME, LAT, LNG, ALTITUDE, HEART_RATE, CADENCE, DISTANCE, SPEED, POWER, TEMPERATURE = (
    253,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    13,
)
ENHANCED_SPEED, ENHANCED_ALTITUDE = 73, 78
FIELDS = [
    (TIME, UINT32),
    (LAT, SINT32),
    (LNG, SINT32),
    (ALTITUDE, UINT16),
    (HEART_RATE, UINT8),
    (CADENCE, UINT8),
    (DISTANCE, UINT32),
    (SPEED, UINT16),
    (POWER, UINT16),
    (TEMPERATURE, SINT8),
]
FIRST = (EPOCH, -(2**30), 2**29, 2550, 120, 80, 1250, 3000, 200, -5)
SILENT = (EPOCH + 2, 2**31 - 1, 2**31 - 1, 0xFFFF, 0xFF, 0xFF, 2**32 - 1, 0xFFFF, 0xFFFF, 0x7F)
RIDE = fit_file(fit_message(1, RECORD, FIELDS, [FIRST, SILENT]))


def series(kind: str, content: str | bytes) -> dict[str, list[Any]]:
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return (read_fit(stream) if kind == "fit" else read_xml(kind, stream)).finished()


def test_gpx_gives_series_of_equal_length_with_nulls() -> None:
    assert series("gpx", GPX) == {
        "time": [0, 1.5],
        "latlng": [[-48.88, -123.39], [-48.881, -123.391]],
        "altitude": [1.5, 2],
        "heartrate": [120, None],
        "cadence": [80, None],
        "watts": [200, None],
        "temp": [21, None],
    }


def test_tcx_begins_with_blanks_and_its_laps_say_nothing_of_points() -> None:
    assert series("tcx", TCX) == {
        "time": [0, 2],
        "latlng": [None, [-48.5, -123.5]],
        "altitude": [None, 3.0],
        "distance": [0.0, 12.5],
        "velocity_smooth": [None, 6.25],
        "heartrate": [101, None],
        "cadence": [0, None],
        "watts": [None, 250],
    }


def test_fit_gives_degrees_metres_and_seconds() -> None:
    assert series("fit", RIDE) == {
        "time": [0, 2],
        "latlng": [[-90.0, 45.0], None],
        "altitude": [10.0, None],
        "heartrate": [120, None],
        "cadence": [80, None],
        "distance": [12.5, None],
        "velocity_smooth": [3.0, None],
        "watts": [200, None],
        "temp": [-5, None],
    }


def test_enhanced_values_of_fit_win_over_the_plain_ones() -> None:
    fields = [
        (TIME, UINT32),
        (ALTITUDE, UINT16),
        (SPEED, UINT16),
        (ENHANCED_ALTITUDE, UINT32),
        (ENHANCED_SPEED, UINT32),
    ]
    told = series("fit", fit_file(fit_message(1, RECORD, fields, [(EPOCH, 2550, 3000, 500_000, 70_000)])))
    assert told == {"time": [0], "altitude": [99_500.0], "velocity_smooth": [70.0]}


def test_fields_of_developers_are_left_out_even_with_a_usual_name() -> None:
    name = b"heart_rate\0"
    description = struct.pack("<BBBHB", 0x41, 0, 0, FIELD_DESCRIPTION, 4)
    description += bytes((0, 1, 2, 1, 1, 2, 2, 1, 2, 3, len(name), 7)) + bytes((1, 0, 0, UINT8)) + name
    record = struct.pack("<BBBHB", 0x62, 0, 0, RECORD, 1) + bytes((TIME, 4, UINT32)) + bytes((1, 0, 1, 0))
    record += struct.pack("<BIB", 2, EPOCH, 222)
    developer = fit_message(3, DEVELOPER_ID, [(3, UINT8)], [(0,)])
    assert series("fit", fit_file(developer, description, record)) == {"time": [0]}


def test_a_fit_file_without_records_has_no_series_and_one_of_no_activity_is_refused() -> None:
    assert series("fit", fit_file(fit_message(1, SESSION, [(TIME, UINT32)], [(EPOCH,)]))) == {}
    with pytest.raises(Unreadable, match="no activity"):
        series("fit", fit_file())


@pytest.mark.parametrize("cut", [0, 5, 13, 20, len(RIDE) // 2, len(RIDE) - 1])
def test_a_fit_file_that_breaks_off_gives_no_half_of_its_points(cut: int) -> None:
    with pytest.raises(Unreadable):
        series("fit", RIDE[:cut])


def test_a_fit_file_with_a_changed_byte_does_not_match_its_checksum() -> None:
    for place in range(len(RIDE)):
        changed = bytearray(RIDE)
        changed[place] ^= 0x01
        with pytest.raises(Unreadable):
            series("fit", bytes(changed))


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_rubbish_with_a_right_checksum_is_refused_or_read_but_never_breaks(body: bytes) -> None:
    head = struct.pack("<BBHI4s", 12, 0x20, 2132, len(body), b".FIT")
    content = head + body + struct.pack("<H", fit_crc(head + body))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            told = series("fit", content)
        except Unreadable as why:
            assert str(why)
        else:
            assert len({len(values) for values in told.values()}) <= 1


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_record_with_a_right_checksum_is_refused_or_read_but_never_breaks(
    data: st.DataObject,
) -> None:
    body = bytearray(RIDE[14:-2])
    for place, value in data.draw(
        st.dictionaries(st.integers(0, len(body) - 1), st.integers(0, 255), max_size=6)
    ).items():
        body[place] = value
    content = RIDE[:14] + bytes(body)
    content += struct.pack("<H", fit_crc(content))
    try:
        told = series("fit", content)
    except Unreadable as why:
        assert str(why)
    else:
        assert len({len(values) for values in told.values()}) <= 1


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("gpx", "", "empty"),
        ("gpx", " \n\t " * 40_000, "empty"),
        ("gpx", "<html><body>Log in</body></html>", "no GPX"),
        ("tcx", GPX, "no TCX"),
        ("gpx", "<!DOCTYPE html><html><body>Log in</body></html>", "refused"),
        ("gpx", GPX[: len(GPX) // 2], "not XML"),
        ("tcx", TCX[:-9], "not XML"),
        ("gpx", GPX.replace("</ele>", "</elf>", 1), "not XML"),
        ("gpx", "plain text", "not XML"),
        ("gpx", b"\x00\x01\x02", "not XML"),
        ("gpx", "<gpx>" + "<a>" * 200 + "</a>" * 200 + "</gpx>", "nested"),
        ("gpx", "<gpx>" + "".join(f"<n{number}/>" for number in range(1100)) + "</gpx>", "kinds"),
        ("gpx", '<gpx><a b="' + "x" * 3_000_000 + '"/></gpx>', "endless"),
        ("gpx", '<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><gpx>&b;</gpx>', "refused"),
        ("gpx", '<!DOCTYPE gpx [<!ENTITY a SYSTEM "file:///etc/passwd">]><gpx>&a;</gpx>', "refused"),
        ("tcx", '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><TrainingCenterDatabase/>', "refused"),
        ("fit", "<html>", "no FIT file"),
        ("fit", "", "no activity"),
    ],
)
def test_what_is_no_track_file_is_refused_with_its_reason(
    kind: str, content: str | bytes, reason: str
) -> None:
    with pytest.raises(Unreadable, match=reason):
        series(kind, content)


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ('<trkpt lat="91" lon="0"><ele>1</ele></trkpt>', {"altitude": [1]}),
        ('<trkpt lat="x" lon="0"><ele>1</ele></trkpt>', {"altitude": [1]}),
        ('<trkpt lat="1" lon="2"><ele>NaN</ele><hr>inf</hr><time>today</time></trkpt>', {"latlng": [[1, 2]]}),
        ('<trkpt lat="1" lon="2"><ele>1e999</ele></trkpt>', {"latlng": [[1, 2]]}),
        ('<trkpt lat="1" lon="2"><ele>1<b/>2</ele></trkpt>', {"latlng": [[1, 2]]}),
        ('<trkpt lat="1" lon="2"><hr>' + "1" * 5000 + "</hr></trkpt>", {"latlng": [[1, 2]]}),
        ("", {}),
    ],
)
def test_values_that_are_none_become_nulls_and_a_series_without_any_does_not_exist(
    point: str, told: dict[str, Any]
) -> None:
    assert series("gpx", f"<gpx>{point}</gpx>") == told


def test_gpx_in_other_encodings_and_with_times_without_a_zone() -> None:
    points = "".join(
        f'<trkpt lat="1" lon="2"><time>2022-05-29T10:00:0{second}</time></trkpt>' for second in (1, 4)
    )
    text = f'<?xml version="1.0" encoding="UTF-16"?><gpx>{points}</gpx>'
    assert series("gpx", text.encode("utf-16"))["time"] == [0, 3]


def test_too_many_points_elements_or_messages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(track_series, "MOST_POINTS", 1)
    for kind, content in (("gpx", GPX), ("tcx", TCX), ("fit", RIDE)):
        with pytest.raises(Unreadable, match="points"):
            series(kind, content)
    monkeypatch.setattr(track_xml, "MOST_ELEMENTS", 5)
    with pytest.raises(Unreadable, match="more elements"):
        series("gpx", GPX)
    monkeypatch.setattr(track_fit, "MOST_MESSAGES", 2)
    with pytest.raises(Unreadable, match="messages"):
        series("fit", RIDE)


def test_a_long_file_is_read_piece_by_piece_to_the_same_points(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = series("gpx", GPX)
    for size in (1, 7, 100):
        monkeypatch.setattr(track_xml, "PIECE_BYTES", size)
        assert series("gpx", GPX) == whole


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("activities/1.gpx", ("gpx", False)),
        ("activities/1.GPX.GZ", ("gpx", True)),
        ("activities/1.tcx.gz", ("tcx", True)),
        ("activities/1.fit", ("fit", False)),
    ],
)
def test_the_name_tells_the_kind(name: str, kind: tuple[str, bool]) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "name", ["activities/1.json.gz", "activities/1", "activities/1.gz", "media/1.jpg", "a.gpx.zip"]
)
def test_other_kinds_are_refused(name: str) -> None:
    with pytest.raises(Unreadable, match="kind"):
        kind_of(name)
