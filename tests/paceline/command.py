"""The real command in a process of its own, with a data folder of its own, against a sandbox."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import forks
from equal import Content, content
from forks import ForkedCommand

from sandbox.client import Sandbox

REQUESTS_PER_SECOND = 200
COMMAND_TIMEOUT_S = 180
POLL_S = 0.01
AT_ONCE = 3  # most commands wait for the disk or between tries
_PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

SENTENCE = re.compile(
    r"[^\n]+\. [A-Z][^\n]+\.\n"
)  # what every failure says: what is wrong, and the next step


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> Any:
        """What `--json` printed: all of standard output, and nothing but JSON."""
        return json.loads(self.out)


class Home:
    """One data folder, and the environment that points the command at it and at a sandbox."""

    def __init__(self, path: Path, sandbox: Sandbox | None = None, **env: str) -> None:
        self.path = path
        self.warehouse = path / "warehouse.duckdb"
        ours = ("PELOTON_", "PACELINE_", "DAGSTER_", "LIMITER_")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
            "PACELINE_DATA_DIR": str(path),
            "PELOTON_LIBRARY_START": forks.FIRST_MONTH,
            "PELOTON_REQUESTS_PER_SECOND": str(REQUESTS_PER_SECOND),
            **(sandbox.env() if sandbox else {}),
            **env,
        }
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)  # a person's machine keeps what it compiled

    def copy(self, path: Path, sandbox: Sandbox | None = None, **env: str) -> Home:
        """The same content at another place. Tokens stay behind: they belong to the first sandbox."""
        shutil.copytree(self.path, path, ignore=shutil.ignore_patterns("tokens"))
        return Home(path, sandbox, **env)

    def start(self, *arguments: str, **options: Any) -> ForkedCommand | subprocess.Popen[str]:
        """Begin `paceline ARGUMENTS`, away from the checkout and any `.env`; `options` are those of Popen."""
        away = next(folder for folder in self.path.parents if folder.is_dir())
        if not options and self.env["PELOTON_LIBRARY_START"] == forks.FIRST_MONTH:
            return ForkedCommand(arguments, self.env, away)
        return subprocess.Popen(
            [sys.executable, "-m", "paceline", *arguments],
            **{"cwd": away, "env": self.env, "stdin": subprocess.DEVNULL, **_PIPES, **options},
            text=True,
        )

    def run(self, *arguments: str, **options: Any) -> Ended:
        """`paceline ARGUMENTS` to its end."""
        return wait(self.start(*arguments, **options))

    def sync(self, *arguments: str, **options: Any) -> Ended:
        """`paceline sync peloton ARGUMENTS --json` to its end."""
        return self.run("sync", "peloton", *arguments, "--json", **options)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the published warehouse."""
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def state(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the state file."""
        connection = sqlite3.connect(self.path / "state" / "paceline.sqlite")
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def stored(self) -> Content:
        """Equal only while nothing at all changed."""
        return content(self.warehouse, without=())

    def content(self) -> Content:
        """Equal for any two syncs of the same library."""
        return content(self.warehouse)


def wait(process: ForkedCommand | subprocess.Popen[str]) -> Ended:
    """Let a command end."""
    try:
        out, err = process.communicate(timeout=COMMAND_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"{process.args} did not end in {COMMAND_TIMEOUT_S} s: {out}\n{err}") from None
    return Ended(process.returncode, out, err)


def until(process: ForkedCommand | subprocess.Popen[str], reached: Callable[[], Any]) -> None:
    """Watch a running command until `reached()`; fail when it ends before."""
    while not reached():
        if process.poll() is not None:
            raise AssertionError(f"ended with {process.returncode} too early: {process.communicate()}")
        time.sleep(POLL_S)


def together(*jobs: Callable[[], Any]) -> list[Any]:
    """Run several commands side by side, each on its own data folder; give their results in order."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [future.result() for future in [threads.submit(job) for job in jobs]]
