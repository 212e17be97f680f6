"""The archive: kinds of files, damage, bombs, encryption, and archives that are no export."""

from __future__ import annotations

import errno
import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest
from strava_exports import GPX, TCX, Heard, packed, read, run, runs_zip, table, with_streams, write_zip

from resources.errors import StorageProblem, UsageProblem
from strava_assets import export_archive
from strava_assets.export_archive import ZipExport
from strava_assets.export_zip import read_export


def test_each_kind_of_file_gives_its_series_packed_or_not(tmp_path: Path) -> None:
    files = {"activities/1.gpx": GPX, "activities/2.gpx.gz": packed(GPX), "activities/3.tcx.gz": packed(TCX)}
    activities, heard = read(runs_zip(tmp_path, files))
    assert heard == []
    assert [one.payload["streams_source"] for one in activities] == ["gpx", "gpx", "tcx"]
    assert activities[0].payload["streams"] == activities[1].payload["streams"]
    assert activities[2].payload["streams"]["distance"] == [0.0, 12.5]


def test_a_folder_and_a_zip_packed_again_with_its_folder_give_the_same(tmp_path: Path) -> None:
    files = {
        "activities.csv": table([run(1, "activities/1.gpx")]),
        "activities/1.gpx": GPX,
        "media/x.jpg": "no",
    }
    plain = read(write_zip(tmp_path / "a.zip", files))
    again = write_zip(
        tmp_path / "b.zip",
        {"__MACOSX/._activities.csv": "", **{f"export_1/{n}": c for n, c in files.items()}},
    )
    folder = tmp_path / "unpacked"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    assert plain == read(again) == read(folder)
    assert plain[0][0].payload["streams_source"] == "gpx" and plain[1] == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("activities/1.gpx.gz", packed(GPX)[:-9], "damaged"),
        ("activities/1.gpx.gz", packed(GPX)[:-8] + b"\0" * 8, "damaged"),
        ("activities/1.gpx.gz", packed(GPX) + b"rubbish", "damaged"),
        ("activities/1.gpx.gz", packed(GPX)[:30] + b"\xff" * 40 + packed(GPX)[70:], "damaged"),
        ("activities/1.gpx.gz", GPX, "damaged"),
        ("activities/1.gpx.gz", "", "empty"),
        ("activities/1.gpx", "<html><body>Please log in</body></html>", "no GPX"),
        ("activities/1.gpx", packed(GPX), "not XML"),
        ("activities/1.fit.gz", packed("no FIT at all"), "FIT"),
        ("activities/1.zip", "PK", "kind"),
        ("activities/1.gpx.zip", "PK", "kind"),
        ("media/1.jpg", "JFIF", "kind"),
    ],
)
def test_a_damaged_or_foreign_file_is_told_and_the_others_are_read(
    name: str, content: bytes | str, reason: str, tmp_path: Path
) -> None:
    have, without, heard = with_streams(runs_zip(tmp_path, {name: content, "activities/2.gpx": GPX}))
    assert (have, without) == (["2"], ["1"])
    assert [file for file, _ in heard] == [name] and reason in heard[0][1]


def test_members_that_no_activity_names_are_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    really = ZipExport.open
    monkeypatch.setattr(ZipExport, "open", lambda self, name: (opened.append(name), really(self, name))[1])
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as inner:
        inner.writestr("activities.csv", table([run(9)]))
    more = {
        "nested.zip": nested.getvalue(),
        "activities/extra.gpx": GPX,
        "media/1.jpg": "x",
        "bikes.csv": "a",
    }
    assert with_streams(runs_zip(tmp_path, {"activities/1.gpx": GPX}, more)) == (["1"], [], [])
    assert opened == ["activities.csv", "activities/1.gpx"]


@pytest.mark.parametrize("size", [10, 100, 400, -40, -22, -1])
def test_a_torn_zip_is_refused(size: int, tmp_path: Path) -> None:
    path = runs_zip(tmp_path, {"activities/1.gpx": GPX})
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(UsageProblem, match="Give the ZIP"):
        read(path)


def test_a_member_whose_bytes_changed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("activities.csv", table([run(1, "activities/1.gpx"), run(2, "activities/2.gpx")]))
        archive.writestr("activities/1.gpx", GPX)
        archive.writestr("activities/2.gpx", GPX.replace("Sea", "Cea"))
    path.write_bytes(path.read_bytes().replace(b"<name>Sea", b"<name>Tea"))
    have, without, heard = with_streams(path)
    assert (have, without) == (["2"], ["1"]) and "damaged" in heard[0][1]


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("activities.csv", table([run(1, **{"Activity Name": "Sea"})]))
    path.write_bytes(path.read_bytes().replace(b",Sea,", b",Tea,"))
    with pytest.raises(UsageProblem, match=r"activities\.csv cannot be read: damaged"):
        read(path)


def encrypt(path: Path, names: list[str]) -> None:
    """Set the flag of encryption in both headers of these members."""
    content = bytearray(path.read_bytes())
    for name in names:
        for signature, flags, name_at in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
            place = 0
            while (place := content.find(signature, place)) >= 0:
                if content[place + name_at :].startswith(name.encode()):
                    content[place + flags] |= 1
                place += 4
    path.write_bytes(content)


def test_an_encrypted_zip_is_refused_and_an_encrypted_member_told(tmp_path: Path) -> None:
    path = runs_zip(tmp_path, {"activities/1.gpx": GPX, "activities/2.gpx": GPX})
    encrypt(path, ["activities/1.gpx"])
    assert with_streams(path) == (["2"], ["1"], [("activities/1.gpx", "encrypted")])
    encrypt(path, ["activities.csv"])
    with pytest.raises(UsageProblem, match="encrypted"):
        read(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(method: int, tmp_path: Path) -> None:
    path = runs_zip(tmp_path, {"activities/2.gpx": GPX})
    rows = table([run(1, "activities/1.gpx"), run(2, "activities/2.gpx")])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("activities.csv", rows)
        archive.writestr("activities/1.gpx", GPX, compress_type=method)
        archive.writestr("activities/2.gpx", GPX)
    have, without, heard = with_streams(path)
    assert (have, without) == (["2"], ["1"]) and "packed" in heard[0][1]


def test_what_is_no_export_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("hello")
    (tmp_path / "empty.zip").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    write_zip(tmp_path / "photos.zip", {"a.jpg": "x"})
    write_zip(tmp_path / "two.zip", {"a/activities.csv": "x", "b/activities.csv": "x"})
    write_zip(tmp_path / "deep.zip", {"a/b/activities.csv": "x"})
    for name in ("text.zip", "empty.zip", "folder", "photos.zip", "two.zip", "deep.zip", "absent.zip"):
        with pytest.raises(UsageProblem, match="bulk export") as refused:
            read(tmp_path / name)
        assert refused.value.exit_code == 2


def test_declared_sizes_and_ratios_of_bombs_are_refused_before_a_byte_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_archive, "MOST_FILE_BYTES", 3_000_000)
    bombs = {"activities/1.gpx": "<gpx>" + " " * 4_000_000, "activities/2.gpx": "<gpx>" + " " * 2_000_000}
    have, without, heard = with_streams(runs_zip(tmp_path, {**bombs, "activities/3.gpx": GPX}))
    assert (have, without) == (["3"], ["1", "2"])
    assert "larger than" in heard[0][1] and "times its size" in heard[1][1]


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_declared(tmp_path: Path) -> None:
    path = runs_zip(
        tmp_path, {"activities/1.gpx": GPX.replace("Sea", "S" * 500_000), "activities/2.gpx": GPX}
    )
    content = path.read_bytes()
    declared = struct.pack("<I", len(GPX) + 500_000 - 3)
    assert content.count(declared) == 2
    path.write_bytes(content.replace(declared, struct.pack("<I", 2_000)))
    have, without, heard = with_streams(path)
    assert (have, without) == (["2"], ["1"]) and len(heard) == 1


def test_a_packed_bomb_ends_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b"<gpx>" + b"<a/>" * 600_000)
    monkeypatch.setattr(
        "strava_assets.track_files.limited", lambda stream: export_archive.limited(stream, 2**20)
    )
    have, without, heard = with_streams(
        runs_zip(tmp_path, {"activities/1.gpx.gz": bomb, "activities/2.gpx.gz": packed(GPX)})
    )
    assert (have, without) == (["2"], ["1"])
    assert heard == [("activities/1.gpx.gz", "unpacks to more than 1 MB")]


def test_members_that_share_their_bytes_use_up_the_budget_of_the_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_archive, "MOST_RATIO", 1)
    monkeypatch.setattr(export_archive, "SMALL_BYTES", 0)
    monkeypatch.setattr(ZipExport, "_check", lambda self, member: None)
    path = runs_zip(tmp_path, {f"activities/{number}.gpx": GPX for number in range(1, 10)})
    have, without, heard = with_streams(path)
    assert have == ["1", "2", "3", "4", "5", "6", "7", "8", "9"][: len(have)] and 0 < len(have) < 9
    assert all("together" in reason for _, reason in heard) and len(heard) == len(without)


def test_a_failing_disk_is_a_storage_problem_and_no_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = runs_zip(tmp_path, {"activities/1.gpx": GPX})

    def fail(self: object, buffer: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    activities = read_export(path, Heard())
    monkeypatch.setattr(export_archive.Limited, "readinto", fail)
    with pytest.raises(StorageProblem, match="disk"):
        next(activities)
