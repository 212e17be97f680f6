"""A copy of a data folder, taken while syncs may write: it is a data folder itself, without tokens.

Only the state and what was landed are copied; whoever asks for the copy builds its tables from that, which also
proves that it is whole. Surprising: the state goes first. It may then know of less than was landed, which costs
a merge; were it copied last, it could call a month complete whose answers are not in the copy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from resources.errors import StorageProblem, UsageProblem
from resources.files import fsync_file, storage_errors
from resources.landing import PART, SEALED, read_lines
from resources.settings import Settings
from resources.state import State


@contextmanager
def copied(settings: Settings, target: Path) -> Iterator[Settings]:
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
        _copy_landing(settings.landing_dir, copy.landing_dir)
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
