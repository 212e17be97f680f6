"""Paceline and a dlt pipeline load the same class library from the same sandbox, in turns.

    .venv/bin/python -m bench.against_dlt [--classes 1200] [--rounds 3] [--latency-ms 0]

Whole processes: start of Python, sign-in check, requests, tables, Dagster's records on our side. A first load, a second
run after a few new classes, a run without news, and one month out of the middle into an empty folder. The pipeline
(`bench/dlt_library.py`) is what dlt's documentation advises; it stores no raw answers, checks nothing before it
publishes and holds its file locked while it writes. Each figure is the median over the rounds, ratios are medians of
the ratios of each round; below 1 Paceline took less. `missing / too many` counts classes and plays of songs against
what the sandbox knows to be true, after the last round.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.contestants import Contestant, Difference, Dlt, Paceline, Window, compare, environment
from bench.processes import Measured
from bench.tables import show
from sandbox.client import Sandbox

NEW_CLASSES = 5
MONTH = Window(2022, 6)
UNPACED_PER_SECOND = 900  # the sandbox is no provider to be polite to, and dlt cannot be told a rate


@dataclass(frozen=True)
class Taken:
    """What one sync took, and what came of it."""

    process: Measured
    requests: int
    difference: Difference


def sync(contestant: Contestant, sandbox: Sandbox, folder: Path, window: Window | None = None) -> Taken:
    """One sync to its end, counted by the sandbox and compared with it."""
    sandbox.reset()
    process = contestant.start(folder, window).end().succeeded()
    asked = sum(sandbox.counters()["by_endpoint"].values())
    return Taken(process, asked, compare(contestant.stored(folder), sandbox.classes(), window))


def play(sandbox: Sandbox, contestants: list[Contestant]) -> dict[str, dict[str, Taken]]:
    """One round: every sync by each contestant, one after the other, in folders of their own."""
    taken: dict[str, dict[str, Taken]] = {}
    with tempfile.TemporaryDirectory() as folder:
        places = {each.name: Path(folder) / each.name for each in contestants}
        months = {each.name: Path(folder) / f"{each.name} month" for each in contestants}
        for place in (*places.values(), *months.values()):
            place.mkdir()

        def all_sync(what: str, folders: dict[str, Path], window: Window | None = None) -> None:
            taken[what] = {each.name: sync(each, sandbox, folders[each.name], window) for each in contestants}

        all_sync("first load", places)
        sandbox.publish(NEW_CLASSES)
        all_sync(f"second run, {NEW_CLASSES} new classes", places)
        all_sync("a run without news", places)
        all_sync("one month into an empty folder", months, MONTH)
    return taken


def rows(rounds: list[dict[str, dict[str, Taken]]]) -> list[list[str]]:
    """A line for every sync and measure."""
    ours, peer = Paceline.name, Dlt.name
    lines = []
    for what in rounds[0]:
        pairs = [(each[what][ours], each[what][peer]) for each in rounds]
        measures = {
            "requests": [(a.requests, b.requests) for a, b in pairs],
            "wall s": [(a.process.seconds, b.process.seconds) for a, b in pairs],
            "CPU s": [(a.process.cpu_seconds, b.process.cpu_seconds) for a, b in pairs],
            "peak MB": [(a.process.peak_mb, b.process.peak_mb) for a, b in pairs],
        }
        for name, values in measures.items():
            digits = 1 if name.endswith(" s") else 0
            left, right = (f"{median(side):.{digits}f}" for side in zip(*values, strict=True))
            lines.append([what, name, left, right, f"{median(a / b for a, b in values):.2f}"])
            what = ""
        left_off, right_off = pairs[-1]
        lines.append(["", "missing / too many", str(left_off.difference), str(right_off.difference), ""])
    return lines


def main() -> None:
    """Play, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, default=1200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-ms", type=float, default=0)
    options = parser.parse_args()
    with Sandbox(classes=options.classes, rate=0, latency_ms=options.latency_ms) as sandbox:
        env = environment(sandbox, UNPACED_PER_SECOND)
        contestants: list[Contestant] = [Paceline(env), Dlt(env)]
        rounds = [play(sandbox, contestants[:: -1 if number % 2 else 1]) for number in range(options.rounds)]
    print(f"{options.classes} classes, {options.latency_ms:g} ms latency, {options.rounds} rounds")
    show(["sync", "measure", "Paceline", "dlt", "ratio"], rows(rounds))


if __name__ == "__main__":
    main()
