"""Strava's sync is stopped at any moment, at every point, by power cuts and by a full disk; the next one finishes."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from points import BEFORE, Plan, Point, fail, kill
from power import cut
from strava_victim import (
    StravaVictim,
    an_athlete,
    change,
    points_of,
    prepare,
    run_sync,
    run_sync_until_power_fails,
)
from test_disk_fails import NEVER_FATAL, is_told
from test_kill_at_points import BY_CHANCE
from victim import KILLED

pytestmark = pytest.mark.tier("N")

CHAIN = 30  # stops in one data folder
NEVER_FATAL_HERE = (*NEVER_FATAL, "_repair_mode: path.chmod")


@dataclass
class Known:
    """A synced data folder, and the points that a sync in it comes by."""

    victim: StravaVictim
    points: Counter[Point]
    longest_s: float  # after this time a run has ended by itself

    def copy(self, folder: Path) -> StravaVictim:
        return self.victim.copy(folder / "data")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    with an_athlete() as sandbox:
        prepare(sandbox)
        victim = StravaVictim(tmp_path_factory.mktemp("known") / "data", sandbox)
        points = points_of(victim)
        began = time.monotonic()
        change(sandbox, 3)
        assert victim.run() == 0, victim.said()
        yield Known(
            victim,
            Counter({point: n for point, n in points.items() if point.site not in BY_CHANCE}),
            time.monotonic() - began,
        )


@pytest.mark.promise("A1", "A3")
def test_syncs_killed_at_any_moment_are_finished_by_the_next_one(
    known: Known, draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    wanted, kills, chains = size(P=3, N=200), 0, 0
    while kills < wanted:
        victim = known.copy(tmp_path / str(chains))
        for number in range(min(draw.randint(4, 10), wanted - kills)):
            change(victim.sandbox, number)
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
    figure(f"{kills} kills of Strava's sync at any moment, {chains} of {chains} folders equal at their end")


def stop_at_each(known: Known, stops: list[tuple[Callable[..., None], Plan]], folder: Path) -> None:
    """Chains of stopped runs in copies of a synced folder."""
    for start in range(0, len(stops), CHAIN):
        victim = known.copy(folder / str(start))
        for number, (function, plan) in enumerate(stops[start : start + CHAIN]):
            change(victim.sandbox, number)
            code = victim.run(plan, function)
            if code == 0:  # there was less to do than when it was counted
                code = victim.run(replace(plan, hit=1), function)
            assert code == KILLED, f"{plan} was not reached: {code} {victim.said()}"
            victim.require_unharmed()
        victim.require_recovered()
        shutil.rmtree(victim.path.parent)


@pytest.mark.promise("A2", "A3")
def test_kills_at_every_point_leave_nothing_lost_or_doubled(
    known: Known, draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    stops = [(run_sync, Plan(point, draw.randint(1, n), kill)) for point, n in sorted(known.points.items())]
    draw.shuffle(stops)
    chosen = stops[: size(P=2, N=len(stops))]
    stop_at_each(known, chosen, tmp_path)
    figure(f"{len(chosen)} of {len(stops)} points of Strava's sync killed, all recovered and equal")


@pytest.mark.promise("A2")
def test_power_cuts_lose_nothing_that_was_acknowledged(
    known: Known, draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    stops = [
        (run_sync_until_power_fails, Plan(point, draw.randint(1, n), cut))
        for point, n in sorted(known.points.items())
    ]
    draw.shuffle(stops)
    chosen = stops[: size(P=2, N=len(stops))]
    stop_at_each(known, chosen, tmp_path)
    figure(f"{len(chosen)} power cuts of Strava's sync, all recovered and equal")


@pytest.mark.promise("E1")
def test_a_full_disk_is_told_and_loses_nothing(
    known: Known, draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    points = sorted(
        point
        for point in known.points
        if point.phase == BEFORE and not any(harmless in point.site for harmless in NEVER_FATAL_HERE)
    )
    chosen = draw.sample(points, size(P=2, N=len(points)))
    victim, untold = known.copy(tmp_path), []
    for number, point in enumerate(chosen):
        change(victim.sandbox, number)
        code = victim.run(Plan(point, 1, fail))
        victim.require_unharmed()
        if code != 1 or not is_told(victim.said()):
            untold.append((point, code, victim.said()))
    victim.require_recovered()
    assert untold == []
    figure(
        f"full disk at {len(chosen)} of {len(points)} points of Strava's sync, told at each, recovered and equal"
    )
