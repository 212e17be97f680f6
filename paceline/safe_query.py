"""Anybody's SELECT on the published warehouse, with limits of time, rows and memory that hold.

Each question gets a process of its own that is killed when its time is over; `paceline.sealed` says what it
cannot do. Two run at a time, a third one waits.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from paceline.exports import Format
from resources.errors import UsageProblem

AT_ONCE = 2
_PLACES = threading.BoundedSemaphore(AT_ONCE)
_COMMAND = (sys.executable, "-I", "-m", "paceline.query_process")
# Nothing of ours: no token that a query could find, and no home folder that a message could name.
_ENVIRONMENT = {"HOME": "/nonexistent", "PYTHONUTF8": "1"}


@dataclass(frozen=True)
class Limits:
    """What a question may take. Files are those that an export writes."""

    seconds: float = 10
    rows: int = 1_000
    memory_mb: int = 512
    most_file_mb: int = 0


EXPORT_LIMITS = Limits(seconds=120, memory_mb=1024, most_file_mb=8_192)


@dataclass(frozen=True)
class Answer:
    """Rows as text, None for NULL; `columns` are names and types, `is_cut` says that there are more rows."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str | None, ...], ...]
    is_cut: bool
    seconds: float


def ask(warehouse: Path, sql: str, limits: Limits = Limits()) -> Answer:
    """The first rows of a SELECT. Raises UsageProblem when it is none, fails, or takes too much."""
    began = time.monotonic()
    told = _run(warehouse, sql, limits)
    return Answer(
        columns=tuple((name, kind) for name, kind in told["columns"]),
        rows=tuple(map(tuple, told["rows"])),
        is_cut=told["is_cut"],
        seconds=time.monotonic() - began,
    )


def save(warehouse: Path, sql: str, path: Path, format_: Format, limits: Limits = EXPORT_LIMITS) -> None:
    """All rows of a SELECT as a file. Raises UsageProblem as `ask` does."""
    _run(warehouse, sql, limits, out=str(path), format=format_.value)


def _run(warehouse: Path, sql: str, limits: Limits, out: str = "", format: str = "") -> dict[str, Any]:
    question = {"warehouse": str(warehouse), "sql": sql, "out": out, "format": format, **asdict(limits)}
    with _a_place(limits.seconds):
        try:
            ended = subprocess.run(
                _COMMAND, input=json.dumps(question).encode(), capture_output=True, timeout=limits.seconds,
                env=_ENVIRONMENT, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise UsageProblem(
                f"The query was stopped after {limits.seconds:g} seconds",
                "Ask for less: a WHERE, a LIMIT, or a JOIN with a condition.",
            ) from error
    if ended.returncode:
        raise UsageProblem(
            f"The query took more than {limits.memory_mb} MB of memory, or failed",
            "Ask for less, for example with a LIMIT.",
        )
    told: dict[str, Any] = json.loads(ended.stdout)
    if "what" in told:
        raise UsageProblem(told["what"], told["next_step"])
    return told


@contextmanager
def _a_place(seconds: float) -> Iterator[None]:
    if not _PLACES.acquire(timeout=seconds):
        raise UsageProblem(f"{AT_ONCE} queries are running already", "Try again when one of them has ended.")
    try:
        yield
    finally:
        _PLACES.release()
