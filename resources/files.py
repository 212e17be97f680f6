"""Writing files so that a reader, a crash or a full disk never sees half of one.

`os.replace` alone is not enough: without the fsync of the file a power cut can leave an empty file under
the final name, and without the fsync of the folder the rename itself can be lost.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from resources.errors import StorageProblem

_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}")
FULL_BELOW_BYTES = 2**20  # SQLite says "disk I/O error" where a full disk stopped its shared memory file
FULL = ("The disk is full", "Free some space and run the same command again; nothing stored was lost.")
READ_ONLY = ("The file system is read-only", "Set PACELINE_DATA_DIR to a folder that can be written.")
FORBIDDEN = ("No permission to write", "Set PACELINE_DATA_DIR to a folder you own, or mend its owner.")
IN_THE_WAY = ("A file stands where a folder is needed", "Move it away or set PACELINE_DATA_DIR.")
BROKEN = ("The disk reported an error", "Check the disk and its free space, then run the same command again.")
_CAUSES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: ("The disk quota is used up", "Free some space and run the same command again."),
    errno.EFBIG: (
        "A file may not grow any more",
        "Raise the limit (ulimit -f) and run the same command again.",
    ),
    errno.EROFS: READ_ONLY,
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.ENOTDIR: IN_THE_WAY,
    errno.EEXIST: IN_THE_WAY,
    errno.EIO: BROKEN,
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn write errors of the operating system, SQLite and DuckDB into a StorageProblem that names the path."""
    try:
        yield
    except (OSError, sqlite3.Error, duckdb.Error) as error:
        problem = disk_problem(error, path)
        if problem is None:
            raise
        raise problem from error


def disk_problem(error: BaseException | None, path: Path) -> StorageProblem | None:
    """The StorageProblem behind an error about `path`; None when the disk is not to blame."""
    cause = None
    if isinstance(error, OSError):
        cause = _CAUSES.get(error.errno or 0)
    elif isinstance(error, sqlite3.OperationalError):
        cause = _cause_in_words(str(error), path, "readonly", "unable to open")
    elif isinstance(error, duckdb.IOException):
        cause = _cause_in_words(str(error), path, "ermission")
    if cause is None:
        return None
    what, next_step = cause
    return StorageProblem(f"{what}: {_in_the_way(path) if cause is IN_THE_WAY else path}", next_step)


def _cause_in_words(text: str, path: Path, *forbidden: str) -> tuple[str, str] | None:
    """What a database says of a disk, which gives its cause no number."""
    if "No space left" in text or ("disk" in text.lower() and "full" in text.lower()):
        return FULL
    if "File too large" in text:
        return _CAUSES[errno.EFBIG]
    if any(word in text for word in forbidden):
        return FORBIDDEN
    if "I/O error" in text or "Could not write" in text:
        return FULL if _free_bytes(path) < FULL_BELOW_BYTES else BROKEN
    return None


def _free_bytes(path: Path) -> int:
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def _in_the_way(path: Path) -> Path:
    """The file among a path and its parents that is no folder; the path itself when none is."""
    return next((part for part in (path, *path.parents) if part.is_file()), path)


def safe_name(name: str) -> str:
    """The name, if as a file or folder it can be nowhere but in the folder it is put into. ValueError otherwise."""
    if not _SAFE_NAME.fullmatch(name):
        raise ValueError(f"not a safe name for a file or folder: {name!r}")
    return name


def fsync_file(path: Path) -> None:
    """Force a file's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it replaces `path` durably, on failure it is removed.

    Raises StorageProblem when the disk is full or the folder cannot be written.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Hosts that share the folder may each have a process of this number.
        temporary = path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}.tmp")
        temporary.unlink(missing_ok=True)  # of a dead run, with whatever mode or link it has
        try:
            yield temporary
            fsync_file(temporary)
            temporary.replace(path)
            fsync_file(path.parent)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
