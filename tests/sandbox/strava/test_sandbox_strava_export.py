"""The bulk export: its table in two languages, its files, and how it relates to what the API shows."""

from __future__ import annotations

import csv
import gzip
import io
import struct
import zipfile
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from strava_asker import Asker

from sandbox.client import SandboxError
from sandbox.strava.export_columns import MONTHS, date_text
from sandbox.strava.fit import EPOCH_S, fit_crc

Export = tuple[zipfile.ZipFile, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def export(asker: Asker) -> Export:
    content, rows = asker.sandbox.strava_export(last=120)
    return zipfile.ZipFile(io.BytesIO(content)), rows


def table(archive: zipfile.ZipFile) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read("activities.csv").decode())))


def files(export: Export, form: str) -> list[tuple[int, bytes]]:
    archive, rows = export
    return [
        (row["id"], gzip.decompress(archive.read(row["filename"])))
        for row in rows
        if row["filename"] and row["filename"].endswith(f".{form}.gz")
    ]


def test_the_table_has_what_the_api_has_and_some_more(asker: Asker, export: Export) -> None:
    archive, told = export
    header, *lines = table(archive)
    assert len(header) == 94 > len(set(header))
    assert [int(line[0]) for line in lines] == [row["id"] for row in told]
    shown = {row["id"]: row for row in asker.walk()}
    extra = {row["id"] for row in told if row["only_exported"]}
    assert len(extra) == 20
    assert {row["id"] for row in told} - shown.keys() == extra
    names = {name: place for place, name in reversed(list(enumerate(header)))}
    last = {name: place for place, name in enumerate(header)}
    for line in lines:
        assert len(line) == 94
        row = shown.get(int(line[0]))
        if row is None:
            continue
        assert line[names["Activity Name"]] == row["name"]
        assert float(line[names["Distance"]]) == pytest.approx(row["distance"] / 1000, abs=0.0051)
        assert float(line[last["Distance"]]) == row["distance"]
        assert float(line[last["Elapsed Time"]]) == row["elapsed_time"]
        start = datetime.strptime(line[1], "%b %d, %Y, %I:%M:%S %p").replace(tzinfo=UTC)
        assert start == datetime.fromisoformat(row["start_date"])


def test_file_numbers_are_no_activity_ids(export: Export) -> None:
    archive, rows = export
    names = [row["filename"] for row in rows if row["filename"]]
    ids = {str(row["id"]) for row in rows}
    assert len(set(names)) == len(names)
    assert not {name.split("/")[1].split(".")[0] for name in names} & ids
    assert set(archive.namelist()) == {
        "activities.csv", "bikes.csv", "shoes.csv", "profile.csv", *names,
    }  # fmt: skip
    assert any(row["filename"] is None for row in rows), "manual entries have no file"
    assert archive.testzip() is None


def test_german_headers_dates_and_numbers(asker: Asker) -> None:
    content, _ = asker.sandbox.strava_export(language="de", last=4, every=600)
    header, *lines = table(zipfile.ZipFile(io.BytesIO(content)))
    assert len(header) == 94
    assert header[:4] == ["Aktivitäts-ID", "Aktivitätsdatum", "Name der Aktivität", "Aktivitätsart"]
    assert header[6] == header[17] == "Distanz"
    assert all("," in line[6] and "." not in line[6] for line in lines)
    assert all(line[1].split()[1] in MONTHS["de"] for line in lines)
    content, _ = asker.sandbox.strava_export(language="de", dates="numbers", last=1, every=600)
    assert table(zipfile.ZipFile(io.BytesIO(content)))[-1][1].startswith("20.11.2026, ")
    with pytest.raises(SandboxError, match="language"):
        asker.sandbox.strava_export(language="xx")


def test_dates_are_written_as_people_do() -> None:
    moment = datetime(2022, 3, 5, 0, 3, 35, tzinfo=UTC).timestamp()
    assert date_text(moment, "en", "words") == "Mar 5, 2022, 12:03:35 AM"
    assert date_text(moment + 12 * 3_600, "en", "words") == "Mar 5, 2022, 12:03:35 PM"
    assert date_text(moment, "de", "words") == "5. März 2022, 00:03:35"
    assert date_text(moment, "de", "numbers") == "05.03.2022, 00:03:35"


def test_fit_files_are_whole_and_tell_the_session(asker: Asker, export: Export) -> None:
    truth = {row["id"]: row for row in asker.sandbox.strava_truth()}
    found = files(export, "fit")
    assert len(found) > 10
    for activity_id, content in found:
        messages = read_fit(content)
        (session,) = messages[18]
        records = messages[20]
        assert messages[0][0][0] == 4, "an activity"
        stamps = [record[253] for record in records]
        assert stamps == sorted(set(stamps))
        if row := truth.get(activity_id):
            assert session[2] + EPOCH_S == row["true_start"] == stamps[0] + EPOCH_S
            assert session[7] == 1_000 * row["elapsed_time"]
            assert session[9] / 100 == pytest.approx(row["distance"], abs=0.01)
            assert records[-1][5] / 100 == pytest.approx(row["distance"], abs=0.1)
            assert (records[0][0] != 0x7FFFFFFF) is bool(row["start_latlng"])
            assert (records[0][3] != 0xFF) is row["has_heartrate"]
            if row["start_latlng"]:
                assert records[0][0] * 180 / 2**31 == pytest.approx(row["start_latlng"][0], abs=1e-5)


def read_fit(content: bytes) -> dict[int, list[dict[int, int]]]:
    """Messages by number; checks both checksums on the way."""
    size, _, _, length, magic = struct.unpack_from("<BBHI4s", content)
    assert (size, magic, len(content)) == (14, b".FIT", 14 + length + 2)
    assert struct.unpack_from("<H", content, 12)[0] == fit_crc(content[:12])
    assert fit_crc(content) == 0, "a right checksum leaves nothing"
    letters = {0: "B", 1: "b", 2: "B", 0x84: "H", 0x85: "i", 0x86: "I", 0x8C: "I"}
    known: dict[int, tuple[int, list[int], str]] = {}
    messages: dict[int, list[dict[int, int]]] = {}
    place = size
    while place < len(content) - 2:
        local = content[place] & 0xF
        if content[place] & 0x40:
            number, count = struct.unpack_from("<HB", content, place + 3)
            fields = [struct.unpack_from("BBB", content, place + 6 + 3 * n) for n in range(count)]
            known[local] = (number, [f[0] for f in fields], "<" + "".join(letters[f[2]] for f in fields))
            assert all(struct.calcsize(letters[f[2]]) == f[1] for f in fields)
            place += 6 + 3 * count
        else:
            number, keys, layout = known[local]
            values = struct.unpack_from(layout, content, place + 1)
            messages.setdefault(number, []).append(dict(zip(keys, values, strict=True)))
            place += 1 + struct.calcsize(layout)
    return messages


def test_the_checksum_is_the_known_one() -> None:
    assert fit_crc(b"123456789") == 0xBB3D


def test_gpx_and_tcx_files_tell_the_same(asker: Asker, export: Export) -> None:
    truth = {row["id"]: row for row in asker.sandbox.strava_truth()}
    for activity_id, content in files(export, "gpx"):
        points = read_xml(content).findall(".//{*}trkpt")
        assert len(points) > 10
        if row := truth.get(activity_id):
            assert epoch(points[0].find("{*}time")) == row["true_start"]
            assert float(points[0].attrib["lat"]) == pytest.approx(row["start_latlng"][0], abs=1e-5)
            assert (points[0].find(".//{*}hr") is not None) is row["has_heartrate"]
    tcx = files(export, "tcx")
    assert len(tcx) > 5 < len(files(export, "gpx"))
    for activity_id, content in tcx:
        assert content.startswith(b"  "), "real ones begin with spaces too"
        points = read_xml(content.strip()).findall(".//{*}Trackpoint")
        if row := truth.get(activity_id):
            assert epoch(points[-1].find("{*}Time")) == row["true_start"] + row["elapsed_time"]
            metres = points[-1].find("{*}DistanceMeters")
            assert metres is not None
            assert float(metres.text or "") == row["distance"]


def read_xml(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314 - our own


def epoch(element: ElementTree.Element | None) -> int:
    assert element is not None
    return int(datetime.fromisoformat(element.text or "").timestamp())


def test_an_export_follows_edits_and_deletions_and_is_the_same_twice(own: Asker) -> None:
    rows = own.sandbox.strava_truth()
    chosen, gone = rows[-1]["id"], rows[-2]["id"]
    own.sandbox.edit_activity(chosen, name="Renamed, with a comma")
    own.sandbox.delete_activities(gone)
    content, told = own.sandbox.strava_export(every=600)
    again, _ = own.sandbox.strava_export(every=600)
    assert content == again
    assert gone not in {row["id"] for row in told}
    lines = {line[0]: line for line in table(zipfile.ZipFile(io.BytesIO(content)))}
    assert lines[str(chosen)][2] == "Renamed, with a comma"
    assert any(row["private"] and str(row["id"]) in lines for row in rows), "private ones are there"


def test_gear_and_profile_have_tables(export: Export) -> None:
    archive, _ = export
    bikes, shoes, profile = (
        list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode())))
        for name in ("bikes", "shoes", "profile")
    )
    assert (len(bikes), len(shoes), len(profile)) == (4, 6, 1)
    assert {"Bike Name", "Bike Brand", "Bike Model"} <= bikes[0].keys()
    assert profile[0]["Athlete ID"].isdigit()
