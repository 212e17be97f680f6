"""Syncs of iRacing and Strava, stopped at any moment or point, by power cuts, full disks; the next one finishes."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import racing_victim
import strava_victim
from points import BEFORE, Plan, Point, fail, kill
from power import cut
from test_disk_fails import NEVER_FATAL, is_told
from test_kill_at_points import BY_CHANCE
from victim import KILLED

pytestmark = pytest.mark.tier("N")

CHAIN = 30  # stops in one data folder
NEVER_FATAL_HERE = (*NEVER_FATAL, "_repair_mode: path.chmod")


@dataclass
class Known:
    """A synced data folder of one provider, and the points that a sync in it comes by."""

    provider: str
    of: ModuleType  # its syncs, and how its content changes
    victim: Any  # RacingVictim or StravaVictim
    points: Counter[Point]
    longest_s: float  # after this time a run has ended by itself

    def copy(self, folder: Path) -> Any:
        return self.victim.copy(folder / "data")


@pytest.fixture(scope="module", params=["iracing", "strava"])
def known(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    of, begin, victim_of = {
        "iracing": (racing_victim, racing_victim.a_calendar, racing_victim.RacingVictim),
        "strava": (strava_victim, strava_victim.an_athlete, strava_victim.StravaVictim),
    }[request.param]
    with begin() as sandbox:
        if request.param == "strava":
            strava_victim.prepare(sandbox)
        victim = victim_of(tmp_path_factory.mktemp("known") / "data", sandbox)
        points = of.points_of(victim)
        began = time.monotonic()
        of.change(sandbox, 3)
        assert victim.run() == 0, victim.said()
        lasting = Counter({point: n for point, n in points.items() if point.site not in BY_CHANCE})
        yield Known(request.param, of, victim, lasting, time.monotonic() - began)


@pytest.mark.promise("A1", "A3")
def test_syncs_killed_at_any_moment_are_finished_by_the_next_one(
    known: Known, draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    wanted, kills, chains = size(N=200), 0, 0
    while kills < wanted:
        victim = known.copy(tmp_path / str(chains))
        for number in range(min(draw.randint(4, 10), wanted - kills)):
            known.of.change(victim.sandbox, number)
            process = victim.start()
            process.join(draw.uniform(0, known.longest_s))
            process.kill()
            if victim.end(process) == KILLED:
                kills += 1
            else:
                known.longest_s *= 0.9
        victim.require_recovered()
        chains += 1
        shutil.rmtree(victim.path.parent)
    figure(
        f"{kills} kills of {known.provider}'s sync at any moment, {chains} of {chains} folders equal at their end"
    )


def stop_at_each(known: Known, stops: list[tuple[Callable[..., None], Plan]], folder: Path) -> None:
    """Chains of stopped runs in copies of a synced folder."""
    for start in range(0, len(stops), CHAIN):
        victim = known.copy(folder / str(start))
        for number, (function, plan) in enumerate(stops[start : start + CHAIN]):
            known.of.change(victim.sandbox, number)
            code = victim.run(plan, function)
            if code == 0:  # there was less to do than when it was counted
                code = victim.run(replace(plan, hit=1), function)
            assert code == KILLED, f"{plan} was not reached: {code} {victim.said()}"
            victim.require_unharmed()
        victim.require_recovered()
        shutil.rmtree(victim.path.parent)


@pytest.mark.promise("A2", "A3")
def test_kills_at_every_point_leave_nothing_lost_or_doubled(
    known: Known, draw: random.Random, figure: Callable[[str], None], tmp_path: Path
) -> None:
    stops = [
        (known.of.run_sync, Plan(point, draw.randint(1, n), kill))
        for point, n in sorted(known.points.items())
    ]
    draw.shuffle(stops)
    stop_at_each(known, stops, tmp_path)
    figure(f"all {len(stops)} points of {known.provider}'s sync killed, all recovered and equal")


@pytest.mark.promise("A2")
def test_power_cuts_lose_nothing_that_was_acknowledged(
    known: Known, draw: random.Random, figure: Callable[[str], None], tmp_path: Path
) -> None:
    stops = [
        (known.of.run_sync_until_power_fails, Plan(point, draw.randint(1, n), cut))
        for point, n in sorted(known.points.items())
    ]
    draw.shuffle(stops)
    stop_at_each(known, stops, tmp_path)
    figure(f"{len(stops)} power cuts of {known.provider}'s sync, all recovered and equal")


@pytest.mark.promise("E1")
def test_a_full_disk_is_told_and_loses_nothing(
    known: Known, figure: Callable[[str], None], tmp_path: Path
) -> None:
    points = sorted(
        point
        for point in known.points
        if point.phase == BEFORE and not any(harmless in point.site for harmless in NEVER_FATAL_HERE)
    )
    victim, untold = known.copy(tmp_path), []
    for number, point in enumerate(points):
        known.of.change(victim.sandbox, number)
        code = victim.run(Plan(point, 1, fail))
        victim.require_unharmed()
        if code != 1 or not is_told(victim.said()):
            untold.append((point, code, victim.said()))
    victim.require_recovered()
    assert untold == []
    figure(
        f"full disk at all {len(points)} points of {known.provider}'s sync, told at each, recovered and equal"
    )
