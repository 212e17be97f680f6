"""Writing files so that a reader, a crash or a full disk never sees half of one.

`os.replace` alone is not enough: without the fsync of the file a power cut can leave an empty file under
the final name, and without the fsync of the folder the rename itself can be lost.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from resources.errors import StorageProblem

_CAUSES = {
    errno.ENOSPC: (
        "The disk is full",
        "Free some space and run the same command again; nothing stored was lost.",
    ),
    errno.EDQUOT: ("The disk quota is used up", "Free some space and run the same command again."),
    errno.EROFS: ("The file system is read-only", "Set PACELINE_DATA_DIR to a folder that can be written."),
    errno.EACCES: ("No permission to write", "Set PACELINE_DATA_DIR to a folder you own, or mend its owner."),
    errno.EPERM: ("No permission to write", "Set PACELINE_DATA_DIR to a folder you own, or mend its owner."),
    errno.ENOTDIR: ("A file stands where a folder is needed", "Move it away or set PACELINE_DATA_DIR."),
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's and DuckDB's write errors into a StorageProblem that names the path."""
    try:
        yield
    except OSError as error:
        what, next_step = _CAUSES.get(error.errno or 0, (None, None))
        if what is None or next_step is None:
            raise
        raise StorageProblem(f"{what}: {path}", next_step) from error
    except duckdb.IOException as error:
        text = str(error)
        full = "No space left" in text or ("disk" in text.lower() and "full" in text.lower())
        cause = errno.ENOSPC if full else errno.EACCES if "ermission" in text else None
        if cause is None:
            raise
        what, next_step = _CAUSES[cause]
        raise StorageProblem(f"{what}: {path}", next_step) from error


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
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            yield temporary
            fsync_file(temporary)
            temporary.replace(path)
            fsync_file(path.parent)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
