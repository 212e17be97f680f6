"""A copy of a data folder, taken while syncs may write: it is a data folder itself, without tokens.

Only the state and what was landed are copied; whoever asks for the copy builds its tables from that, which also
proves that it is whole. Without the landing zone, tables and warehouse are copied instead. Surprising: the state goes
first. It may then know of less than was landed or merged, which costs a merge; were it copied last, it could call a
month complete, or a file merged, whose answers are not in the copy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import polars as pl

from resources.errors import StorageProblem, UsageProblem
from resources.files import fsync_file, storage_errors
from resources.lake import Lake
from resources.landing import LEFT_OUT, PART, SEALED, read_lines
from resources.settings import Settings
from resources.state import State


@contextmanager
def copied(settings: Settings, target: Path, landing: bool = True) -> Iterator[Settings]:
    """Copy the data folder; yield the settings of the copy, which gets the name `target` when the caller is done.

    Raises UsageProblem for a target that is taken, StorageProblem when the disk fails or there is nothing yet.
    What was not finished stays behind under another name and goes with the next copy to the same target.
    """
    if target.exists():
        raise UsageProblem(f"{target} exists already", "Name a folder that does not exist yet.")
    if not settings.landing_dir.exists():
        raise StorageProblem(
            f"There is nothing to back up in {settings.data_dir}", "Run `paceline sync peloton` first."
        )
    unfinished = target.with_name(f".{target.name}.unfinished")
    with storage_errors(unfinished):
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, mode=0o700)
        copy = replace(settings, data_dir=unfinished, state_url="")
        State(copy.state_place).copy_from(State(settings.state_place))
        if landing:
            _copy_landing(settings.landing_dir, copy.landing_dir)
        else:
            _copy_tables(settings, copy)
        yield copy
        os.sync()
        unfinished.rename(target)
        fsync_file(target.parent)


def _copy_landing(source: Path, target: Path) -> None:
    """Open segments first, as far as they are written: one that is sealed meanwhile is copied whole after that."""
    for part in sorted(source.rglob(f"[!.]*{PART}")):
        copy = target / part.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            copy.write_bytes(b"".join(read_lines(part)))
        except FileNotFoundError:
            continue
    for sealed in sorted(source.rglob(f"[!.]*{SEALED}")):
        copy = target / sealed.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sealed, copy)
        copy.with_name(copy.name.removesuffix(SEALED) + PART).unlink(missing_ok=True)


def _copy_tables(settings: Settings, copy: Settings) -> None:
    """Lake and published warehouse. Each file is one that was whole; between two of them a sync may have written.

    That is what a kill leaves too, and is healed in the same way: what the state does not call merged is merged again,
    and tables older than what they are made of are built again, so times of files are kept.
    """
    for source in sorted(settings.lake_dir.glob("*/*/[!.]*.parquet")):
        target = copy.lake_dir / source.relative_to(settings.lake_dir)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    if settings.warehouse_file.exists():
        shutil.copy2(settings.warehouse_file, copy.warehouse_file)
    for table in sorted(copy.lake_dir.glob("*/*")):
        try:
            Lake.row_count(sorted(table.glob("*.parquet")))  # reads the end of each file
        except pl.exceptions.PolarsError:
            raise StorageProblem(
                f"Files of {table.name} are damaged", "Run `paceline rebuild` first."
            ) from None
    (copy.data_dir / LEFT_OUT).write_text(
        "This is a backup of a data folder of Paceline without its landing zone: the answers as they came are in the\n"
        "folder that it was made of. It can be read; `paceline restore` there puts it back. It cannot be synced.\n"
    )
