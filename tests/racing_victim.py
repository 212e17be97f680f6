"""`victim` for iRacing: a data folder whose syncs are stopped in the middle, and what must hold after each stop.

Schedules change between runs, so that every run has something to land, merge, build and publish. Surprising: what
changed when depends on who looked when, so a stopped history is compared with one undisturbed sync in all but that,
and with the tables that its own landing zone makes in all.
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
from victim import Victim, _counting, told_file

from resources.landing import read_lines
from sandbox.client import Sandbox

CATALOGUE = (
    "series_get", "series_assets", "carclass_get", "car_get", "car_assets", "track_get", "track_assets",
)  # fmt: skip
PAST_A_RUN = 2  # answers of the queue in a run that may be stopped
WHEN_WE_LOOKED = (*RUN_TIME_COLUMNS, "first_seen_at")
QUEUED = re.compile(r"/data/series/season_schedule\?season_id=(\d+)")
SUMMARY = "iracing.schedule_changes"


def a_calendar(**options: Any) -> Sandbox:
    """Two series with an active season, and the past ones of these."""
    return Sandbox(**{"rate": 0, "classes": 1, "iracing_series": 2, **options})


def change(sandbox: Sandbox, number: int) -> None:
    """Another length of a race week, and now and then a new season."""
    season = sandbox.iracing_truth()["seasons"][0]
    sandbox.edit_season(season["season_id"], {"race_lap_limit": 10 + number}, week=number % 4)
    if number % 5 == 0:
        sandbox.add_season(start="2026-11-24")


def run_sync(hits_file: str, plan: Plan | None) -> None:
    """In the forked process: catalogue, active seasons, a chosen one, a few past ones, tables, warehouse."""
    _counting(hits_file, plan, lambda: sync(PAST_A_RUN))


def run_whole_sync(hits_file: str, plan: Plan | None) -> None:
    """In the forked process: the same with all past seasons."""
    _counting(hits_file, plan, lambda: sync(None))


def sync(past: int | None) -> None:
    """What the assets do, by the functions that they call."""
    from iracing_assets.documents import sync_current_seasons, sync_documents, sync_seasons
    from iracing_assets.past_seasons import sync_past_seasons
    from iracing_assets.rebuild import build_iracing
    from iracing_assets.workspace import Workspace
    from resources import iracing
    from resources.settings import load_settings
    from resources.state import SyncCounts
    from resources.warehouse import publish

    iracing.DOWNLOADS_PER_SECOND = 900.0
    work = Workspace(load_settings(), run_id="victim")
    work.client = iracing.IracingClient.from_settings(work.settings, backoff_s=0.01)
    with work.crawling():
        sync_documents(work, CATALOGUE, SyncCounts())
        sync_current_seasons(work, SyncCounts())
        sync_seasons(work, [int(os.environ["VICTIM_SEASON"])], SyncCounts())
        sync_past_seasons(work, [int(os.environ["VICTIM_SERIES"])], past, refresh=past is None)
    build_iracing(work.lake)
    publish(work.settings.warehouse_file, work.lake, work.state)


def run_sync_until_power_fails(hits_file: str, plan: Plan | None) -> None:
    """`run_sync` where `power.cut` may be the plan; tells aside which documents were acknowledged before."""
    import power

    from resources.landing import SegmentWriter, landed_line

    Path(os.environ["PACELINE_DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    power.watch(Path(os.environ["PACELINE_DATA_DIR"]))
    write = SegmentWriter.write

    def write_and_tell(writer: SegmentWriter, answer: Any, item: str) -> None:
        write(writer, answer, item)
        with told_file(hits_file).open("a") as told:
            print(_mark(json.loads(landed_line(answer, item))), file=told)

    SegmentWriter.write = write_and_tell  # type: ignore[method-assign]
    run_sync(hits_file, plan)


def rebuild_elsewhere(landing: Path, data_dir: Path) -> None:
    """In the forked process: tables and warehouse from a copy of a landing zone."""
    from iracing_assets.rebuild import rebuild_all
    from resources.lake import Lake
    from resources.landing import Landing
    from resources.state import State
    from resources.warehouse import publish

    shutil.copytree(landing, data_dir / "landing")
    lake, state = Lake(data_dir / "lake"), State(data_dir / "state")
    rebuild_all(lake, Landing(data_dir / "landing"), state)
    publish(data_dir / "warehouse.duckdb", lake, state)


def _mark(line: dict[str, Any]) -> str:
    """By which a landed document is known: what was asked when, and the hash of what came."""
    return f"{line['url']}|{line['fetched_at']}|{line['sha256']}"


def landed_documents(path: Path) -> tuple[set[str], set[str]]:
    """Marks of all documents on the disk, whose lines are whole, sealed or not; and the seasons of the queue."""
    files = (path / "landing" / "iracing").rglob("[!.]*.ndjson.*")
    lines = [(file.parents[1].name, json.loads(line)) for file in files for line in read_lines(file)]
    queued = {line["item"] for resource, line in lines if resource == "series_season_schedule"}
    return {_mark(line) for _, line in lines}, queued


@dataclass
class RacingVictim(Victim):
    """One data folder, synced from one sandbox by processes that may be stopped."""

    def __post_init__(self) -> None:
        self.queued: set[str] = set()

    @property
    def env(self) -> dict[str, str]:
        return {name: value for name, value in super().env.items() if not name.startswith("IRACING_")} | {
            **self.sandbox.iracing_env(),
            "IRACING_REQUESTS_PER_MINUTE": "9999",
            "VICTIM_SERIES": str(self.chosen["series_id"]),
            "VICTIM_SEASON": str(self.chosen["season_id"]),
        }

    @property
    def chosen(self) -> dict[str, Any]:
        """The season that every run asks for by its id."""
        season: dict[str, Any] = self.sandbox.iracing_truth()["seasons"][0]
        return season

    def copy(self, path: Path) -> RacingVictim:
        shutil.copytree(self.path, path, ignore=shutil.ignore_patterns("tokens"))
        copied = RacingVictim(path, self.sandbox, set(self.landed))
        copied.queued = set(self.queued)
        return copied

    def start(self, function: Any = run_sync, plan: Plan | None = None) -> Any:
        """Begin a sync in a process of its own that has to sign in first: four sign-ins an hour would not do here."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.path / "state" / "tokens", ignore_errors=True)
        self.sandbox.settings(iracing_per_minute=0)
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
            found[1] for _, _, path, *_ in self.sandbox.requests() if (found := QUEUED.search(path))
        )
        once = self.queued - {str(self.chosen["season_id"])}
        self.asked_again += sum(count for item, count in asked.items() if item in once)
        if told_file(self._hits).exists():
            self.landed |= set(told_file(self._hits).read_text().splitlines())
            told_file(self._hits).unlink()
        documents, self.queued = landed_documents(self.path)
        self.lost += len(self.landed - documents)
        self.landed |= documents
        if self.warehouse.exists():
            self.unopenable += not _opens(self.warehouse)
        return int(process.exitcode)

    def finish(self) -> Content:
        """A whole sync that nothing disturbs, and what is in the warehouse then, but for who looked when."""
        self.sandbox.faults()
        code = self.run(function=run_whole_sync)
        assert code == 0, self.said()
        found = content(self.warehouse, without=WHEN_WE_LOOKED)
        return {table: rows for table, rows in found.items() if table != SUMMARY}

    def require_rebuilt(self) -> None:
        """The landing zone alone makes every row of every table, times included."""
        aside = self.path.with_name("rebuilt")
        process = fork(
            rebuild_elsewhere, self.path / "landing", aside, env=self.env, cwd=self.path.parent,
            out=self._said.with_suffix(".out"), err=self._said,
        )  # fmt: skip
        process.join()
        assert process.exitcode == 0, self.said()
        stored, again = (
            {table: rows for table, rows in content(path, without=()).items() if table.startswith("iracing")}
            for path in (self.warehouse, aside / "warehouse.duckdb")
        )
        assert stored == again
        assert stored[SUMMARY][0] > 0
        shutil.rmtree(aside)

    def require_recovered(self) -> None:
        """After any history of stops: nothing lost, equal to one undisturbed sync, and to its own landing zone."""
        found = self.finish()
        self.require_unharmed()
        self.require_rebuilt()
        expected = undisturbed(self.path.with_name("undisturbed"), self.sandbox)
        assert {table for table in expected if found.get(table) != expected[table]} == set()
        assert found.keys() == expected.keys()


def undisturbed(path: Path, sandbox: Sandbox) -> Content:
    """What one sync of everything, which nothing disturbs, makes of it."""
    return RacingVictim(path, sandbox).finish()


def points_of(victim: RacingVictim, function: Callable[..., None] = run_sync) -> Counter[Point]:
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
            connection.execute("SELECT count(*) FROM iracing.events").fetchall()
    except duckdb.Error:
        return False
    return True
