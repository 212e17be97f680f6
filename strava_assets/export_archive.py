"""The files of a bulk export, as a ZIP or as the folder it was unpacked into, read without trusting either.

Nothing is ever unpacked to the disk: a member is looked up by its exact name and read as a stream that ends at a limit,
whatever size the archive declares. Surprising: the list of members is read by `zipfile` in one piece, so its bound is
set where it is read, by a file that gives no large pieces.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from resources.body import Unreadable
from resources.errors import UsageProblem
from resources.files import storage_errors
from resources.redact import one_line

MOST_FILE_BYTES = 64 * 2**20  # of one file, unpacked; recordings of a day at 1 Hz are below 20 MB even as GPX
MOST_DIRECTORY_BYTES = (
    16 * 2**20
)  # the ZIP's list of members: about 150,000 of them; Python needs ten times as much
MOST_RATIO = 200  # of what is unpacked to what is stored, for a member and for all together
SMALL_BYTES = 2**20  # below this no ratio is suspicious
ENCRYPTED = 0x1
NO_NAMES = re.compile(
    r"[\x00-\x1f\x7f\\:]|^/|(^|/)\.{0,2}(/|$)"
)  # control, backslash, drive, absolute, "", ".", ".."
TABLE = "activities.csv"
AGAIN = "Give the ZIP that Strava's bulk export sent, as it came, or the folder it was unpacked into."


class Export(Protocol):
    """Where the files of an export are found. `open` raises Unreadable when a file is refused."""

    def open(self, name: str) -> IO[bytes]: ...


class Limited(io.RawIOBase):
    """A stream that raises Unreadable where it is damaged, or once more than its limit has been read from it."""

    def __init__(self, source: IO[bytes], limit: int) -> None:
        super().__init__()
        self._source = source
        self._left = limit
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._source.read(min(len(buffer), self._left + 1))
        except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise Unreadable(f"damaged: {one_line(error, 80)}") from None
        self._left -= len(piece)
        if self._left < 0:
            raise Unreadable(f"unpacks to more than {self._limit >> 20} MB")
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._source.close()
        super().close()


def limited(source: IO[bytes], limit: int = MOST_FILE_BYTES) -> io.BufferedReader:
    """A stream that ends with Unreadable at a limit, whatever its size is said to be."""
    return io.BufferedReader(Limited(source, limit))


def refuse_unsafe(name: str) -> None:
    """Unreadable when a name could mean a place outside of the export on any system."""
    if NO_NAMES.search(name):
        raise Unreadable("its name leads elsewhere")


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """The export at a path; UsageProblem when there is none, StorageProblem when the disk fails."""
    with storage_errors(path):
        if path.is_dir():
            yield FolderExport(path)
        elif path.is_file():
            with path.open("rb") as file, _zip(file, path) as archive:
                yield ZipExport(archive, path.stat().st_size)
        else:
            raise UsageProblem(f"There is no bulk export at {str(path)!r}", AGAIN)


def _zip(file: IO[bytes], path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(_SmallPieces(file))
    except zipfile.BadZipFile as error:
        raise UsageProblem(
            f"{path.name!r} is no ZIP or a damaged one ({one_line(error, 80)})", AGAIN
        ) from None
    except (Unreadable, NotImplementedError, ValueError, OverflowError) as error:
        raise UsageProblem(f"{path.name!r} is no bulk export ({one_line(error, 80)})", AGAIN) from None


class _SmallPieces:
    """A file that refuses to be read in large pieces: `zipfile` reads the list of members in one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable, self.close = file.seek, file.tell, file.seekable, file.close

    def read(self, size: int = -1) -> bytes:
        if size > MOST_DIRECTORY_BYTES:
            raise Unreadable("it lists more members than an export has")
        return self._file.read(MOST_DIRECTORY_BYTES if size < 0 else size)


class ZipExport:
    """Members of a ZIP by their exact names. All together they unpack to no more than `MOST_RATIO` of the ZIP."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._budget = SMALL_BYTES + MOST_RATIO * size
        members = archive.infolist()
        self._members = {member.orig_filename: member for member in members}
        self._times = Counter(member.orig_filename for member in members)
        self._root = _root(self._members)
        if self._members[self._root + TABLE].flag_bits & ENCRYPTED:
            raise UsageProblem("The ZIP is encrypted", "Unpack it, and import the folder.")

    def open(self, name: str) -> IO[bytes]:
        refuse_unsafe(name)
        member = self._members.get(self._root + name)
        if member is None:
            raise Unreadable("not in the ZIP")
        self._check(member)
        try:
            return limited(self._archive.open(member), self._spend(member))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, zlib.error) as error:
            raise Unreadable(f"damaged in the ZIP: {one_line(error, 80)}") from None

    def _check(self, member: zipfile.ZipInfo) -> None:
        if self._times[member.orig_filename] > 1:
            raise Unreadable("more than one member of the ZIP has its name")
        if stat.S_ISLNK(member.external_attr >> 16) or member.is_dir():
            raise Unreadable("no plain file")
        if member.flag_bits & ENCRYPTED:
            raise Unreadable("encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable("packed in a way that Strava does not use")
        if member.file_size > MOST_FILE_BYTES:
            raise Unreadable(f"larger than {MOST_FILE_BYTES >> 20} MB")
        if member.file_size > SMALL_BYTES and member.file_size > MOST_RATIO * member.compress_size:
            raise Unreadable(f"unpacks to more than {MOST_RATIO} times its size")

    def _spend(self, member: zipfile.ZipInfo) -> int:
        """What may be read of a member: what it declares; members that share their bytes use up the budget."""
        self._budget -= member.file_size
        if self._budget < 0:
            raise Unreadable(f"the members together unpack to more than {MOST_RATIO} times the ZIP")
        return member.file_size


def _root(members: dict[str, zipfile.ZipInfo]) -> str:
    """The folder within the ZIP that holds the table: none, or the one that a person packed again."""
    if TABLE in members:
        return ""
    roots = [
        name.removesuffix(TABLE) for name in members if name.endswith("/" + TABLE) and name.count("/") == 1
    ]
    if len(roots) != 1:
        raise UsageProblem(f"The ZIP has no {TABLE}: it is no bulk export of Strava", AGAIN)
    return roots[0]


class FolderExport:
    """Files of an unpacked export. Links are not followed, and only plain files are read."""

    def __init__(self, root: Path) -> None:
        self._root = root
        if not (root / TABLE).is_file():
            raise UsageProblem(f"The folder has no {TABLE}: it is no bulk export of Strava", AGAIN)

    def open(self, name: str) -> IO[bytes]:
        refuse_unsafe(name)
        path = self._root
        for part in name.split("/"):
            path = path / part
            if path.is_symlink():
                raise Unreadable("no plain file")
        try:
            descriptor = os.open(
                path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
            )
        except (FileNotFoundError, NotADirectoryError):
            raise Unreadable("not in the folder") from None
        about = os.fstat(descriptor)
        if stat.S_ISREG(about.st_mode) and about.st_size <= MOST_FILE_BYTES:
            return limited(os.fdopen(descriptor, "rb"))
        os.close(descriptor)
        raise Unreadable(f"no plain file, or larger than {MOST_FILE_BYTES >> 20} MB")
