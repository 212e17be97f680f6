"""What a sync of any provider works with: landing zone, lake, state and a place to report progress.

Knows no Dagster, so that tests, benchmarks and a dry run use the very functions that the assets use.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import ClassVar

from resources.data_folder import open_lake, open_landing
from resources.errors import AlreadyRunning
from resources.lake import Lake
from resources.landing import Landing, require_landing_zone
from resources.locks import Busy
from resources.outlook import Allowance, Speed, outlook
from resources.settings import Settings
from resources.state import State


@dataclass(frozen=True)
class Progress:
    """How far a stage is: `done` of `total` (None while unknown), in `unit`s."""

    stage: str
    done: int
    total: int | None
    unit: str
    allowance: Callable[[], Allowance] | None = None  # where what is left are requests, one for each

    @property
    def left(self) -> int:
        return max(0, (self.total or 0) - self.done)

    def words(self, speed: Speed) -> str:
        """When it is done, where what is left are requests; empty where that cannot be told."""
        if self.allowance is None or not self.left:
            return ""
        so_far = speed.per_second(self.done, time.monotonic())
        return outlook(self.left, self.allowance(), now().astimezone(), per_second=so_far)


@dataclass(frozen=True)
class MonthReport:
    """One finished month of an asset, as shown in the Dagster UI."""

    month: str
    rows: int
    facts: dict[str, int | str] = field(default_factory=dict)


PROVIDERS = ("peloton", "iracing", "strava")

OnMonth = Callable[[MonthReport], None]
OnProgress = Callable[[Progress], None]


def now() -> datetime:
    return datetime.now(UTC)


def silent(_: Progress) -> None:
    """Report progress to nobody."""


@dataclass
class Rooms(ABC):
    """The rooms of one data folder, and who is asking. A provider adds its client and how its answers are merged."""

    source: ClassVar[str]
    what: ClassVar[str]  # as in "Another sync of ... is running"

    settings: Settings
    run_id: str = "none"
    on_progress: OnProgress = silent
    on_wait: Callable[[float, str], None] | None = None

    @cached_property
    def landing(self) -> Landing:
        return open_landing(self.settings, self.source)

    @cached_property
    def lake(self) -> Lake:
        return open_lake(self.settings)

    @cached_property
    def state(self) -> State:
        return State(self.settings.state_place)

    @abstractmethod
    def allowance(self) -> Allowance:
        """What may be sent from now on, to tell when a queue is done."""

    @abstractmethod
    def merge(self) -> None:
        """Bring what is landed and in no staging table yet into the lake."""

    def note_drift(self, resource: str, found: set[tuple[str, str, str]]) -> int:
        """Record fields that are not as known; give how many of them are news."""
        return self.state.record_drift(self.source, resource, found, self.run_id, now()) if found else 0

    @contextmanager
    def crawling(self, wait_s: float = -1) -> Iterator[None]:
        """One crawl of this provider at a time: two would ask for the same things.

        First seals and merges what a dead run left behind. Raises AlreadyRunning when another process crawls
        for longer than `wait_s` (negative: wait without end).
        """
        with ExitStack() as held:
            try:
                held.enter_context(self.state.locks.hold(crawl_lock(self.source), wait_s))
            except Busy:
                raise AlreadyRunning(
                    f"Another sync of {self.what} is running",
                    "Wait until it ends (`paceline status` shows it), then run this again.",
                ) from None
            require_landing_zone(self.settings.data_dir)
            self.landing.recover()
            # What another host landed, wrote or erased until it let go of the lock; also of what was recovered.
            self.landing.pull(self.source)
            self.lake.pull()
            self.merge()
            yield


def crawl_lock(source: str) -> str:
    """The name of the lock that `crawling` holds."""
    return f"{source}-crawl"
