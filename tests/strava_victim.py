"""`victim` for Strava: a data folder whose syncs are stopped in the middle, and what must hold after each stop.

Activities come, change and go between runs, so that every run has something to land, merge, erase, build and publish.
Surprising: what is deleted is erased even from the landing zone, so what may be missing there is only what is gone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from equal import RUN_TIME_COLUMNS, Content, content
from forks import fork
from points import Plan, Point
from strava_in_process import UNLIMITED
from victim import Victim, _counting, told_file

from resources.landing import read_lines
from sandbox.client import Sandbox

ACTIVITIES = 10
WHEN_WE_LOOKED = (*RUN_TIME_COLUMNS, "fetched_at", "last_changed_at", "deleted_at")
# Activities have tombstones; gear is as of when it was asked; coverage speaks of months that only tombstones are in.
DEPEND_ON_WHEN = ("strava.activities", "strava.gear", "ops.coverage")
OF_ACTIVITIES = {"activity_details", "activity_streams", "stream_states"}
ASKED = re.compile(r"/strava/activities/(\d+)/streams")
SHORT = {"moving_time": 40, "elapsed_time": 40, "distance": 150.0}


def an_athlete(**options: Any) -> Sandbox:
    """One athlete with short activities, and no limit. For `with`; then `prepare`."""
    return Sandbox(**{"rate": 0, "classes": 1, "strava_activities": ACTIVITIES, **options})


def prepare(sandbox: Sandbox) -> Sandbox:
    sandbox.settings(**UNLIMITED)
    for row in sandbox.strava_truth():
        sandbox.edit_activity(row["id"], **SHORT)
    return sandbox


def change(sandbox: Sandbox, number: int) -> None:
    """Two more activities, one of them late; another name; and one is deleted, so that as many stay."""
    there = [row for row in sandbox.strava_truth() if not row["deleted"]]
    sandbox.upload_activities(1, **SHORT)
    sandbox.upload_activities(1, at=there[0]["true_start"] + 3_600 * (1 + number % 50), **SHORT)
    sandbox.edit_activity(there[3]["id"], name=f"another name {number}")
    sandbox.delete_activities(there[1]["id"], there[2]["id"])


def run_sync(hits_file: str, plan: Plan | None) -> None:
    """In the forked process: a full listing with removals, items, tables, warehouse."""
    _counting(hits_file, plan, sync)


def sync() -> None:
    """What the assets do, by the functions that they call."""
    from resources import strava_limit
    from resources.settings import load_settings
    from resources.state import SyncCounts
    from resources.strava import StravaClient
    from resources.warehouse import publish
    from strava_assets.rebuild import build_strava
    from strava_assets.syncing import Choice, sync_list, sync_rest
    from strava_assets.workspace import Workspace

    strava_limit.GENTLE_PER_SECOND = 900.0
    work = Workspace(load_settings(), run_id="victim")
    work.client = StravaClient.from_settings(work.settings, backoff_s=0.01)
    with work.crawling():
        sync_list(work, Choice(full=True, accept_removals=True), lambda _: None, SyncCounts())
        sync_rest(work, None, 0, SyncCounts())
    build_strava(work.lake, work.landing)
    publish(work.settings.warehouse_file, work.lake, work.state)


def run_sync_until_power_fails(hits_file: str, plan: Plan | None) -> None:
    """`run_sync` where `power.cut` may be the plan; tells aside which answers were acknowledged before."""
    import power

    from resources.landing import SegmentWriter

    Path(os.environ["PACELINE_DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    power.watch(Path(os.environ["PACELINE_DATA_DIR"]))
    write = SegmentWriter.write

    def write_and_tell(writer: SegmentWriter, answer: Any, item: str) -> None:
        write(writer, answer, item)
        resource = writer._part.parents[1].name
        if resource in OF_ACTIVITIES:
            with told_file(hits_file).open("a") as told:
                print(f"{resource}/{item}", file=told)

    SegmentWriter.write = write_and_tell  # type: ignore[method-assign]
    run_sync(hits_file, plan)


def rebuild_elsewhere(landing: Path, data_dir: Path) -> None:
    """In the forked process: tables and warehouse from a copy of a landing zone."""
    from resources.lake import Lake
    from resources.landing import Landing
    from resources.state import State
    from resources.warehouse import publish
    from strava_assets.rebuild import rebuild_all

    shutil.copytree(landing, data_dir / "landing")
    lake, state = Lake(data_dir / "lake"), State(data_dir / "state")
    rebuild_all(lake, Landing(data_dir / "landing"), state)
    publish(data_dir / "warehouse.duckdb", lake, state)


def landed_answers(path: Path) -> set[str]:
    """Details and series on the disk, whose lines are whole, sealed or not."""
    files = [
        file
        for name in OF_ACTIVITIES
        for file in (path / "landing" / "strava" / name).rglob("[!.]*.ndjson.*")
    ]
    return {
        f"{file.parents[1].name}/{json.loads(line)['item']}" for file in files for line in read_lines(file)
    }


@dataclass
class StravaVictim(Victim):
    """One data folder, synced from one sandbox by processes that may be stopped."""

    @property
    def env(self) -> dict[str, str]:
        return {name: value for name, value in super().env.items() if not name.startswith("STRAVA_")} | {
            **self.sandbox.strava_env(),
            "STRAVA_REQUESTS_PER_15MIN": "90000",
            "STRAVA_REQUESTS_PER_DAY": "90000",
        }

    def copy(self, path: Path) -> StravaVictim:
        shutil.copytree(self.path, path, ignore=shutil.ignore_patterns("tokens"))
        return StravaVictim(path, self.sandbox, set(self.landed))

    def start(self, function: Any = run_sync, plan: Plan | None = None) -> Any:
        """Begin a sync in a process of its own that has to sign in first: a killed one may take its refresh along."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.path / "state" / "tokens", ignore_errors=True)
        self.sandbox.reset()
        self._hits.unlink(missing_ok=True)
        said = self._said
        return fork(
            function, str(self._hits), plan, env=self.env, cwd=self.path.parent, out=said.with_suffix(".out"), err=said
        )  # fmt: skip

    def run(self, plan: Plan | None = None, function: Any = run_sync) -> int:
        return self.end(self.start(function, plan))

    def end(self, process: Any) -> int:
        process.join()
        asked = Counter(
            found[1] for _, _, path, *_ in self.sandbox.requests() if (found := ASKED.search(path))
        )
        # Of what series are is a second line: a kill between the two costs one question more.
        self.asked_again += sum(n for item, n in asked.items() if f"stream_states/{item}" in self.landed)
        if told_file(self._hits).exists():
            self.landed |= set(told_file(self._hits).read_text().split())
            told_file(self._hits).unlink()
        there = {str(row["id"]) for row in self.sandbox.strava_truth() if not row["deleted"]}
        now = landed_answers(self.path)
        self.lost += sum(mark.split("/")[1] in there for mark in self.landed - now)
        self.landed = now
        if self.warehouse.exists():
            self.unopenable += not _opens(self.warehouse)
        return int(process.exitcode)

    def finish(self) -> Content:
        """A sync that nothing disturbs any more, and what is in the warehouse then, but for who looked when."""
        self.sandbox.faults()
        assert self.run() == 0, self.said()
        return content(self.warehouse, without=WHEN_WE_LOOKED)

    def require_recovered(self) -> None:
        """After any history of stops: nothing lost, nothing of what was deleted kept, equal to one undisturbed sync.

        And to what its own landing zone makes.
        """
        found = self.finish()
        self.require_unharmed()
        aside = self.path.with_name("rebuilt")
        process = fork(
            rebuild_elsewhere, self.path / "landing", aside, env=self.env, cwd=self.path.parent,
            out=self._said.with_suffix(".out"), err=self._said,
        )  # fmt: skip
        process.join()
        assert process.exitcode == 0, self.said()
        ours, again = (content(folder / "warehouse.duckdb") for folder in (self.path, aside))
        shutil.rmtree(aside)
        user = [table for table in ours if table.startswith("strava.")]
        assert {table for table in user if ours[table] != again[table]} == set()
        gone = {str(row["id"]) for row in self.sandbox.strava_truth() if row["deleted"]}
        assert {mark for mark in self.landed if mark.split("/")[1] in gone} == set()
        expected = undisturbed(self.path.with_name("undisturbed"), self.sandbox)
        tables = [table for table in expected if table not in DEPEND_ON_WHEN]
        assert {table for table in tables if found.get(table) != expected[table]} == set()
        assert _living(self.path) == _living(self.path.with_name("undisturbed")), "but for tombstones"
        shutil.rmtree(self.path.with_name("undisturbed"))


def _living(path: Path) -> list[Any]:
    """Activities that are not gone, but for who looked when and counters that were never asked anew."""
    with duckdb.connect(path / "warehouse.duckdb", read_only=True) as connection:
        return connection.execute(
            "SELECT * EXCLUDE (details_fetched_at, last_changed_at) FROM strava.activities WHERE deleted_at IS NULL"
            " ORDER BY activity_id"
        ).fetchall()


def undisturbed(path: Path, sandbox: Sandbox) -> Content:
    """What one sync of everything, which nothing disturbs, makes of it."""
    return StravaVictim(path, sandbox).finish()


def points_of(victim: StravaVictim, function: Callable[..., None] = run_sync) -> Counter[Point]:
    """How often a sync that goes on in a folder comes by each point, at the least."""
    found = []
    for number in range(3):
        change(victim.sandbox, number)
        assert victim.run(function=function) == 0, victim.said()
        found.append(victim.hits())
    return Counter(dict(found[1] & found[2]))


def _opens(warehouse: Path) -> bool:
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            connection.execute("SELECT count(*) FROM strava.activities").fetchall()
    except duckdb.Error:
        return False
    return True
