"""Disks that are full, read-only or hold something else than they should: one sentence, nothing lost, and the same
command goes on when the disk is mended.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from chain import CLASSES, YEAR, landed_details
from command import SENTENCE, Ended, Home, together

from sandbox.client import Sandbox

pytestmark = pytest.mark.tier("N")

# Free at the start, in KB: enough for some of the details, and not even enough to begin a run.
SOME, HARDLY_ANY = 2_800, 300
ENOUGH = "size=64m"
LARGEST_FILE_BYTES = 200_000  # a page of the list has twice as many


@contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[Path]:
    """A mount of its own; skips the test where this machine allows none."""
    folder.mkdir(parents=True, exist_ok=True)
    tried = subprocess.run(["mount", *arguments, folder], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no mount is possible here: {tried.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)


def leave_free(disk: Path, kilobytes: int) -> None:
    remount(disk, f"size={shutil.disk_usage(disk).used // 1024 + kilobytes}k")


def says(ended: Ended, *words: str) -> bool:
    """It failed, and its last line is a sentence with these words."""
    last = ended.err.splitlines(keepends=True)[-1]
    assert ended.code == 1 and SENTENCE.fullmatch(last), ended.err
    assert "Traceback" not in ended.out + ended.err, ended.err
    return all(word in last for word in words)


@pytest.mark.promise("E1")
def test_a_full_disk_stops_a_sync_that_goes_on_when_there_is_space(
    library: Home, year: Home, tmp_path: Path
) -> None:
    with (
        mounted(tmp_path / "disk", "-t", "tmpfs", "-o", ENOUGH, "tmpfs") as disk,
        Sandbox(rate=0, classes=CLASSES) as sandbox,
    ):
        home = library.copy(disk / "data", sandbox)
        leave_free(disk, SOME)
        assert says(home.sync(*YEAR), "The disk is full: ", "Free some space")
        assert home.stored() == library.stored(), "the published warehouse is the one before"
        asked, landed = set(sandbox.counters()["details_by_id"]), landed_details(home)
        assert asked & landed, "the disk was meant to fill up among the details"

        leave_free(disk, HARDLY_ANY)
        assert says(home.sync(*YEAR), "The disk is full: ")

        remount(disk, ENOUGH)
        sandbox.reset()
        ended = home.sync(*YEAR)
        assert (ended.code, ended.facts["outcome"]) == (0, "done"), ended.err
        assert not landed & set(sandbox.counters()["details_by_id"]), "an acknowledged answer was lost"
        assert home.content() == year.content()


@pytest.mark.promise("E1")
def test_a_file_that_may_not_grow_is_told(library: Home, tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE_BYTES, LARGEST_FILE_BYTES))

    with Sandbox(rate=0, classes=CLASSES) as sandbox:
        home = library.copy(tmp_path / "data", sandbox)
        ended = home.sync(*YEAR, preexec_fn=limit)
    assert says(ended, str(home.path)), ended.err
    assert home.stored() == library.stored()


@pytest.mark.promise("E2")
def test_a_read_only_folder_is_told_and_can_still_be_read(library: Home, tmp_path: Path) -> None:
    home = library.copy(tmp_path / "disk" / "data")
    with mounted(tmp_path / "disk", "--bind", str(tmp_path / "disk")) as disk:
        remount(disk, "ro,bind")
        sync, rebuild, read = together(
            partial(home.sync, *YEAR),
            partial(home.run, "rebuild"),
            partial(home.run, "sql", "SELECT count(*) AS n FROM peloton.songs", "--json"),
        )
        for ended in (sync, rebuild):
            assert says(ended, "The file system is read-only", "Set PACELINE_DATA_DIR")
        assert (read.code, read.facts) == (0, [{"n": library.stored()["peloton.songs"][0]}])
        assert home.stored() == library.stored()


@pytest.mark.parametrize("name", ["", "state", "state/dagster", "landing"])
@pytest.mark.promise("E2")
def test_a_file_in_the_place_of_a_folder_is_named(library: Home, tmp_path: Path, name: str) -> None:
    with Sandbox(rate=0, classes=CLASSES) as sandbox:
        home = Home(tmp_path / "data", sandbox)
        if name:
            home = library.copy(tmp_path / "data", sandbox)
            shutil.rmtree(home.path / name)
        (home.path / name).write_text("mine")
        assert says(home.sync(*YEAR), f"A file stands where a folder is needed: {home.path / name}. Move it")
        assert (home.path / name).read_text() == "mine"
        if name:
            assert home.stored() == library.stored()


@pytest.mark.promise("E2")
def test_a_warehouse_that_is_none_is_left_alone(library: Home, tmp_path: Path) -> None:
    home = library.copy(tmp_path / "data")
    home.warehouse.unlink()
    home.warehouse.write_bytes(b"my diary, not a database\n" * 100)
    before = home.warehouse.read_bytes()
    commands = (["sync", "peloton", *YEAR], ["rebuild"], ["sql", "SELECT 1"])
    for ended in together(*[partial(home.run, *command) for command in commands]):
        assert says(ended, f"{home.warehouse} is not a DuckDB file. Move it away")
    assert home.warehouse.read_bytes() == before
