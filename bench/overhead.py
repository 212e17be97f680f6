"""What Dagster costs a month: our functions alone, one run over all months, a run a month, a process a month.

    .venv/bin/python -m bench.overhead [--sizes 12 60] [--classes 600] [--rounds 1]

Each way loads the same months of the same sandbox into an empty folder, with the same tables and the same published
warehouse at the end, in processes of their own, in turns:

- `functions`: list, details, names, tables, warehouse, called one after the other; Dagster is never imported;
- `one run`: the job that `paceline sync` and a backfill with `BackfillPolicy.single_run()` run, once over the range;
- `run a month`: the same job once for each month, in one process; the warehouse is published each time;
- `process a month`: `paceline sync peloton --year --month` for each month, as a run launcher would; only for up to
  `--most-processes` months.

`more` is beyond `functions`, for each month.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.contestants import Paceline, environment
from bench.processes import OURS, Measured, measure
from bench.tables import show
from paceline.dagster_home import run_job
from paceline.sync import run_config
from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.references import sync_references
from peloton_assets.scope import Scope
from peloton_assets.search_tables import build_search_tables
from peloton_assets.transform import LIBRARY_TABLES, build_months, build_whole, connect
from peloton_assets.workspace import MonthReport, Workspace
from resources.settings import load_settings
from resources.state import State
from resources.warehouse import publish
from sandbox.client import Sandbox

UNPACED_PER_SECOND = 900
LAST_DAY = "2024-06-30"  # of the sandbox's library
LAST_MONTH = 2024 * 12 + 6  # counted from the year 0, and not one of them any more


def ignore(_: MonthReport) -> None:
    """A bench has nobody to report to."""


def functions(months: tuple[str, ...]) -> None:
    """What the assets call, without them."""
    work, scope = Workspace(load_settings()), Scope(months, classes="all")
    with work.crawling():
        sync_list(work, scope, ignore)
        sync_details(work, scope, ignore)
        sync_references(work)
    with connect() as connection:
        build_months(connection, work.lake, months, LIBRARY_TABLES)
        build_whole(connection, work.lake)
        build_search_tables(connection, work.lake)
    publish(work.settings.warehouse_file, work.lake, State(work.settings.state_place))
    assert "dagster" not in sys.modules


def one_run(months: tuple[str, ...]) -> None:
    """The job of the command and of a backfill, over these months."""
    ended = run_job(
        load_settings(), "peloton_library", months, run_config(Scope(months, classes="all"), None, "default")
    )
    assert ended.succeeded


def run_a_month(months: tuple[str, ...]) -> None:
    """The same job, month by month."""
    for month in months:
        one_run((month,))


WAYS: dict[str, Callable[[tuple[str, ...]], None]] = {
    "functions": functions,
    "one run": one_run,
    "run a month": run_a_month,
}
BASIS, APART = "functions", "process a month"


def of_one_process(way: str, months: Sequence[str], env: Mapping[str, str]) -> Measured:
    """A way in a child process of this module."""
    return measure(
        [sys.executable, "-m", "bench.overhead", "--way", way, "--months", *months], env
    ).succeeded()


def process_a_month(months: Sequence[str], env: Mapping[str, str]) -> Measured:
    """The command, once for each month."""
    taken = []
    for month in months:
        window = ["--year", month[:4], "--month", month[5:]]
        taken.append(measure([*OURS, "sync", "peloton", "--classes", "all", *window], env).succeeded())
    return Measured(
        sum(one.seconds for one in taken),
        sum(one.cpu_seconds for one in taken),
        max(one.peak_mb for one in taken),
        code=0,
        output="",
    )


def play(months: Sequence[str], ways: Sequence[str], env: Mapping[str, str]) -> dict[str, Measured]:
    """One round: each way once, all with the same songs in the end."""
    taken, songs = {}, set()
    for way in ways:
        with tempfile.TemporaryDirectory() as folder:
            here = {**env, "PACELINE_DATA_DIR": folder}
            taken[way] = process_a_month(months, here) if way == APART else of_one_process(way, months, here)
            songs.add(len(Paceline(env).stored(Path(folder))[1]))
    assert len(songs) == 1, songs
    return taken


def rows(months: int, rounds: Sequence[Mapping[str, Measured]]) -> list[list[str]]:
    """A line for each way."""

    def more(way: str, measure_of: Callable[[Measured], float]) -> str:
        """What a month takes beyond the functions alone."""
        beyond = median(measure_of(each[way]) - measure_of(each[BASIS]) for each in rounds)
        return "" if way == BASIS else f"{beyond / months:.2f}"

    lines = []
    for way in rounds[0]:
        wall, cpu, peak = (
            median(getattr(each[way], name) for each in rounds)
            for name in ("seconds", "cpu_seconds", "peak_mb")
        )
        beyond = [more(way, lambda one: one.seconds), more(way, lambda one: one.cpu_seconds)]
        lines.append([f"{months} months", way, f"{wall:.1f}", f"{cpu:.1f}", *beyond, f"{peak:.0f}"])
    return lines


def main() -> None:
    """Play, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[12, 60], help="numbers of months")
    parser.add_argument("--classes", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--most-processes", type=int, default=12)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--months", nargs="+", default=[], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        WAYS[options.way](tuple(options.months))
        return
    lines = []
    with Sandbox(classes=options.classes, rate=0, until=LAST_DAY) as sandbox:
        env = environment(sandbox, UNPACED_PER_SECOND)
        for size in options.sizes:
            months = [
                f"{number // 12}-{number % 12 + 1:02}" for number in range(LAST_MONTH - size, LAST_MONTH)
            ]
            ways = [*WAYS, *([APART] if size <= options.most_processes else [])]
            lines += rows(size, [play(months, ways, env) for _ in range(options.rounds)])
    show(["", "way", "wall s", "CPU s", "more wall s", "more CPU s", "peak MB"], lines)


if __name__ == "__main__":
    main()
