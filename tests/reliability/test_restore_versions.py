"""A backup of another version: an older one is migrated in the copy, a newer one refused before anything is touched."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from publishing import published
from test_migrations import NEWEST, made_by_release_0

from resources.errors import StorageProblem
from resources.restore import restore
from resources.settings import load_settings
from resources.state import State

pytestmark = [pytest.mark.promise("A6"), pytest.mark.promise("A8")]


@pytest.fixture
def backup(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A whole backup below a data folder."""
    monkeypatch.setenv("PACELINE_DATA_DIR", str(folder))
    published(folder)
    copy = folder / "backups" / "2026-11-01T010000Z"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("backups"))
    return copy


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith((".lock", "-shm", "-wal"))
    }


def test_a_newer_one_is_refused_and_nothing_is_changed(backup: Path) -> None:
    with closing(sqlite3.connect(backup / "state" / "paceline.sqlite")) as state:
        state.executescript(f"CREATE TABLE yet_unknown (a); PRAGMA user_version = {NEWEST + 1};")
    settings = load_settings()
    before = everything(settings.data_dir)
    with pytest.raises(StorageProblem, match=r"newer Paceline.*Update Paceline"):
        restore(settings, backup)
    assert everything(settings.data_dir) == before


def test_an_older_one_is_migrated_in_the_copy_only(backup: Path, tmp_path: Path) -> None:
    older = made_by_release_0(tmp_path / "older") / "paceline.sqlite"
    shutil.copyfile(older, backup / "state" / "paceline.sqlite")
    settings = load_settings()
    restore(settings, backup)
    assert list(State(settings.state_place).complete_months("peloton", "ride_list")) == ["2024-03"]
    assert (backup / "state" / "paceline.sqlite").read_bytes() == older.read_bytes()
