"""The disk is full at one write, flush or rename, and then has space again."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from points import BEFORE, Plan, Point, fail
from victim import Victim, a_library, grow, undisturbed

pytestmark = pytest.mark.promise("E1")
CHAIN = 30  # failures in one data folder
# What goes wrong here is undone or not needed: the sync goes on.
NEVER_FATAL = ("Lake.write_months: shutil.rmtree", "replacing: temporary.unlink", "publish: target.with_name")


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> list[Point]:
    """Points of a sync that goes on in a folder."""
    with a_library() as sandbox:
        victim = Victim(tmp_path_factory.mktemp("reached") / "data", sandbox)
        victim.finish()
        grow(sandbox)
        assert victim.run() == 0
        return sorted(point for point in victim.hits() if point.phase == BEFORE)


def test_a_failure_at_any_point_is_told_and_loses_nothing(
    reached: list[Point],
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
    tmp_path: Path,
) -> None:
    untold = []
    points = draw.sample(reached, size(P=3, N=len(reached)))
    for start in range(0, len(points), CHAIN):
        with a_library() as sandbox:
            victim = Victim(tmp_path / f"{start}" / "data", sandbox)
            victim.finish()
            for point in points[start : start + CHAIN]:
                grow(sandbox)
                code = victim.run(Plan(point, 1, fail))
                victim.require_unharmed()
                if not any(harmless in point.site for harmless in NEVER_FATAL):
                    untold += (
                        [(point, code, victim.said())] if code != 1 or not is_told(victim.said()) else []
                    )
            found = victim.finish()
            victim.require_unharmed()
            assert found == undisturbed(tmp_path / f"{start}" / "again" / "data", sandbox)
    assert untold == []
    figure(f"full disk at {len(points)} points, told at each, all recovered and equal")


def is_told(said: str) -> bool:
    """The last word is an error of ours that names the disk as the cause."""
    last = said.strip().splitlines()[-1]
    return "StorageProblem" in last and ("disk is full" in last or "No space left" in last)
