"""Bombs in a process of their own, whose memory is limited: what each needs at most, and that the others are read."""

from __future__ import annotations

import gzip
import json
import resource
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from strava_exports import (
    EPOCH,
    GPX,
    RECORD,
    UINT8,
    UINT32,
    fit_file,
    fit_message,
    packed,
    run,
    runs_zip,
    table,
    write_zip,
)

MOST_RESIDENT_BYTES = 512 * 2**20
MOST_ADDRESS_BYTES = 1024 * 2**20  # the libraries alone map a third of it
FULL_BYTES = 64 * 2**20
READER = """
import json, re, sys
from pathlib import Path
from resources.errors import UsageProblem
from strava_assets.export_zip import read_export
told, have, without = [], [], []
try:
    for one in read_export(Path(sys.argv[1]), lambda file, reason: told.append(reason)):
        (have if "streams" in one.payload else without).append(one.activity_id)
except UsageProblem as problem:
    told.append(str(problem))
peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
print(json.dumps({"told": told, "have": have, "without": without, "peak": peak}))
"""


pytestmark = [
    pytest.mark.tier("N"),
    pytest.mark.promise("F5"),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is told by Linux only"),
]


def read_limited(path: Path) -> dict[str, list[str]]:
    """What a process with little memory reads of an export; fails when it needs more than it may."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS_BYTES, MOST_ADDRESS_BYTES))

    done = subprocess.run(
        [sys.executable, "-c", READER, str(path)],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
        preexec_fn=limit,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout)
    peak = answer.pop("peak")
    assert peak <= MOST_RESIDENT_BYTES
    return answer


def filled(size: int, begin: str, repeated: str) -> bytes:
    return (begin + repeated * (size // len(repeated.encode()))).encode()


def track(points: int) -> bytes:
    """A GPX of so many points that all have a value of each kind."""
    point = (
        '<trkpt lat="-48.123456{0}" lon="-123.12345{0}"><ele>1{0}.5</ele><time>2022-05-29T15:53:35.{0}Z</time>'
        "<hr>12{0}.5</hr><cad>8{0}.5</cad><atemp>2{0}.5</atemp><power>20{0}.5</power></trkpt>"
    )
    return ("<gpx>" + "".join(point.format(number % 1000) for number in range(points)) + "</gpx>").encode()


BOMBS: dict[str, Callable[[int], bytes]] = {
    "empty elements": lambda size: filled(size, "<gpx>", "<a/>"),
    "elements in a point": lambda size: filled(size, '<gpx><trkpt lat="1" lon="2">', "<a/>"),
    "text in a point": lambda size: filled(size, '<gpx><trkpt lat="1" lon="2"><ele>', "1"),
    "empty points": lambda size: filled(size, "<gpx>", "<trkpt/>"),
    "names": lambda size: b"<gpx>" + b"".join(b"<n%d/>" % number for number in range(size // 10)),
    "one attribute": lambda size: filled(size, '<gpx><a b="', "😀"),
    "attributes": lambda size: (
        b"<gpx><a " + b" ".join(b'a%d=""' % number for number in range(size // 11)) + b"/>"
    ),
    "names of attributes": lambda size: (
        b"<gpx>" + b"".join(b'<a b%d=""/>' % number for number in range(size // 15))
    ),
    "comment": lambda size: filled(size, "<gpx><!--", "x"),
    "blanks": lambda size: filled(size, "", " "),
    "nested": lambda size: filled(size, "<gpx>", "<a>"),
}


@pytest.mark.tier("N")
def test_packed_gpx_bombs_need_little_memory_and_the_last_activity_is_read(
    tmp_path: Path, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    length = size(P=6 * 2**20, N=FULL_BYTES - 1000)
    bombs = {f"activities/{name}.gpx.gz": gzip.compress(make(length), 1) for name, make in BOMBS.items()}
    answer = read_limited(runs_zip(tmp_path, {**bombs, "activities/last.gpx": GPX}))
    assert answer["have"] == [str(len(BOMBS) + 1)]
    assert len(answer["told"]) == len(answer["without"]) == len(BOMBS)
    figure(f"{len(BOMBS)} GPX bombs of {length >> 20} MB in at most {MOST_RESIDENT_BYTES >> 20} MB of memory")


@pytest.mark.tier("N")
def test_the_largest_track_that_is_taken_fits_into_the_memory(tmp_path: Path) -> None:
    content = track(330_000)
    assert 0.9 * FULL_BYTES < len(content) < FULL_BYTES
    answer = read_limited(
        runs_zip(tmp_path, {"activities/1.gpx.gz": gzip.compress(content, 1), "activities/2.gpx": GPX})
    )
    assert answer == {"have": ["1", "2"], "without": [], "told": []}


def test_a_gzip_of_a_gigabyte_is_not_unpacked(tmp_path: Path) -> None:
    piece = gzip.compress(b" " * FULL_BYTES, 9)
    answer = read_limited(runs_zip(tmp_path, {"activities/1.gpx.gz": piece * 16, "activities/2.gpx": GPX}))
    assert answer["have"] == ["2"] and "64 MB" in answer["told"][0]


@pytest.mark.tier("N")
def test_a_fit_file_of_a_million_messages_ends(tmp_path: Path) -> None:
    small = fit_message(1, 0xFF00, [(1, UINT8)], [])
    content = fit_file(small + b"\x01\x05" * 2_000_000)
    answer = read_limited(
        runs_zip(tmp_path, {"activities/1.fit.gz": packed(content), "activities/2.gpx": GPX})
    )
    assert answer["have"] == ["2"] and "messages" in answer["told"][0]


@pytest.mark.tier("N")
def test_a_fit_file_of_too_many_records_ends(tmp_path: Path) -> None:
    defined = fit_message(1, RECORD, [(253, UINT32)], [])
    content = fit_file(defined + struct.pack("<BI", 1, EPOCH) * 600_000)
    answer = read_limited(
        runs_zip(tmp_path, {"activities/1.fit.gz": packed(content), "activities/2.gpx": GPX})
    )
    assert answer["have"] == ["2"] and "points" in answer["told"][0]


def test_a_list_of_a_million_members_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"activities.csv": table([run(1)])})
    answer = read_limited(_with_members(path, 1_000_000, "activities/{:07}.gpx"))
    assert answer["have"] == [] and "more members" in answer["told"][0]


@pytest.mark.tier("N")
def test_the_longest_list_that_is_taken_fits_into_the_memory(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"activities.csv": table([run(1)])})
    assert read_limited(_with_members(path, 310_000, "{:06x}")) == {"have": [], "without": ["1"], "told": []}


def _with_members(path: Path, count: int, names: str) -> Path:
    """The ZIP with so many more members in its list, all of them empty and at its beginning."""
    content = path.read_bytes()
    directory = content.index(b"PK\1\2")
    ends = content.index(b"PK\5\6")
    entries = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
        + name
        for name in (names.format(number).encode() for number in range(count))
    )
    size = ends - directory + len(entries)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, directory, 0)
    path.write_bytes(content[:ends] + entries + end)
    return path


@pytest.mark.tier("N")
def test_a_table_that_unpacks_to_a_gigabyte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("activities.csv", "w") as member,
    ):
        member.write(table([run(1)]).encode())
        for _ in range(16):
            member.write(b"\n" * FULL_BYTES)
    answer = read_limited(path)
    assert answer["have"] == [] and "cannot be read" in answer["told"][0]
