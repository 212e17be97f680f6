"""What `make demo` takes, from its start to its end: wall time, CPU, and the memory of its processes.

    .venv/bin/python -m bench.demo

The demo runs as it is, in a folder of its own. `largest process` is the most that a single one held; `all at once` is
the most that the demo, the sandbox and the command under way held together, shared pages counted once (PSS), looked
at five times a second.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import typer

from bench.processes import CHECKOUT, Measured, Running
from bench.tables import show
from paceline import demo

LOOK_EVERY_S = 0.2
PROC = Path("/proc")


def pss_mb(process: int) -> float:
    """What a process and all below it hold now; 0 for one that is gone."""
    try:
        rollup = (PROC / str(process) / "smaps_rollup").read_text()
        children = (PROC / str(process) / "task" / str(process) / "children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    own = next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    return own / 1024 + sum(pss_mb(int(child)) for child in children)


def watch() -> tuple[Measured, float]:
    """Run the demo; what it took, and the most it held at once in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.demo", "--folder", str(Path(folder) / "demo")]
        running, most = Running(command, os.environ, CHECKOUT), 0.0
        while not running.has_ended:
            most = max(most, pss_mb(running.pid))
            time.sleep(LOOK_EVERY_S)
        return running.end().succeeded(), most


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    folder = parser.parse_args().folder
    if folder:
        demo.FOLDER = folder
        sys.argv = sys.argv[:1]
        typer.run(demo.main)
        return
    taken, most = watch()
    show(
        ["", "wall s", "CPU s", "largest process MB", "all at once MB"],
        [
            [
                "make demo",
                f"{taken.seconds:.0f}",
                f"{taken.cpu_seconds:.0f}",
                f"{taken.peak_mb:.0f}",
                f"{most:.0f}",
            ]
        ],
    )


if __name__ == "__main__":
    main()
