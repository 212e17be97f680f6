"""What a bench measures of a process is what the process took, its children included."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.processes import Running, measure
from resources.settings import CHECKOUT

MB = 2**20
# A child that burns CPU and holds memory, started by a parent that does neither.
PARENT = """
import subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
"""
CHILD = """
import time
held = bytearray(200 * 2**20)
while time.process_time() < 0.5:
    pass
"""
MEASURE = """
import os, sys
from pathlib import Path
from bench.processes import measure
taken = measure([sys.executable, "-c", *sys.argv[1:3]], os.environ, Path(sys.argv[3]))
print(taken.code, taken.cpu_seconds, taken.peak_mb)
"""


def test_children_count(tmp_path: Path) -> None:
    # From a small process, as a bench is: what is started counts the memory of who starts it until it has its own.
    arguments = [sys.executable, "-c", MEASURE, PARENT, CHILD, str(tmp_path)]
    told = subprocess.run(arguments, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    code, cpu_seconds, peak_mb = map(float, told.split())
    assert code == 0
    assert cpu_seconds >= 0.5
    assert 200 <= peak_mb < 400


def test_a_failure_is_not_measured(tmp_path: Path) -> None:
    failed = measure([sys.executable, "-c", "raise SystemExit('no such thing')"], os.environ, tmp_path)
    assert failed.code == 1
    with pytest.raises(AssertionError, match="no such thing"):
        failed.succeeded()


def test_a_killed_process_says_so(tmp_path: Path) -> None:
    running = Running([sys.executable, "-c", "import signal; signal.pause()"], os.environ, tmp_path)
    running.kill()
    assert running.end().code == -9


def test_an_end_can_be_seen_before_it_is_waited_for(tmp_path: Path) -> None:
    running = Running([sys.executable, "-c", "print('here')"], os.environ, tmp_path)
    while not running.has_ended:
        os.sched_yield()
    assert running.end().output == "here\n"
