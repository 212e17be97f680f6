"""Processes forked from one that has already imported everything: seconds of start become milliseconds.

What runs in them is the real thing in a real process, which may be killed at any moment: only its imports were
done before. A fork server of the standard library does the work.
"""

from __future__ import annotations

import atexit
import multiprocessing
import multiprocessing.forkserver as forkserver_module
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
PRELOADED = ["points_preloaded"]
FIRST_MONTH = "2019-01"  # read when the partitions are imported, so the same for everything that is forked


@cache
def forkserver() -> ForkServerContext:
    """One server for each test process, started here."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    paths = [str(TESTS.parent), str(TESTS), os.environ.get("PYTHONPATH", "")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
        patch.setenv("PELOTON_LIBRARY_START", FIRST_MONTH)
        forkserver_module.ensure_running()
    return context


def fork(
    function: Callable[..., Any], *arguments: Any, env: Mapping[str, str], cwd: Path, out: Path, err: Path
) -> Any:
    """Begin `function(*arguments)` in a process of its own whose output goes to two files; give the process."""
    process = forkserver().Process(target=_run, args=(function, arguments, dict(env), cwd, out, err))
    process.start()
    return process


class ForkedCommand:
    """`paceline ARGUMENTS` in a forked process, with what tests use of `subprocess.Popen`."""

    def __init__(self, arguments: tuple[str, ...], env: Mapping[str, str], cwd: Path) -> None:
        self.args = ["paceline", *arguments]
        self._said = tempfile.TemporaryDirectory(prefix="said-")
        out, err = (Path(self._said.name) / name for name in ("out", "err"))
        self._files = out, err
        self._process = fork(_command, arguments, env=env, cwd=cwd, out=out, err=err)

    @property
    def returncode(self) -> int | None:
        code: int | None = self._process.exitcode
        return code

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it wrote, once it has ended. To be asked once."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        with self._said:
            out, err = (file.read_text() if file.exists() else "" for file in self._files)
        return out, err


def _command(arguments: tuple[str, ...]) -> None:
    from paceline.cli import main

    sys.argv = ["paceline", *arguments]
    main()


def _run(
    function: Callable[..., Any], arguments: Any, env: dict[str, str], cwd: Path, out: Path, err: Path
) -> None:
    for path, stream in ((out, 1), (err, 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, stream)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    try:
        function(*arguments)
    finally:
        atexit._run_exitfuncs()
