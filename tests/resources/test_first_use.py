"""The first use of a data folder by several processes at once: whoever makes the files, nobody is turned away."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from resources.rate_limit import RateLimiter
from resources.state import State

PROCESSES, TRIES = 8, 50


def use(kind: str, folder: str, barrier: Barrier, told: multiprocessing.Queue[str]) -> None:
    for number in range(TRIES):
        place = Path(folder) / str(number)
        barrier.wait()
        try:
            if kind == "limits":
                RateLimiter("provider", 1000, place / "limits.sqlite").acquire()
            else:
                State(place).set_note("who", "somebody")
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told)
            told.put(f"{type(error).__name__}: {error}")
            continue
        told.put("")


@pytest.mark.parametrize("kind", ["limits", "state"])
def test_processes_that_begin_at_once_all_get_in(kind: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, told = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=use, args=(kind, str(tmp_path), barrier, told)) for _ in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    said = [told.get(timeout=120) for _ in range(PROCESSES * TRIES)]
    for process in processes:
        process.join()
    assert {words for words in said if words} == set()
