"""Locks between processes: one holder at a time, and whoever dies lets go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from resources.files import storage_errors

FOREVER = -1.0
POLL_S = 0.02
FILE_MODE = 0o600
FOLDER_MODE = 0o700


class Busy(Exception):
    """Somebody else held the lock for as long as was waited. Who asked for it says what that means."""


class Locks(Protocol):
    """A set of locks by name."""

    def hold(self, name: str, wait_s: float = FOREVER) -> AbstractContextManager[None]:
        """Hold one while the block runs; Busy when it is not free within `wait_s`."""


class FileLocks:
    """The locks of one host, each a file of a folder. The operating system frees those of the dead."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def hold(self, name: str, wait_s: float = FOREVER) -> Iterator[None]:
        path = self.folder / f"{name}.lock"
        lock = FileLock(path, mode=FILE_MODE, thread_local=False, poll_interval=POLL_S)
        with storage_errors(path):
            self.folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            try:
                lock.acquire(timeout=wait_s)
            except Timeout:
                raise Busy(name) from None
        try:
            yield
        finally:
            lock.release()
