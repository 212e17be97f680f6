"""`paceline sync` with its Dagster run, killed where only the whole command comes by, and finished by the next one."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from equal import content
from points import Plan, kill
from victim import KILLED, ONLY_THE_COMMAND, Victim, a_library, grow, run_the_command

from resources.state import State

# Each kill costs ten seconds; with every change tests/paceline/test_kill.py kills the command at other moments.
pytestmark = [pytest.mark.promise("A1", "A2"), pytest.mark.tier("N")]


def test_a_killed_command_is_finished_by_the_same_command(
    draw: random.Random, figure: Callable[[str], None], tmp_path: Path
) -> None:
    with a_library() as sandbox:
        victim = Victim(tmp_path / "data", sandbox)
        assert victim.run(function=run_the_command) == 0, victim.said()
        of_the_command = victim.hits()
        points = sorted(point for point in of_the_command if point.site in ONLY_THE_COMMAND)
        assert {point.site for point in points} == ONLY_THE_COMMAND
        for point in draw.sample(points, len(points)):
            grow(sandbox)
            code = victim.run(Plan(point, draw.randint(1, of_the_command[point]), kill), run_the_command)
            assert code == KILLED, f"{point}: {victim.said()}"
            victim.require_unharmed()
        assert victim.run(function=run_the_command) == 0, victim.said()
        undisturbed = Victim(tmp_path / "again" / "data", sandbox)
        assert undisturbed.run(function=run_the_command) == 0, undisturbed.said()
        assert content(victim.warehouse) == content(undisturbed.warehouse)
    outcomes = {row["outcome"] for row in State(victim.path / "state").rows("SELECT outcome FROM sync_runs")}
    assert outcomes <= {"done", "failed"}, "no row says running for ever"
    figure(f"{len(points)} kills of `paceline sync` at {len(points)} points of its Dagster run, equal")
