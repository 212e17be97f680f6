"""Bulk exports made by hand for tests: rows in the recorded order, and the smallest track files of each kind."""

from __future__ import annotations

import csv
import gzip
import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from strava_assets.export_language import WORDS
from strava_assets.export_zip import ExportedActivity, read_export

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "recorded" / "strava" / "bulk_export"
PLACES = json.loads(WORDS.read_text())["places"]
WIDTH = 94
EPOCH = 1_000_000_000  # a FIT time: seconds since 1989
Cells = Mapping[str | tuple[str, int], str]

GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx xmlns="http://www.topografix.com/GPX/1/1" xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">
 <metadata><time>2022-05-29T15:53:35Z</time></metadata>
 <trk><name>Sea</name><trkseg>
  <trkpt lat="-48.8800000" lon="-123.3900000"><ele>1.5</ele><time>2022-05-29T15:53:35Z</time>
   <extensions><power>200</power><gpxtpx:TrackPointExtension><gpxtpx:atemp>21</gpxtpx:atemp><gpxtpx:hr>120</gpxtpx:hr>
   <gpxtpx:cad>80</gpxtpx:cad></gpxtpx:TrackPointExtension></extensions></trkpt>
  <trkpt lat="-48.8810000" lon="-123.3910000"><ele>2</ele><time>2022-05-29T15:53:36.500Z</time></trkpt>
 </trkseg></trk></gpx>"""

TCX = """          <?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">
 <Activities><Activity Sport="Biking"><Id>2022-05-29T15:53:35Z</Id><Lap StartTime="2022-05-29T15:53:35Z">
  <DistanceMeters>9999</DistanceMeters><AverageHeartRateBpm><Value>99</Value></AverageHeartRateBpm><Track>
  <Trackpoint><Time>2022-05-29T15:53:35.000Z</Time><DistanceMeters>0.0</DistanceMeters>
   <HeartRateBpm><Value>101</Value></HeartRateBpm><Cadence>0</Cadence></Trackpoint>
  <Trackpoint><Time>2022-05-29T15:53:37.000Z</Time><Position><LatitudeDegrees>-48.5</LatitudeDegrees>
   <LongitudeDegrees>-123.5</LongitudeDegrees></Position><AltitudeMeters>3.0</AltitudeMeters>
   <DistanceMeters>12.5</DistanceMeters><Extensions><ns3:TPX xmlns:ns3="x"><ns3:Speed>6.25</ns3:Speed>
   <ns3:Watts>250</ns3:Watts></ns3:TPX></Extensions></Trackpoint>
 </Track></Lap></Activity></Activities></TrainingCenterDatabase>"""


def header(language: str) -> list[str]:
    """A header of 94 columns as an export of that language has it; columns that we never read are named by place."""
    columns = json.loads(WORDS.read_text())["languages"][language]["columns"]
    names = [f"column {place}" for place in range(WIDTH)]
    for english, places in PLACES.items():
        for place in places:
            names[place] = columns[english][0] if columns[english] else f"{english} in {language}"
    return names


def row(cells: Cells) -> list[str]:
    """Cells by English name; `(name, 0)` is the first column of a name that stands twice, the name alone the last."""
    found = [""] * WIDTH
    for name, text in cells.items():
        place = PLACES[name][-1] if isinstance(name, str) else PLACES[name[0]][name[1]]
        found[place] = text
    return found


def run(number: int, filename: str = "", **more: str) -> list[str]:
    """An English row that says little more than that there was a run."""
    cells: dict[str | tuple[str, int], str] = {
        "Activity ID": str(number),
        "Activity Date": "May 29, 2022, 3:53:35 PM",
        "Activity Type": "Run",
        "Filename": filename,
        **more,
    }
    return row(cells)


def table(rows: Sequence[Sequence[str]], language: str = "en") -> str:
    """activities.csv with a header of that language."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header(language), *rows])
    return text.getvalue()


def write_zip(path: Path, files: Mapping[str, bytes | str]) -> Path:
    """A ZIP of these members, in their order."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def runs_zip(
    folder: Path, tracks: Mapping[str, bytes | str], more: Mapping[str, bytes | str] | None = None
) -> Path:
    """A ZIP whose activities 1, 2, ... name these files, which are in it; `more` are members that no row names."""
    rows = [run(number, name) for number, name in enumerate(tracks, 1)]
    return write_zip(folder / "export.zip", {"activities.csv": table(rows), **tracks, **(more or {})})


class Heard(list[tuple[str, str]]):
    """What `on_problem` was told."""

    def __call__(self, file: str, reason: str) -> None:
        self.append((file, reason))


def read(path: Path) -> tuple[list[ExportedActivity], Heard]:
    """All activities of an export, and the problems that were told."""
    heard = Heard()
    return list(read_export(path, heard)), heard


def with_streams(path: Path) -> tuple[list[str], list[str], Heard]:
    """Ids of the activities with series, ids of those without, and what was told."""
    activities, heard = read(path)
    have = [one.activity_id for one in activities if "streams" in one.payload]
    return have, [one.activity_id for one in activities if one.activity_id not in have], heard


def packed(content: str | bytes) -> bytes:
    """The content as gzip."""
    return gzip.compress(content.encode() if isinstance(content, str) else content, mtime=0)


def recorded_header() -> list[str]:
    """The header of a real export, or a skipped test where the recordings are absent."""
    files = sorted(RECORDED.glob("*.csv"))
    if not files:
        pytest.skip(f"no recorded export in {RECORDED}")
    return next(csv.reader(files[0].read_text(encoding="utf-8-sig").splitlines()))


# FIT -----------------------------------------------------------------------------------------------------------------

UINT8, SINT8, UINT16, UINT32, SINT32, ENUM = 0x02, 0x01, 0x84, 0x86, 0x85, 0x00
_FORMS = {UINT8: "B", SINT8: "b", UINT16: "H", UINT32: "I", SINT32: "i", ENUM: "B"}
RECORD, SESSION, FILE_ID, DEVELOPER_ID, FIELD_DESCRIPTION = 20, 18, 0, 207, 206


def fit_crc(content: bytes) -> int:
    """The checksum of FIT: CRC-16 with the reversed polynomial 0xA001."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def fit_message(
    local: int, message: int, fields: Sequence[tuple[int, int]], rows: Sequence[Sequence[int]]
) -> bytes:
    """A definition of fields (number, type), and messages of it."""
    sizes = {kind: struct.calcsize(form) for kind, form in _FORMS.items()}
    content = struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields))
    content += b"".join(bytes((number, sizes[kind], kind)) for number, kind in fields)
    form = "<B" + "".join(_FORMS[kind] for _, kind in fields)
    return content + b"".join(struct.pack(form, local, *values) for values in rows)


def fit_file(*messages: bytes) -> bytes:
    """A FIT file of these messages, with an id and both checksums."""
    body = fit_message(0, FILE_ID, [(0, ENUM), (4, UINT32)], [(4, EPOCH)]) + b"".join(messages)
    head = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    head += struct.pack("<H", fit_crc(head))
    return head + body + struct.pack("<H", fit_crc(head + body))
