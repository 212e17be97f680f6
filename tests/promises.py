"""The promises that `docs/reliability.md` shows, and how that page is written.

Each row is proven by the tests that carry its mark; a row without a test fails `test_promises.py`.
"""

from __future__ import annotations

import platform
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
SHOWN_VERSIONS = ("dagster", "duckdb", "polars", "requests", "pyrate-limiter")
COMMANDS = {"P": "make test", "N": "make test-long", "R": "make reliability"}

PROMISES = {
    "Nothing is lost, nothing appears twice, whenever a process stops": {
        "A1": "kill -9 at any moment, then the same sync again",
        "A2": "kill -9 and power cut before and after every call that changes a disk",
        "A3": "several kills in a row, also while recovering",
        "A4": "SIGTERM: what was answered is kept, and the exit code says so",
        "A5": "daemon, webserver, code server and run worker killed in a backfill",
        "A6": "a migration killed at every statement; older and newer files",
        "A7": "lake and warehouse deleted, built again from the landing zone",
        "A8": "a backup taken while a sync writes, restored elsewhere",
    },
    "A provider that misbehaves never makes a silent hole": {
        "B1": "half of all calls refused, with every form of Retry-After",
        "B2": "Strava's windows: falling, missing or malformed headers, foreign clients, midnight",
        "B3": "server errors, resets, stalls, drips, no name, no TLS",
        "B4": "answers cut at every byte, or damaged in other ways",
        "B5": "pages that are empty, repeated, endless, shifted or miscounted",
        "B6": "fields added, gone, renamed or of another type",
        "B7": "iRacing's links: ended, parts missing or not what was told",
        "B8": "public files of another language or unit, each read or refused by name",
    },
    "Time": {
        "C1": "a machine clock that is wrong, jumps or stands still",
        "C2": "race starts of ten years in five zones: shifts of clocks, leap days, year ends, week 13",
        "C3": "remembered positions in 2999 and in 1970",
        "C4": "what is uploaded late, dated back or edited afterwards",
        "C5": "months in any order, twice, overlapping, two at once",
    },
    "Tokens and secrets": {
        "D1": "an access token that dies after any number of requests",
        "D2": "several processes that need a one-time token at once",
        "D3": "the answer to a refresh is lost",
        "D4": "canary secrets in every path",
        "D5": "modes of files and folders",
        "D6": "bodies of error answers",
    },
    "Storage": {
        "E1": "a full disk at every write, flush and rename",
        "E2": "folders that are read-only, missing, foreign or locked",
        "E3": "many writers of one lake; a backfill of ten years",
        "E4": "readers while the warehouse is published",
        "E6": "the pinned DuckDB after kills behind changes of tables",
    },
    "Hostile input": {
        "F1": "hostile texts in every text field",
        "F2": "hostile texts in searches, options and file names",
        "F3": "strangers' SQL on the query page, and what it may read",
        "F4": "names that point out of the data folder",
        "F5": "bombs and broken files in an archive",
        "F6": "strangers at the receiver of events and at the pages",
    },
    "Meaning": {
        "G1": "everything twice",
        "G2": "classes that the provider removes",
        "G3": "random histories against a model",
        "G4": "the provider's counts against what is stored",
        "G5": "each check of the data finds its planted fault",
        "G6": "each resource has its contract",
    },
}


@dataclass
class Proof:
    """What the tests of one row said."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    figures: list[str] = field(default_factory=list)


class Findings:
    """Collects the reports of all tests, whichever process ran them."""

    def __init__(self) -> None:
        self.proofs: dict[str, Proof] = defaultdict(Proof)

    def add(self, properties: Iterable[tuple[str, object]], outcome: str) -> None:
        """One finished test."""
        told = list(properties)
        for row in {str(value) for name, value in told if name == "promise"}:
            proof = self.proofs[row]
            setattr(proof, outcome, getattr(proof, outcome) + 1)
            proof.figures += [str(value) for name, value in told if name == "figure"]

    def page(self, tier: str, seed: int, minutes: float) -> str:
        """docs/reliability.md."""
        commit = _git("rev-parse", "--short", "HEAD") + (
            " (changed)" if _git("status", "--porcelain") else ""
        )
        versions = ", ".join(f"{name} {version(name)}" for name in SHOWN_VERSIONS)
        lines = [
            "# What was proven, and with which figures",
            "",
            f"Written by `{COMMANDS[tier]}` on {datetime.now(UTC):%Y-%m-%d}, in {minutes:.0f} minutes on"
            f" {platform.system()} with Python {platform.python_version()}; commit {commit}, seed {seed};"
            f" {versions}.",
            "",
            "Two warehouses are *equal* when a hash over all rows of all user tables, sorted, without the columns"
            " that tell when something was asked, is the same (`tests/equal.py`). Places to kill a process at are"
            " found by reading the code (`tests/points.py`). Any test runs again with"
            f" `python -m pytest TEST --tier {tier} --seed {seed}`.",
        ]
        for title, rows in PROMISES.items():
            lines += [
                "",
                f"## {title}",
                "",
                "| | what is done | tests | figures found |",
                "|---|---|---|---|",
            ]
            lines += [
                f"| {row} | {about} | {self._counts(row)} | {self._figures(row)} |"
                for row, about in rows.items()
            ]
        return "\n".join(lines) + "\n"

    def _counts(self, row: str) -> str:
        proof = self.proofs[row]
        told = {"passed": proof.passed, "**failed**": proof.failed, "skipped": proof.skipped}
        return ", ".join(f"{count} {word}" for word, count in told.items() if count) or "none"

    def _figures(self, row: str) -> str:
        return "; ".join(dict.fromkeys(figure.replace("|", "\\|") for figure in self.proofs[row].figures))


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    ).stdout.strip()
