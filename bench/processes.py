"""Whole processes, measured from outside: wall time, CPU and peak memory, children included."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PEER_PYTHON = CHECKOUT / ".cache" / "peers" / ".venv" / "bin" / "python"
OURS = (sys.executable, "-m", "paceline")


@dataclass(frozen=True)
class Measured:
    """What a process took. `peak_mb` is the most that one process of its tree held."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    code: int
    output: str

    def succeeded(self) -> Measured:
        """Itself; a bench must not measure what failed."""
        assert self.code == 0, self.output
        return self


class Running:
    """A process that was started; `end` waits for it, or kills it first."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 (closed at the end)
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=self._told, stderr=subprocess.STDOUT
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is over; it can still be waited for."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def kill(self) -> None:
        """The signal that nothing can answer."""
        os.kill(self._process.pid, signal.SIGKILL)  # Popen.kill would take its end away from wait4

    def end(self) -> Measured:
        """Wait, and give what it took."""
        _, status, usage = os.wait4(self._process.pid, 0)
        seconds = time.monotonic() - self._began
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._told.seek(0)
        output = self._told.read().decode(errors="replace")
        self._told.close()
        cpu = usage.ru_utime + usage.ru_stime
        return Measured(seconds, cpu, usage.ru_maxrss / 1024, self._process.returncode, output)


def measure(command: Sequence[str], env: Mapping[str, str], cwd: Path = CHECKOUT) -> Measured:
    """Run a command to its end."""
    return Running(command, env, cwd).end()


def peer_python() -> str:
    """The Python that has the peers, which `make bench` installs."""
    if not PEER_PYTHON.exists():
        raise SystemExit(f"There is no {PEER_PYTHON}. Run `make bench`, which installs it.")
    return str(PEER_PYTHON)
