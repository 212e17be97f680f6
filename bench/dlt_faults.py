"""Paceline and a dlt pipeline under a rate limit, and killed in mid-load: what is refused, asked again, lost.

    .venv/bin/python -m bench.dlt_faults [--classes 200] [--rate 20]

The sandbox answers at most `--rate` requests in any second and refuses the others with 429 and `Retry-After`. Paceline
is told the rate. dlt has no setting for one: its documented means are fewer workers and its retries, which honour
`Retry-After` and give up after five attempts; `dlt, 1 worker` has `EXTRACT__WORKERS=1`. Then each is killed with
SIGKILL as soon as half of the details were asked for, and run again to its end. `asked again` counts answers that had
been given before; `missing / too many` classes and plays of songs against what the sandbox knows to be true.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contestants import Contestant, Difference, Dlt, Paceline, compare, environment
from bench.tables import show
from sandbox.client import Sandbox

UNPACED_PER_SECOND = 900
POLL_SECONDS = 0.05
REFUSED = 429


@dataclass(frozen=True)
class Outcome:
    """What a contestant made of it. `answered` are requests that were not refused, `again` those asked before."""

    code: int
    seconds: float
    answered: int
    again: int
    refused: int
    difference: Difference

    def cells(self) -> list[str]:
        """Of a row of the table."""
        ending = "done" if self.code == 0 else f"failed, exit code {self.code}"
        counts = map(str, (self.answered, self.again, self.refused, self.difference))
        return [ending, f"{self.seconds:.1f}", *counts]


def one_load(contestant: Contestant, sandbox: Sandbox, folder: Path, killed_after: int = 0) -> Outcome:
    """A first load; killed once so many details were asked for, if any, and then run again."""
    sandbox.reset()
    if killed_after:
        victim = contestant.start(folder)
        while sandbox.counters()["by_endpoint"]["details"] < killed_after and not victim.has_ended:
            time.sleep(POLL_SECONDS)
        victim.kill()
        victim.end()
    process = contestant.start(folder).end()
    told = [(path, status) for _, _, path, status, _ in sandbox.requests()]
    answered = Counter(path for path, status in told if status != REFUSED)
    difference = compare(contestant.stored(folder), sandbox.classes())
    total = answered.total()
    return Outcome(process.code, process.seconds, total, total - len(answered), len(told) - total, difference)


def play(sandbox: Sandbox, contestants: Sequence[Contestant], killed_after: int = 0) -> list[list[str]]:
    """A line for each contestant."""
    lines = []
    for contestant in contestants:
        with tempfile.TemporaryDirectory() as folder:
            outcome = one_load(contestant, sandbox, Path(folder), killed_after)
        lines.append([contestant.name, *outcome.cells()])
    return lines


def main() -> None:
    """Play, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20)
    options = parser.parse_args()
    columns = ["", "ended", "wall s", "answered", "asked again", "refused", "missing / too many"]
    with Sandbox(classes=options.classes, rate=options.rate) as sandbox:
        env = environment(sandbox, options.rate)
        gentle = Dlt({**env, "EXTRACT__WORKERS": "1"}, "dlt, 1 worker")
        print(f"At most {options.rate:g} requests a second, {options.classes} classes")
        show(columns, play(sandbox, [Paceline(env), Dlt(env), gentle]))
    with Sandbox(classes=options.classes, rate=0) as sandbox:
        env = environment(sandbox, UNPACED_PER_SECOND)
        print(
            f"\nKilled after {options.classes // 2} details and run again, no limit (seconds of the second run)"
        )
        show(columns, play(sandbox, [Paceline(env), Dlt(env)], options.classes // 2))


if __name__ == "__main__":
    main()
