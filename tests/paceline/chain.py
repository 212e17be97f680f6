"""Commands one after the other on one data folder, and what reached the sandbox from each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from command import Ended, Home

from resources.landing import read_lines
from sandbox.client import Sandbox

CLASSES = 600  # eight or nine classes a month
YEAR = ("--year", "2024", "--classes", "all")  # some 80 classes more
WINDOW = ("--year", "2024", "--month", "3", "--classes", "all")
OPTIONS = ("--year", "2025", "--disciplines", "yoga,strength")
LIMIT, DELAY_S, REFRESHED = 5, 0.1, 3
LATEST_START = "2026-07"  # where the library begins that is synced without a window


@dataclass
class Asked:
    """One command, and what reached the sandbox from it."""

    ended: Ended
    requests: list[list[Any]]

    @property
    def categories(self) -> list[str | None]:
        """Category of each list request."""
        asked = [urlsplit(target) for _, _, target, *_ in self.requests]
        pages = [parse_qs(target.query) for target in asked if target.path.endswith("/ride/archived")]
        return [page.get("browse_category", [None])[0] for page in pages]

    @property
    def details(self) -> list[str]:
        """Ids of the classes asked for."""
        return [target.split("/")[-2] for _, _, target, *_ in self.requests if target.endswith("/details")]

    @property
    def api(self) -> list[float]:
        """When the API was asked, sign-in aside."""
        return [moment for moment, _, target, *_ in self.requests if "/oauth/" not in target]


@dataclass
class Chain:
    """Commands one after the other on one data folder."""

    home: Home
    sandbox: Sandbox
    done: dict[str, Asked] = field(default_factory=dict)
    folders: dict[str, set[str]] = field(default_factory=dict)  # what the data folder held after each

    def sync(self, name: str, *arguments: str) -> None:
        self.sandbox.reset()
        ended = self.home.sync(*arguments)
        self.done[name] = Asked(ended, self.sandbox.requests())
        self.folders[name] = {path.name for path in self.home.path.iterdir()}


def listed_classes(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Classes on the list, by id, with the month of their air time."""
    return {
        row["id"]: row | {"month": f"{datetime.fromtimestamp(row['original_air_time'], UTC):%Y-%m}"}
        for row in sandbox.classes()
        if row["listed"]
    }


def landed_details(home: Home) -> set[str]:
    """Classes whose details were acknowledged: their lines are whole, sealed or not."""
    folder = home.path / "landing" / "peloton" / "ride_details"
    lines = [line for path in folder.rglob("*.ndjson.*") for line in read_lines(path)]
    return {json.loads(line)["item"] for line in lines}
