"""The landing zone: every answer as it came, append-only, one JSON line each.

`landing/<provider>/<resource>/<segment>/<moment>-<pid>-<n>.ndjson.zst`, readable with DuckDB or
`zstdcat | jq`. While it is written a segment is plain `.ndjson.part`, each line forced to the disk before
it counts; sealing compresses it and renames it. A run that dies leaves its `.part`; the next run seals
that, dropping at most a torn last line. The lock on the open `.part` tells the living from the dead. Several hosts
share sealed segments by an object storage, where each is before it is here.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Protocol, Self

import zstandard

from resources.errors import StorageProblem
from resources.files import fsync_file, replacing, safe_name, storage_errors
from resources.surrogates import mended

PART = ".ndjson.part"
SEALED = ".ndjson.zst"
COMPRESSION_LEVEL = 3
LEFT_OUT = "WITHOUT-LANDING.txt"  # in a data folder that is a backup without its landing zone
_SEQUENCE = count()

if TYPE_CHECKING:
    from resources.object_store import ObjectStore


class Landable(Protocol):
    """What an answer must tell to be landed; `resources.http.Answer` does."""

    @property
    def url(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def fetched_at(self) -> datetime: ...
    @property
    def text(self) -> str: ...


class SegmentWriter:
    """Appends answers to one `.part` file and seals it at the end. One writer per run and segment."""

    def __init__(self, folder: Path, store: ObjectStore | None = None) -> None:
        self._store = store
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        self._part = folder / f"{moment}-{os.getpid()}-{next(_SEQUENCE)}{PART}"
        self._file: IO[bytes] | None = None
        self.lines = 0

    def write(self, answer: Landable, item: str) -> None:
        """Land one answer; when this returns, a crash cannot lose it. `item` names what was asked for."""
        self.write_all([(answer, item)])

    def write_all(self, answers: Sequence[tuple[Landable, str]]) -> None:
        """Land several answers, all or none of them."""
        line = b"".join(landed_line(answer, item) for answer, item in answers)
        with storage_errors(self._part):
            file = self._file or self._open()
            start = file.tell()
            try:
                left = memoryview(line)
                while left:  # a nearly full disk takes a part of it and tells so only by the count
                    left = left[file.write(left) :]
                os.fsync(file.fileno())
            except BaseException:
                file.truncate(start)
                file.seek(start)
                raise
        self.lines += len(answers)

    def seal(self) -> Path | None:
        """Compress, rename, and give the sealed file; None when nothing was written."""
        if self._file is None:
            return None
        sealed = _seal(self._part, self._store)
        self._file.close()
        self._file = None
        return sealed

    def _open(self) -> IO[bytes]:
        self._part.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered, so that a failed write leaves nothing behind that a later flush would bring back.
        self._file = self._part.open("xb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fsync_file(self._part.parent)
        return self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seal()


class Landing:
    """The landing zone below one folder."""

    def __init__(self, root: Path, store: ObjectStore | None = None) -> None:
        self.root, self._store = root, store

    def pull(self, provider: str) -> None:
        """Bring what other hosts landed of a provider."""
        if self._store:
            self._store.pull(self.root / provider, f"*/*/*{SEALED}")

    def writer(self, provider: str, resource: str, segment: str) -> SegmentWriter:
        """A writer for one segment, for example ("peloton", "ride_details", "2024-03")."""
        folder = self.root / safe_name(provider) / safe_name(resource) / safe_name(segment)
        return SegmentWriter(folder, self._store)

    def sealed(self, provider: str, resource: str, segment: str = "*") -> list[Path]:
        """All sealed files of a resource (or of one segment), oldest first."""
        return sorted((self.root / provider / resource).glob(f"{segment}/*{SEALED}"), key=lambda p: p.name)

    def segments(self, provider: str, resource: str) -> list[str]:
        """Names of the segments that hold sealed files."""
        return sorted({path.parent.name for path in self.sealed(provider, resource)})

    def erase(self, provider: str, resource: str, is_to_go: Callable[[dict[str, Any]], bool]) -> int:
        """Take lines out of sealed files for good; give how many. Each file is replaced as a whole.

        For what must not be kept: the landing zone forgets nothing by itself.
        """
        erased = 0
        for path in self.sealed(provider, resource):
            lines = list(read_lines(path))
            kept = [line for line in lines if not is_to_go(json.loads(line))]
            if len(kept) == len(lines):
                continue
            erased += len(lines) - len(kept)
            if kept:
                with replacing(path) as temporary:
                    temporary.write_bytes(_compressed(b"".join(kept)))
                    if self._store:
                        self._store.push(temporary, path)
            else:
                if self._store:
                    self._store.erase(path)
                with storage_errors(path):
                    path.unlink()
                    fsync_file(path.parent)
        return erased

    def recover(self) -> list[Path]:
        """Seal what dead runs left open; give the files sealed. Living writers are left alone."""
        recovered = []
        for part in sorted(self.root.glob(f"*/*/*/*{PART}")):
            with _abandoned(part) as dead:
                if dead:
                    recovered += [path for path in [_seal(part, self._store)] if path]
        return recovered


def landed_line(answer: Landable, item: str) -> bytes:
    """One line of the landing zone: what was asked, what came, and a hash of the stored payload."""
    payload = mended(answer.text.replace("\r", " ").replace("\n", " "))
    head = {
        "item": item,
        "url": answer.url,
        "status": answer.status,
        "fetched_at": answer.fetched_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "sha256": hashlib.sha256(payload.encode()).hexdigest(),
    }
    return f'{json.dumps(head)[:-1]}, "payload": {payload}}}\n'.encode()


def read_lines(path: Path) -> Iterator[bytes]:
    """The complete lines of a sealed or open segment file; a torn last line of an open one is left out."""
    text = _content(path) if path.name.endswith(SEALED) else path.read_bytes()
    yield from text[: text.rfind(b"\n") + 1].splitlines(keepends=True)


def require_landing_zone(data_dir: Path) -> None:
    """Raise StorageProblem for a backup whose landing zone was left out.

    A sync or rebuild in it would take what is landed for all there is, and write tables that lack the rest.
    """
    if (data_dir / LEFT_OUT).exists():
        raise StorageProblem(
            f"{data_dir} is a backup without its landing zone: it can be read, not synced or rebuilt",
            "Go on in the data folder it was made of, after `paceline restore` there; or take a backup with landing.",
        )


def require_whole(paths: Iterable[Path]) -> None:
    """Raise StorageProblem unless these sealed files are as they were written.

    DuckDB takes the beginning of a torn file for all of it.
    """
    for path in paths:
        _content(path)


def _content(sealed: Path) -> bytes:
    try:
        content = zstandard.ZstdDecompressor().decompress(sealed.read_bytes())
    except zstandard.ZstdError:
        content = b""
    if not content:
        raise StorageProblem(
            f"{sealed} is damaged",
            "Move it away and run the same command again; a sync of its month asks again for what it held.",
        )
    return content


def _compressed(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=COMPRESSION_LEVEL, write_checksum=True).compress(content)


def _seal(part: Path, store: ObjectStore | None) -> Path | None:
    """Turn a `.part` into its sealed file. Safe to repeat: the last step is the removal of the `.part`."""
    sealed = part.with_name(part.name.removesuffix(PART) + SEALED)
    content = b"".join(read_lines(part))
    if content:
        with replacing(sealed) as temporary:
            temporary.write_bytes(_compressed(content))
            if store:
                store.push_once(temporary, sealed)
    with storage_errors(part):
        part.unlink()
    return sealed if content else None


@contextmanager
def _abandoned(part: Path) -> Iterator[bool]:
    """Whether no living process holds this `.part`; held by us while the caller works on it."""
    try:
        file = part.open("rb")
    except FileNotFoundError:
        yield False
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield part.exists()
