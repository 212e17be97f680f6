"""A data folder whose syncs are stopped in the middle, and what must hold after each stop.

The library grows between runs, so that every run has something to list, land, merge, build and publish, however
the run before it ended.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from equal import Content, content
from forks import fork
from points import Plan, Point
from signing_in import FAST_PER_SECOND, fresh_refresh_token

from resources.landing import read_lines
from sandbox.client import Sandbox

MONTHS = tuple(f"2019-0{month}" for month in range(1, 6))  # of more than four, all are written at once
CLASSES, WORKOUTS, LAST_DAY = 40, 4, "2019-05-31"
MORE_CLASSES = 2
KILLED = -signal.SIGKILL
ONE_BY_ONE = ("ride_details", "performance_graphs", "class_sessions")
ITEM = re.compile(r"/api/(?:ride|workout|peloton)/([^/?]+)(?:/details|/performance_graph|$)")
ONLY_THE_COMMAND = {  # places of the code that only the whole command comes by, not `engine.sync`
    "paceline/dagster_home.py prepare_home: home.mkdir",
    "paceline/dagster_home.py prepare_home: settings.state_dir.mkdir",
    "paceline/dagster_home.py prepare_home: shutil.copyfile",
    "resources/state.py State.close_dead_runs: connection.execute",
    "resources/state.py State.close_dead_runs: connection.executemany",
    "resources/state.py State.end_run: connection.execute",
    "resources/state.py State.start_run: connection.execute",
    "resources/state.py State.start_run: connection.execute #2",
}


def a_library(**options: Any) -> Sandbox:
    """Five months with some classes, a member with some workouts, and no rate limit."""
    return Sandbox(**{"rate": 0, "classes": CLASSES, "workouts": WORKOUTS, "until": LAST_DAY, **options})


def grow(sandbox: Sandbox, classes: int = MORE_CLASSES) -> None:
    """More classes, and a workout."""
    sandbox.publish(classes)
    sandbox.add_workouts(1)


def run_sync(hits_file: str, plan: Plan | None) -> None:
    """In the forked process: one whole sync."""
    import engine

    from peloton_assets.scope import Scope

    _counting(hits_file, plan, lambda: engine.sync(Scope(MONTHS, classes="all"), workouts=True))


def run_sync_until_power_fails(hits_file: str, plan: Plan | None) -> None:
    """`run_sync` where `power.cut` may be the plan; tells aside which details were acknowledged before."""
    import power

    from resources.landing import SegmentWriter

    Path(os.environ["PACELINE_DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    power.watch(Path(os.environ["PACELINE_DATA_DIR"]))
    write = SegmentWriter.write

    def write_and_tell(writer: SegmentWriter, answer: Any, item: str) -> None:
        write(writer, answer, item)
        if ITEM.search(answer.url):
            with told_file(hits_file).open("a") as told:
                print(item, file=told)

    SegmentWriter.write = write_and_tell
    run_sync(hits_file, plan)


def told_file(hits_file: str | Path) -> Path:
    return Path(f"{hits_file}.told")


def run_rebuild(hits_file: str, plan: Plan | None) -> None:
    """In the forked process: `paceline rebuild`."""
    from paceline.rebuild import rebuild

    _counting(hits_file, plan, lambda: rebuild("peloton", as_json=True))


def run_the_command(hits_file: str, plan: Plan | None) -> None:
    """In the forked process: `paceline sync peloton` for the months of `run_sync`."""
    import sys

    from paceline.cli import main

    sys.argv = ["paceline", "sync", "peloton", "--year", MONTHS[0][:4], "--classes", "all"]
    _counting(hits_file, plan, main)


def _counting(hits_file: str, plan: Plan | None, do: Callable[[], Any]) -> None:
    """A run that ends by itself tells which points it came by."""
    import points

    points.arm(plan)
    try:
        do()
    finally:
        counted = [[point.site, point.phase, count] for point, count in points.hits.items()]
        Path(hits_file).write_text(json.dumps(counted))


@dataclass
class Victim:
    """One data folder, synced from one sandbox by processes that may be stopped."""

    path: Path
    sandbox: Sandbox
    landed: set[str] = field(default_factory=set)
    asked_again: int = 0  # classes and graphs asked for although their answer was on the disk
    lost: int = 0  # answers that were on the disk once
    unopenable: int = 0

    @property
    def warehouse(self) -> Path:
        return self.path / "warehouse.duckdb"

    @property
    def env(self) -> dict[str, str]:
        ours = ("PELOTON_", "PACELINE_", "DAGSTER_", "LIMITER_")
        others = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return others | {
            **self.sandbox.env(),
            "PACELINE_DATA_DIR": str(self.path),
            "PELOTON_REQUESTS_PER_SECOND": str(FAST_PER_SECOND),
            "PELOTON_LIBRARY_START": MONTHS[0],
        }

    def copy(self, path: Path) -> Victim:
        """The same content at another place. Tokens stay behind: they are used once."""
        shutil.copytree(self.path, path, ignore=shutil.ignore_patterns("tokens"))
        return Victim(path, self.sandbox, set(self.landed))

    def start(self, function: Any = run_sync, plan: Plan | None = None) -> Any:
        """Begin a sync in a process of its own, newly signed in: whoever is killed may take its token along."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        env = self.env | {"PELOTON_REFRESH_TOKEN": fresh_refresh_token(self.sandbox)}
        self.sandbox.reset()
        aside = self.path.parent
        self._hits.unlink(missing_ok=True)
        return fork(
            function, str(self._hits), plan, env=env, cwd=aside,
            out=self._said.with_suffix(".out"), err=self._said,
        )  # fmt: skip

    def end(self, process: Any) -> int:
        """Wait for a sync, look at what it left, and give its exit code."""
        process.join()
        asked = Counter(
            found[1] for _, _, path, *_ in self.sandbox.requests() if (found := ITEM.search(path))
        )
        self.asked_again += sum(count for item, count in asked.items() if item in self.landed)
        if told_file(self._hits).exists():
            self.landed |= set(told_file(self._hits).read_text().split())
            told_file(self._hits).unlink()
        now = landed_items(self.path)
        self.lost += len(self.landed - now)
        self.landed |= now
        if self.warehouse.exists():
            self.unopenable += not _opens(self.warehouse)
        return int(process.exitcode)

    def run(self, plan: Plan | None = None, function: Any = run_sync) -> int:
        return self.end(self.start(function, plan))

    def finish(self) -> Content:
        """A sync that nothing disturbs any more, and what is in the warehouse then."""
        self.sandbox.faults()
        code = self.run()
        assert code == 0, self._said.read_text()
        return content(self.warehouse)

    def hits(self) -> Counter[Point]:
        """Which points the last run came by, when it was not killed."""
        return Counter(
            {Point(site, phase): count for site, phase, count in json.loads(self._hits.read_text())}
        )

    def said(self) -> str:
        """What the last run wrote to standard error."""
        return self._said.read_text()

    def require_unharmed(self) -> None:
        assert (self.lost, self.asked_again, self.unopenable) == (0, 0, 0)

    @property
    def _said(self) -> Path:
        return self.path.with_name(self.path.name + ".err")

    @property
    def _hits(self) -> Path:
        return self.path.with_name(self.path.name + ".hits")


def undisturbed(path: Path, sandbox: Sandbox) -> Content:
    """What one sync of the whole library, which nothing disturbs, makes of it."""
    return Victim(path, sandbox).finish()


def landed_items(path: Path, *resources: str) -> set[str]:
    """Whose answers are on the disk, of what is asked for one by one: their lines are whole, sealed or not."""
    folders = [path / "landing" / "peloton" / name for name in resources or ONE_BY_ONE]
    files = [file for folder in folders for file in folder.rglob("[!.]*.ndjson.*")]
    return {json.loads(line)["item"] for file in files for line in read_lines(file)}


def _opens(warehouse: Path) -> bool:
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            connection.execute("SELECT count(*) FROM peloton.rides").fetchall()
    except duckdb.Error:
        return False
    return True
