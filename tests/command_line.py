"""The command in this very process: its own `main`, without the seconds that a new process takes to start."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from paceline.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def paceline(*arguments: str, stdin: str = "") -> Ended:
    """`paceline ARGUMENTS`; an exception that nobody caught fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["paceline", *arguments])
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def is_inert(text: str) -> bool:
    """Whether a terminal only shows it: lines of printable signs."""
    return all(line.isprintable() for line in text.split("\n"))
