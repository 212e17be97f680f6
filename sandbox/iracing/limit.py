"""A limit by fixed windows: so many requests from the first one on, and then all of them again.

The figures stand in the headers of each answer, which is all that a client is told. Not thread-safe: the
caller holds a lock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

UNLIMITED = 1_000_000


@dataclass(slots=True)
class FixedWindow:
    limit: int = 0
    window_s: float = 60.0
    ends_s: float = 0.0
    used: int = 0

    def admit(self, now_s: float, limit: int, window_s: float) -> bool:
        """Count a request that arrives now; False when it is one too many. 0 means no limit."""
        self.limit, self.window_s = limit, window_s
        if now_s >= self.ends_s or self.ends_s - now_s > window_s:
            self.ends_s, self.used = now_s + window_s, 0
        self.used += 1
        return limit <= 0 or self.used <= limit

    def reset(self) -> None:
        self.ends_s, self.used = 0.0, 0

    def seconds_left(self, now_s: float) -> int:
        """Whole seconds until the next window may begin."""
        return max(0, math.ceil(self.ends_s - now_s))

    @property
    def told_limit(self) -> int:
        return self.limit if self.limit > 0 else UNLIMITED

    @property
    def remaining(self) -> int:
        return max(0, self.told_limit - self.used)

    @property
    def reset_at(self) -> int:
        """Unix seconds at which the next window may begin."""
        return math.ceil(self.ends_s)
