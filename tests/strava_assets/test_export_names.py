"""Names in an export that lead elsewhere, links, doubles: nothing outside is read, and nothing is written anywhere."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest
from strava_exports import GPX, Heard, read, run, runs_zip, table, with_streams, write_zip

from strava_assets.export_zip import read_export

EVIL_NAMES = [
    "../../../x.gpx",
    "activities/../../x.gpx",
    "/etc/x.gpx",
    "//host/share/x.gpx",
    "\\\\host\\share\\x.gpx",
    "C:\\x.gpx",
    "c:/x.gpx",
    "activities\\..\\x.gpx",
    "activities//x.gpx",
    "./x.gpx",
    "activities/./x.gpx",
    "activities/x\n.gpx",
    "file:///etc/x.gpx",
    "activities/x.gpx:stream.gpx",
]


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.promise("F4")
@pytest.mark.parametrize("name", EVIL_NAMES)
def test_a_name_that_leads_elsewhere_is_told_and_nothing_is_read_or_written(
    name: str, tmp_path: Path
) -> None:
    path = runs_zip(tmp_path, {name: GPX, "activities/2.gpx": GPX})
    before = tree(tmp_path)
    have, without, heard = with_streams(path)
    assert (have, without) == (["2"], ["1"])
    assert [reason for _, reason in heard] == ["its name leads elsewhere"]
    assert tree(tmp_path) == before


@pytest.mark.promise("F4")
@pytest.mark.parametrize("name", EVIL_NAMES)
def test_in_a_folder_such_a_name_reads_nothing_outside_of_it(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "export"
    (folder / "activities").mkdir(parents=True)
    for place in (tmp_path, tmp_path / "a", tmp_path / "a" / "b", folder, folder / "activities"):
        (place / "x.gpx").write_text(GPX)
    (folder / "activities.csv").write_text(table([run(1, name), run(2, "activities/x.gpx")]))
    have, without, heard = with_streams(folder)
    assert (have, without) == (["2"], ["1"])
    assert len(heard) == 1


def test_links_pipes_and_folders_of_an_unpacked_export_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "1.gpx").write_text(GPX)
    folder = tmp_path / "export"
    (folder / "activities").mkdir(parents=True)
    (folder / "activities" / "1.gpx").symlink_to(outside / "1.gpx")
    (folder / "linked").symlink_to(outside)
    os.mkfifo(folder / "activities" / "3.gpx")
    (folder / "activities" / "4.gpx").mkdir()
    names = ["activities/1.gpx", "linked/1.gpx", "activities/3.gpx", "activities/4.gpx", "activities/5.gpx"]
    (folder / "activities.csv").write_text(table([run(number, name) for number, name in enumerate(names, 1)]))
    have, without, heard = with_streams(folder)
    assert have == [] and len(without) == 5
    assert [file for file, _ in heard] == names
    assert [("plain file" in reason, "not in" in reason) for _, reason in heard] == [(True, False)] * 4 + [
        (False, True)
    ]


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    path = runs_zip(tmp_path, {"activities/2.gpx": GPX})
    link = zipfile.ZipInfo("activities/1.gpx")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    rows = table([run(1, "activities/1.gpx"), run(2, "activities/2.gpx")])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("activities/2.gpx", GPX)
        archive.writestr("activities.csv", rows)
    assert with_streams(path) == (["2"], ["1"], [("activities/1.gpx", "no plain file")])


def test_only_the_exact_name_counts_and_a_name_that_stands_twice_is_nobodys(tmp_path: Path) -> None:
    rows = table([run(1, "activities/1.gpx"), run(2, "activities/2.gpx"), run(3, "Activities/3.GPX")])
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("activities.csv", rows)
        for name in ("activities/1.gpx", "activities/1.GPX", "activities/2.gpx", "activities/3.gpx"):
            archive.writestr(name, GPX)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("activities/2.gpx", GPX)
    have, without, heard = with_streams(tmp_path / "x.zip")
    assert (have, without) == (["1"], ["2", "3"])
    assert [reason for _, reason in heard] == [
        "more than one member of the ZIP has its name",
        "not in the ZIP",
    ]


def test_a_name_cut_off_by_a_nul_is_not_the_name(tmp_path: Path) -> None:
    path = runs_zip(tmp_path, {"activities/1.gpx!evil": GPX, "activities/2.gpx": GPX})
    path.write_bytes(path.read_bytes().replace(b"1.gpx!evil", b"1.gpx\0evil"))
    heard = Heard()
    activities = list(read_export(path, heard))
    assert ["streams" in one.payload for one in activities] == [False, True]


def test_a_file_belongs_to_one_activity(tmp_path: Path) -> None:
    rows = table([run(1, "activities/1.gpx"), run(2, "activities/1.gpx")])
    path = write_zip(tmp_path / "x.zip", {"activities.csv": rows, "activities/1.gpx": GPX})
    assert with_streams(path) == (
        ["1"],
        ["2"],
        [("activities/1.gpx", "another activity has named it before")],
    )


def test_names_in_messages_are_short_and_on_one_line(tmp_path: Path) -> None:
    path = runs_zip(tmp_path, {"activities/" + "x" * 300 + "\x1b[31m\nred.gpx": GPX})
    _, heard = read(path)
    assert len(heard[0][0]) <= 100 and heard[0][0].isprintable()
