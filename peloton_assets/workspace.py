"""What a sync works with: client, landing zone, lake, state and a place to report progress.

Knows no Dagster, so that tests, benchmarks and a dry run use the very functions that the assets use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from peloton_assets.pending import SOURCE, merge_pending
from resources.errors import AlreadyRunning
from resources.files import storage_errors
from resources.lake import Lake
from resources.landing import Landing
from resources.peloton import PelotonClient
from resources.settings import Settings
from resources.state import State

__all__ = ["SOURCE", "MonthReport", "OnMonth", "OnProgress", "Progress", "Workspace", "now", "silent"]


@dataclass(frozen=True)
class Progress:
    """How far a stage is: `done` of `total` (None while unknown), in `unit`s."""

    stage: str
    done: int
    total: int | None
    unit: str


@dataclass(frozen=True)
class MonthReport:
    """One finished month of an asset, as shown in the Dagster UI."""

    month: str
    rows: int
    facts: dict[str, int | str] = field(default_factory=dict)


OnMonth = Callable[[MonthReport], None]
OnProgress = Callable[[Progress], None]


def now() -> datetime:
    return datetime.now(UTC)


def silent(_: Progress) -> None:
    """Report progress to nobody."""


@dataclass
class Workspace:
    """The rooms of one data folder, and who is asking."""

    settings: Settings
    run_id: str = "none"
    delay_s: float | None = None
    account: str = "default"
    on_progress: OnProgress = silent
    on_wait: Callable[[float, str], None] | None = None

    @cached_property
    def landing(self) -> Landing:
        return Landing(self.settings.landing_dir)

    @cached_property
    def lake(self) -> Lake:
        return Lake(self.settings.lake_dir)

    @cached_property
    def state(self) -> State:
        return State(self.settings.state_dir)

    @cached_property
    def client(self) -> PelotonClient:
        return PelotonClient.from_settings(
            self.settings, delay=self.delay_s, account=self.account, on_wait=self.on_wait
        )

    @property
    def requests_per_second(self) -> float:
        return 1 / self.delay_s if self.delay_s else self.settings.peloton_requests_per_second

    def note_drift(self, resource: str, found: set[tuple[str, str, str]]) -> int:
        """Record fields that are not as known; give how many of them are news."""
        return self.state.record_drift(SOURCE, resource, found, self.run_id, now()) if found else 0

    @contextmanager
    def crawling(self, wait_s: float = -1) -> Iterator[None]:
        """One crawl of this provider at a time: two would ask for the same classes.

        First seals and merges what a dead run left behind. Raises AlreadyRunning when another process crawls
        for longer than `wait_s` (negative: wait without end).
        """
        lock = self.crawl_lock(self.settings.state_dir)
        with storage_errors(Path(lock.lock_file)):
            self.settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                lock.acquire(timeout=wait_s)
            except Timeout as timeout:
                raise AlreadyRunning(
                    "Another sync of the Peloton library is running",
                    "Wait until it ends (`paceline status` shows it), then run this again.",
                ) from timeout
        try:
            self.landing.recover()
            merge_pending(self.lake, self.landing, self.state)
            yield
        finally:
            lock.release()

    @staticmethod
    def crawl_lock(state_dir: Path) -> FileLock:
        """The lock that `crawling` holds."""
        return FileLock(state_dir / "peloton-crawl.lock")
