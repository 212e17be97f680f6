"""A power cut: what was written but not forced to the disk is gone, as a pessimistic file system may have it.

kill -9 cannot show a missing fsync, since the operating system still has what was written. So a watched process
keeps account of what it forced: the length of each file at its last fsync, and the names in each folder at the
folder's last fsync. A cut takes all else back and then kills the process. SQLite and DuckDB force their own
files, which are left alone here until we rename them, and so are folders: a journaling file system keeps those
together with the first file in them.
"""

from __future__ import annotations

import os
import signal
import stat
import threading
from pathlib import Path
from typing import Any

from points import Point

DATABASES = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".lock")
_disk: PessimisticDisk | None = None


def watch(root: Path) -> None:
    """Keep account from now on of everything below `root`."""
    global _disk
    _disk = PessimisticDisk(root)


def cut(_: Point) -> None:
    """The power fails now."""
    if _disk is None:
        raise RuntimeError("watch() first")
    _disk.still.acquire()  # for ever: no other thread forces anything after this moment
    _disk.forget_the_unforced()
    os.kill(os.getpid(), signal.SIGKILL)


class PessimisticDisk:
    """What would be left of a folder after a power cut."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Hard links keep the content of what was replaced or removed since a folder was forced.
        self.kept = root.with_name(f"{root.name}.kept")
        self.lengths: dict[int, int] = {}
        self.names: dict[Path, dict[str, int]] = {}
        self.still = threading.Lock()
        self.kept.mkdir(parents=True, exist_ok=True)
        self._force_all()
        self._fsync, self._sync = os.fsync, os.sync
        os.fsync, os.sync = self.fsync, self.sync

    def fsync(self, target: Any) -> None:
        with self.still:
            self._fsync(target)
            number = target if isinstance(target, int) else target.fileno()
            status = os.fstat(number)
            if stat.S_ISDIR(status.st_mode):
                self._force_names(Path(f"/proc/self/fd/{number}").resolve())
            else:
                self.lengths[status.st_ino] = status.st_size

    def sync(self) -> None:
        with self.still:
            self._sync()
            self._force_all()

    def forget_the_unforced(self) -> None:
        for folder in [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]:
            names = self.names.get(folder, {})
            for file in _files(folder):
                if names.get(file.name) != file.stat().st_ino:
                    file.unlink()
            for name, inode in names.items():
                if not (folder / name).exists():
                    os.link(self._link(inode), folder / name)
        for file in self.root.rglob("*"):
            if file.is_file() and not file.name.endswith(DATABASES):
                length = self.lengths.get(file.stat().st_ino, 0)
                if file.stat().st_size > length:
                    os.truncate(file, length)

    def _force_all(self) -> None:
        for folder in [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]:
            if folder.is_dir():
                self._force_names(folder)
                self.lengths |= {file.stat().st_ino: file.stat().st_size for file in _files(folder)}

    def _force_names(self, folder: Path) -> None:
        if not folder.is_relative_to(self.root):
            return
        self.names[folder] = {file.name: file.stat().st_ino for file in _files(folder)}
        for name, inode in self.names[folder].items():
            if not self._link(inode).exists():
                os.link(folder / name, self._link(inode))

    def _link(self, inode: int) -> Path:
        return self.kept / str(inode)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and not path.name.endswith(DATABASES)]
