"""Puts a backup in the place of what is there: copied and opened beside it first, then swapped part by part.

Whoever is killed in between runs the same command again: a copy that was whole is swapped in to the end. What was
there before is moved aside and never deleted. Tokens, limits, Dagster's history and the backups stay as they are.
With STATE_URL the state of all hosts is replaced there, in one transaction, and what it was is kept in a file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from resources.database import locks_at
from resources.errors import AlreadyRunning, PacelineError, StorageProblem, UsageProblem
from resources.files import fsync_file, replacing, storage_errors
from resources.landing import LEFT_OUT
from resources.locks import Busy
from resources.settings import Settings
from resources.state import State
from resources.warehouse import open_warehouse
from resources.workspace import PROVIDERS, crawl_lock

STATE = "state/paceline.sqlite"
PARTS = ("landing", "lake", STATE, "warehouse.duckdb")
# SQLite's helpers belong to the file that goes: beside the new one they would be taken for its own.
BESIDE = ("state/paceline.sqlite-wal", "state/paceline.sqlite-shm", "warehouse.duckdb.wal")
WHOLE = "whole"  # written into a copy when it was opened
ERASING = ("strava",)  # files of others never go by themselves


@dataclass(frozen=True)
class Backup:
    """A backup that was found; `rows` is 0 and `problem` says why when it cannot be opened."""

    name: str
    folder: Path
    bytes: int
    rows: int
    problem: str = ""
    landing: bool = True


def backups_of(settings: Settings) -> list[Backup]:
    """All backups below the data folder, newest first, each opened."""
    folders = sorted((settings.data_dir / "backups").glob("[!.]*"), reverse=True)
    return [looked_at(folder) for folder in folders if folder.is_dir()]


def looked_at(folder: Path) -> Backup:
    """A backup, opened and counted."""
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    landing = not (folder / LEFT_OUT).exists()
    try:
        with open_warehouse(folder / "warehouse.duckdb") as warehouse:
            rows = warehouse.execute("SELECT sum(estimated_size)::BIGINT FROM duckdb_tables()").fetchall()
    except StorageProblem as problem:
        return Backup(folder.name, folder, size, 0, problem.what, landing)
    return Backup(folder.name, folder, size, rows[0][0] or 0, landing=landing)


def restore(settings: Settings, folder: Path) -> Path:
    """Swap a backup in; give the folder in which what was there before is kept now.

    Of a backup without the landing zone, the landing zone that is there stays: it has to hold all that the backup's
    tables are made of. Raises UsageProblem for what is no backup or does not fit, AlreadyRunning during a sync,
    StorageProblem when the disk fails.
    """
    if not (folder / "warehouse.duckdb").is_file():
        raise UsageProblem(f"{folder} is no backup", "`paceline backups` lists them.")
    with _alone(settings):
        copy = settings.data_dir / f".restoring-{folder.name}"
        if not (copy / WHOLE).exists():
            _copy(folder, copy, settings)
        return _swap(settings, copy)


def _copy(folder: Path, copy: Path, settings: Settings) -> None:
    with storage_errors(copy):
        shutil.rmtree(copy, ignore_errors=True)
        for part in PARTS:
            source, target = folder / part, copy / part
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        os.sync()
    try:
        _require_usable(settings, folder, copy)
    except PacelineError:
        shutil.rmtree(copy, ignore_errors=True)
        raise
    with storage_errors(copy):
        aside = f"before-restore-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}"
        with replacing(copy / WHOLE) as temporary:
            temporary.write_text(aside)


def _require_usable(settings: Settings, folder: Path, copy: Path) -> None:
    """The copy opens, and this version knows its state, which is migrated here."""
    found = looked_at(copy)
    if found.problem:
        raise StorageProblem(f"The backup cannot be opened: {found.problem}", "Choose another one.")
    state = State(replace(settings, data_dir=copy, state_url="").state_place)
    if not looked_at(folder).landing:
        _require_answers(settings, state)


def _require_answers(settings: Settings, state: State) -> None:
    """Every answer that a backup's state calls merged has to be landed here; otherwise a sync would lose its rows."""
    merged = state.rows("SELECT source, resource, file FROM merged_files")
    landing = settings.landing_dir
    missing = [
        row
        for row in merged
        if not (landing / row["source"] / row["resource"] / row["file"]).exists()
        and not (row["source"] in ERASING and (landing / row["source"]).exists())
    ]
    if missing:
        raise UsageProblem(
            f"The backup has no landing zone, and {len(missing)} of the {len(merged)} landed files that it was made of"
            f" are not in {landing}",
            "Nothing was changed. Restore it where they are or choose a backup with landing; to read it as it is, set"
            " PACELINE_DATA_DIR to its folder.",
        )


def _swap(settings: Settings, copy: Path) -> Path:
    """Each part is moved aside and replaced; one that was replaced already is not in the copy any more."""
    data_dir = settings.data_dir
    with storage_errors(data_dir):
        aside = data_dir / (copy / WHOLE).read_text()
        for part in PARTS:
            if not (copy / part).exists():
                continue
            if part == STATE and settings.state_url:
                _replace_shared_state(settings, copy, aside)
                continue
            _move(data_dir, part, aside)
            (data_dir / part).parent.mkdir(parents=True, exist_ok=True)
            (copy / part).rename(data_dir / part)
            fsync_file((data_dir / part).parent)
            if part == "landing":
                (data_dir / LEFT_OUT).unlink(missing_ok=True)
        shutil.rmtree(copy)
    return aside


def _replace_shared_state(settings: Settings, copy: Path, aside: Path) -> None:
    """The way back of a backup's copy. Done again after a kill, it leaves alone what was kept aside."""
    shared, unfinished = State(settings.state_place), aside / ".unfinished"
    if not (aside / STATE).exists():
        shutil.rmtree(unfinished, ignore_errors=True)
        State(unfinished / "state").copy_from(shared)
        (aside / STATE).parent.mkdir(parents=True, exist_ok=True)
        (unfinished / STATE).rename(aside / STATE)
        shutil.rmtree(unfinished)
    shared.copy_from(State((copy / STATE).parent))
    (copy / STATE).unlink()


def _move(data_dir: Path, part: str, aside: Path) -> None:
    for name in (part, *(beside for beside in BESIDE if beside.startswith(part))):
        if (data_dir / name).exists():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (data_dir / name).rename(aside / name)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """No sync of any provider meanwhile."""
    with ExitStack() as held:
        for name in PROVIDERS:
            try:
                held.enter_context(locks_at(settings.state_place).hold(crawl_lock(name), wait_s=0))
            except Busy:
                raise AlreadyRunning(
                    f"A sync of {name} is running", "Wait until it ends, then restore."
                ) from None
        yield
