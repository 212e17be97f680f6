"""kill -9 at any moment of a sync, also inside of a call; then the same sync again: all is as if nothing had been."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from equal import Content
from victim import KILLED, Victim, a_library, grow, undisturbed

NEW_CLASSES = 12


@dataclass
class Story:
    """A synced library that has grown since, and what one undisturbed sync makes of it now."""

    known: Victim
    expected: Content
    longest_s: float  # after this time a run has ended by itself

    def killed(self, victim: Victim, draw: random.Random) -> bool:
        """A sync that is killed at any moment; False when it had ended before."""
        process = victim.start()
        process.join(draw.uniform(0, self.longest_s))
        process.kill()
        if victim.end(process) == KILLED:
            return True
        self.longest_s *= 0.9
        return False

    def require_recovery(self, victim: Victim) -> None:
        assert victim.finish() == self.expected
        victim.require_unharmed()
        shutil.rmtree(victim.path.parent)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("anywhere")
    with a_library() as sandbox:
        known = Victim(folder / "known" / "data", sandbox)
        known.finish()
        grow(sandbox, NEW_CLASSES)
        began = time.monotonic()
        expected = undisturbed(folder / "undisturbed" / "data", sandbox)
        yield Story(known, expected, time.monotonic() - began)


@pytest.mark.promise("A1", "A3")
@pytest.mark.tier("N")
def test_killed_syncs_are_finished_by_the_next_one(
    story: Story, draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    """One to ten kills in a row in one data folder, so that recovering is killed too; then a run to the end."""
    wanted, kills, chains = size(P=4, N=550, R=1000), 0, 0
    while kills < wanted:
        victim = story.known.copy(tmp_path / "killed" / "data")
        for _ in range(draw.randint(1, 10)):
            kills += story.killed(victim, draw)
        story.require_recovery(victim)
        chains += 1
    figure(
        f"{kills} kills at any moment in {chains} chains of up to 10, {chains} of {chains} equal at their end"
    )
