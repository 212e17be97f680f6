"""Paceline and a dlt pipeline, each a command that syncs the class library of one sandbox into a folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb
import requests

from bench.processes import CHECKOUT, OURS, Running, peer_python
from sandbox.client import Sandbox

FIRST_MONTH = "2018-12"  # where the sandbox's library begins
SIGN_IN_SECONDS = 10


@dataclass(frozen=True)
class Window:
    """A month to backfill."""

    year: int
    month: int

    @property
    def seconds(self) -> tuple[int, int]:
        """Its first second and the first one after it."""
        following = datetime(self.year + self.month // 12, self.month % 12 + 1, 1, tzinfo=UTC)
        return int(datetime(self.year, self.month, 1, tzinfo=UTC).timestamp()), int(following.timestamp())


class Contestant(Protocol):
    """Who takes part."""

    name: str

    def start(self, folder: Path, window: Window | None = None) -> Running:
        """Begin a sync of everything, or of a window, into a folder."""
        ...

    def stored(self, folder: Path) -> tuple[list[str], list[str]]:
        """The class of each stored row of the class table, and of each stored play of a song."""
        ...


def environment(sandbox: Sandbox, requests_per_second: float) -> dict[str, str]:
    """What both need to know of the sandbox; one access token serves both."""
    form = {"grant_type": "refresh_token", "client_id": "bench", "refresh_token": sandbox.refresh_token}
    answer = requests.post(f"{sandbox.auth_url}/oauth/token", data=form, timeout=SIGN_IN_SECONDS)
    env = {**os.environ, **sandbox.env(), "PELOTON_ACCESS_TOKEN": answer.json()["access_token"]}
    del env["PELOTON_REFRESH_TOKEN"]
    return env | {
        "PELOTON_LIBRARY_START": FIRST_MONTH,
        "PELOTON_REQUESTS_PER_SECOND": str(requests_per_second),
        "LIMITER_URL": "",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }


@dataclass
class Paceline:
    """The command a person types, Dagster included."""

    env: Mapping[str, str]
    name: str = "Paceline"

    def start(self, folder: Path, window: Window | None = None) -> Running:
        months = ["--year", str(window.year), "--month", str(window.month)] if window else []
        command = [*OURS, "sync", "peloton", "--classes", "all", "--json", *months]
        return Running(command, {**self.env, "PACELINE_DATA_DIR": str(folder)}, folder)

    def stored(self, folder: Path) -> tuple[list[str], list[str]]:
        return _ids(
            folder / "warehouse.duckdb",
            "SELECT ride_id FROM peloton.rides",
            "SELECT ride_id FROM peloton.songs",
        )


@dataclass
class Dlt:
    """`dlt_library.py` in an environment of its own."""

    env: Mapping[str, str]
    name: str = "dlt"

    def start(self, folder: Path, window: Window | None = None) -> Running:
        program = str(CHECKOUT / "bench" / "dlt_library.py")
        command = [peer_python(), "-P", program, str(folder), *map(str, window.seconds if window else ())]
        return Running(command, self.env, folder)

    def stored(self, folder: Path) -> tuple[list[str], list[str]]:
        return _ids(
            folder / "library.duckdb",
            "SELECT id FROM peloton.rides",
            "SELECT d._rides_id FROM peloton.ride_details__songs AS s"
            " JOIN peloton.ride_details AS d ON s._dlt_root_id = d._dlt_id",
        )


def _ids(file: Path, *queries: str) -> tuple[list[str], list[str]]:
    if not file.exists():
        return [], []
    with duckdb.connect(file, read_only=True) as connection:
        rides, songs = ([row[0] for row in connection.execute(query).fetchall()] for query in queries)
    return rides, songs


@dataclass(frozen=True)
class Difference:
    """How stored rows differ from the truth, classes and plays of songs together."""

    missing: int
    doubled: int

    def __str__(self) -> str:
        return f"{self.missing} / {self.doubled}"


def compare(
    stored: tuple[Sequence[str], Sequence[str]],
    truth: Sequence[Mapping[str, Any]],
    window: Window | None = None,
) -> Difference:
    """Rows missing and rows too many, against what the sandbox says it has; of a window only when given."""
    first, end = window.seconds if window else (0, 2**63)
    listed = [one for one in truth if one["listed"] and first <= one["original_air_time"] < end]
    wanted_rides = Counter(one["id"] for one in listed)
    wanted_songs = Counter({one["id"]: one["songs"] for one in listed if one["details_status"] == 200})
    rides, songs = Counter(stored[0]), Counter(stored[1])
    in_window = {one["id"] for one in truth if first <= one["original_air_time"] < end}
    if window:  # a page brings neighbours of other months, which are no fault
        rides, songs = (
            Counter({id_: n for id_, n in each.items() if id_ in in_window}) for each in (rides, songs)
        )
    missing = (wanted_rides - rides).total() + (wanted_songs - songs).total()
    doubled = (rides - wanted_rides).total() + (songs - wanted_songs).total()
    return Difference(missing, doubled)
