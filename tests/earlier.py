"""Paceline as an earlier commit had it: its code, its command and its sandbox, each in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
OURS = ("PELOTON_", "IRACING_", "STRAVA_", "PACELINE_", "DAGSTER_", "LIMITER_", "STATE_", "OBJECT_", "ALERT_")
COMMAND_TIMEOUT_S = 600
SIZE = {
    "classes": 60, "workouts": 4, "until": "2019-05-31", "rate": 0, "iracing_series": 3, "strava_activities": 12
}  # fmt: skip
SERVE = """
import json, sys
from sandbox.client import Sandbox
with Sandbox(**json.loads(sys.argv[1])) as sandbox:
    if "--iracing-series" in sys.argv[2]:
        sandbox.settings(iracing_per_minute=0)
    print(json.dumps({"env": sandbox.env(), "port": sandbox.port}), flush=True)
    sys.stdin.read()
"""


def git(*arguments: str) -> str:
    """What git says of this checkout; skips the test where there is no history."""
    try:
        done = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"there is no git history here: {error}")
    return done.stdout.strip()


@dataclass(frozen=True)
class Provider:
    """A running sandbox: the environment that points at it, and what was asked of it."""

    env: dict[str, str]
    port: int

    def asked(self) -> list[str]:
        """Paths with their queries, in order."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/_sandbox/requests")
        rows = json.loads(connection.getresponse().read())
        connection.close()
        return [str(row[2]) for row in rows]


@dataclass(frozen=True)
class Code:
    """A tree of Paceline's code, and what it can do."""

    tree: Path

    @classmethod
    def of(cls, commit: str, folder: Path) -> Code:
        """The code of a commit, unpacked into a folder."""
        folder.mkdir(parents=True)
        packed = folder.with_suffix(".tar")
        git("archive", "--output", str(packed), commit)
        subprocess.run(["tar", "-xf", str(packed), "-C", str(folder)], check=True)
        return cls(folder)

    def has(self, *files: str) -> bool:
        """Whether its tree holds one of these files."""
        return any((self.tree / file).exists() for file in files)

    @property
    def syncs(self) -> list[tuple[str, ...]]:
        """The syncs it knows, as words of the command line."""
        known = {
            ("peloton", "--year", "2019", "--classes", "all"): "paceline/sync.py",
            ("workouts",): "paceline/sync_workouts.py",
            ("iracing",): "paceline/sync_iracing.py",
            ("strava",): "paceline/sync_strava.py",
        }
        return [words for words, file in known.items() if self.has(file)]

    def paceline(self, data: Path, provider: Provider, *words: str, **env: str) -> tuple[int, str, str]:
        """Exit code, output and error output of `paceline WORDS` on a data folder."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        variables |= provider.env | {
            "PYTHONPATH": str(self.tree), "PACELINE_DATA_DIR": str(data), "PELOTON_LIBRARY_START": "2019-01",
            "PELOTON_REQUESTS_PER_SECOND": "200", "IRACING_REQUESTS_PER_MINUTE": "9999", **env,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "paceline", *words], cwd=self.tree, env=variables, capture_output=True,
            text=True, timeout=COMMAND_TIMEOUT_S, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def sync_all(self, data: Path, provider: Provider, syncs: list[tuple[str, ...]], **env: str) -> None:
        """Each of these syncs to its end."""
        for words in syncs:
            code, out, err = self.paceline(data, provider, "sync", *words, "--json", **env)
            assert code == 0, (words, out, err)

    def facts(self, data: Path, provider: Provider, *words: str, **env: str) -> Any:
        """What a command tells as JSON."""
        code, out, err = self.paceline(data, provider, *words, "--json", **env)
        assert code == 0, (words, out, err)
        return json.loads(out)

    @contextmanager
    def sandbox(self) -> Iterator[Provider]:
        """Its sandbox at work, with as much in it as it knows of."""
        known = (self.tree / "sandbox" / "__main__.py").read_text()
        size = {name: value for name, value in SIZE.items() if f'"--{name.replace("_", "-")}"' in known}
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, json.dumps(size), known], cwd=self.tree, text=True,
            env={**os.environ, "PYTHONPATH": str(self.tree)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin and process.stdout
        try:
            yield Provider(**json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait()
