"""Landing zone and lake of several hosts in an object storage, of which each host's folders are a working copy.

What is written goes to the storage first and then into the folder, so that a folder holds nothing that the storage
lacks, and a killed host leaves nothing that matters. A file of the lake is replaced only while the storage still holds
the version that this process pulled. Surprising: what was erased stays as an empty object, since a host that was away
must not take it for one that got lost and bring it again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import from_url

from resources.errors import ObjectStoreProblem, UsageProblem, WrittenElsewhere
from resources.files import replacing, storage_errors
from resources.object_index import Held, ObjectIndex
from resources.redact import redact

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta, PutMode
    from obstore.store import ObjectStore as Storage

    from resources.settings import Settings

INDEX_NAME = "objects.sqlite"  # below `state_dir`
TRANSFERS_AT_ONCE = 8
RETRY_FOR = timedelta(seconds=30)
TICK_NS = 1_000  # what a float of seconds still tells apart
STAMP, HASH = "mtime", "sha256"  # what an object says of itself
CURE = "Check OBJECT_STORE_URL, the AWS_* variables and the network, then run the same command again."


class ObjectStore:
    """The storage at one address, and the data folder that works on a copy of it."""

    def __init__(
        self, storage: Storage, address: str, root: Path, state_dir: Path, keeps_warehouse: bool = False
    ) -> None:
        self._storage, self._address, self._root = storage, address, root
        self._keeps_warehouse = keeps_warehouse
        self._index = ObjectIndex(state_dir / INDEX_NAME, address)
        self._held: dict[str, Held] = {}  # what this process works on, whatever others pull meanwhile
        self._pulled_ns = self._newest_ns = 0

    @classmethod
    def from_settings(cls, settings: Settings) -> ObjectStore:
        """The storage that OBJECT_STORE_URL names; credentials come from the environment of the library."""
        address = settings.object_store_url
        if "@" in address or "?" in address:
            raise UsageProblem(
                "OBJECT_STORE_URL holds more than an address", "Sign in by the AWS_* variables."
            )
        try:
            storage = from_url(address, retry_config={"retry_timeout": RETRY_FOR})
        except (BaseError, ValueError) as error:
            raise UsageProblem(
                f"OBJECT_STORE_URL is {address!r}, which is no object storage", "Give s3://BUCKET/PREFIX."
            ) from error
        return cls(storage, address, settings.data_dir, settings.state_dir, settings.object_store_warehouse)

    def pull(self, folder: Path, files: str) -> None:
        """Bring what `folder` lacks or holds in another version; store what the storage lacks.

        `files` is the pattern of the names. What this process writes from now on is based on what came.
        """
        began_ns = time.time_ns()
        here = {
            self._key(path): path for path in folder.glob(files)
        }  # first: what is here now was stored before
        with self._telling():
            pages = obstore.list(self._storage, self._key(folder))
            listed = {meta["path"]: meta for page in pages for meta in page}
        known = self._index.all()
        news = [key for key, meta in listed.items() if not self._is_current(meta, known.get(key))]
        with ThreadPoolExecutor(TRANSFERS_AT_ONCE) as threads:
            brought = dict(threads.map(lambda key: self._bring(key, known.get(key)), news))
            missing = [path for key, path in here.items() if key not in listed]
            list(threads.map(lambda path: self.push_once(path, path), missing))
        for parent in {(self._root / key).parent for key in news}:
            if parent.exists():  # it did not change just now, and tables are compared with it
                os.utime(parent, ns=(began_ns, began_ns))
        self._held |= {key: held for key, held in known.items() if key in listed} | brought
        self._newest_ns = max((held.stamp_ns for held in self._held.values()), default=0)
        self._pulled_ns = began_ns

    def push_once(self, file: Path, path: Path) -> None:
        """Store `file` as what `path` will hold. Its content never changes: who stored it first was right."""
        try:
            self._put(file, path, "create", file.stat().st_mtime_ns)
        except WrittenElsewhere:
            return

    def push(self, file: Path, path: Path, derived: bool = False) -> None:
        """Store `file` in the place of the version of `path` that was pulled. Raises WrittenElsewhere.

        What is derived from other files is as old as the pull that brought these: what another host has changed in
        them since is newer, and the table is built again.
        """
        held = self._held.get(self._key(path))
        stamp_ns = max(self._pulled_ns if derived else time.time_ns(), self._newest_ns + TICK_NS)
        self._put(file, path, {"e_tag": held.e_tag} if held else "create", stamp_ns)

    def erase(self, path: Path) -> None:
        """Leave nothing of the content of `path` in the storage, for good."""
        key, stamp_ns = self._key(path), time.time_ns()
        with self._telling():
            stored = obstore.put(self._storage, key, b"", attributes={STAMP: str(stamp_ns)})
        self._note(key, Held(stored["e_tag"] or "", 0, stamp_ns))

    def publish(self, warehouse: Path) -> None:
        """Store the published warehouse, if that is wanted. Only for who holds the lock of the one builder."""
        if self._keeps_warehouse:
            with self._telling():
                obstore.put(self._storage, self._key(warehouse), warehouse)

    def _put(self, file: Path, path: Path, mode: PutMode, stamp_ns: int) -> None:
        key, size = self._key(path), file.stat().st_size
        with file.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        with self._telling():
            try:
                about = {STAMP: str(stamp_ns), HASH: sha256}
                # In one part: an upload in several has no condition.
                e_tag = obstore.put(
                    self._storage, key, file, attributes=about, mode=mode, use_multipart=False
                )["e_tag"]
            except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
                there = obstore.get(self._storage, key)
                # Unless an attempt succeeded whose answer was lost, or another host made the very same.
                if there.attributes.get(HASH) != sha256:
                    raise WrittenElsewhere(
                        f"Another host wrote {key} meanwhile", "Run the same command again."
                    ) from error
                e_tag, stamp_ns = there.meta["e_tag"], _stamp(there)
        os.utime(file, ns=(stamp_ns, stamp_ns))
        self._note(key, Held(e_tag or "", size, stamp_ns))

    def _note(self, key: str, held: Held) -> None:
        """Before the file has its name: a pull of this host that is under way then leaves it alone."""
        with self._index.alone() as index:
            self._index.note(index, key, held)
        self._held[key] = held
        self._newest_ns = max(self._newest_ns, held.stamp_ns)

    def _bring(self, key: str, known: Held | None) -> tuple[str, Held]:
        """Put the newest version of an object into the folder; give which one the folder holds then."""
        path = self._root / key
        with storage_errors(path), tempfile.TemporaryDirectory(dir=self._index.path.parent) as aside:
            brought = Path(aside) / path.name
            with self._telling():
                got = obstore.get(self._storage, key)
                with brought.open("wb") as file:
                    file.writelines(got.stream())
            held = Held(got.meta["e_tag"] or "", got.meta["size"], _stamp(got))
            with self._index.alone() as index:
                now = self._index.get(index, key)
                if now and now != known:
                    return key, now  # written just now by another process of this host
                if held.size:
                    with replacing(path) as temporary:
                        brought.rename(temporary)
                        os.utime(temporary, ns=(held.stamp_ns, held.stamp_ns))
                else:
                    path.unlink(missing_ok=True)
                self._index.note(index, key, held)
        return key, held

    def _is_current(self, meta: ObjectMeta, held: Held | None) -> bool:
        """Whether the folder holds this version, unchanged."""
        path = self._root / meta["path"]
        if held is None or held.e_tag != meta["e_tag"] or path.exists() != bool(held.size):
            return False
        return not held.size or (path.stat().st_size, path.stat().st_mtime_ns) == held[1:]

    def _key(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What the storage refuses, in one sentence."""
        try:
            yield
        except (BaseError, FileNotFoundError, NotImplementedError) as error:
            why = redact(str(error).partition("\n")[0])
            raise ObjectStoreProblem(f"{self._address} does not serve: {why}", CURE) from error


def _stamp(got: GetResult) -> int:
    """When the object was written, on the clock of who wrote it."""
    told = got.attributes.get(STAMP)
    return int(told) if told else int(got.meta["last_modified"].timestamp()) * 10**9
