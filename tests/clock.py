"""A wall clock that is wrong, jumps or stands still, for this process only; the monotonic clocks stay right.

As on a machine: whoever asks Python for the time is told wrong. The sandbox, another process, keeps its own time.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, tzinfo
from typing import Self

import pytest

OURS = ("resources.", "peloton_assets.", "paceline.")
DAY_S = 86_400.0
true_time_s = time.time


class WallClock:
    """What `time.time` and `datetime.now` tell."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self._stopped_at: float | None = None

    def now_s(self) -> float:
        return true_time_s() + self.ahead_s if self._stopped_at is None else self._stopped_at

    def jump(self, seconds: float) -> None:
        self.ahead_s += seconds

    def stop(self) -> None:
        self._stopped_at = self.now_s()


def set_up(patch: pytest.MonkeyPatch) -> WallClock:
    """Let all of Python, and all of our modules that took `datetime` along, look at one clock."""
    clock = WallClock()

    class Shown(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(clock.now_s(), tz)

    patch.setattr(time, "time", clock.now_s)
    patch.setattr(time, "time_ns", lambda: int(clock.now_s() * 1e9))
    for name, module in list(sys.modules.items()):
        if name.startswith(OURS):
            for known_as, value in list(vars(module).items()):
                if value is datetime:
                    patch.setattr(module, known_as, Shown)
    return clock
