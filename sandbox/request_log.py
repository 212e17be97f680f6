"""Every request that reached the sandbox, and the counters made from them.

Tests prove how few requests a sync spends with these figures, so they count what arrived, not what
was answered well: a request answered by a fault or cut off counts like any other.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sandbox.messages import Request, Target

CONNECTION_DROPPED = 0  # the status written for a request whose connection was reset


@dataclass(slots=True)
class Entry:
    """One line of the log; the status, and the pause asked for, are filled in once the answer is known."""

    arrived_s: float
    method: str
    target: str
    status: int | None = None
    retry_after: str | None = None


@dataclass(slots=True)
class RequestLog:
    """Not thread-safe: the caller holds a lock."""

    entries: list[Entry] = field(default_factory=list)
    refused: int = 0
    faulted: int = 0
    by_endpoint: Counter[str] = field(default_factory=Counter)
    details_by_id: Counter[str] = field(default_factory=Counter)

    def arrive(self, request: Request, target: Target) -> Entry:
        entry = Entry(time.monotonic(), request.method, request.target)
        self.entries.append(entry)
        self.by_endpoint[target.endpoint] += 1
        if target.endpoint == "details" and target.id is not None:
            self.details_by_id[target.id] += 1
        return entry

    def reset(self) -> None:
        self.entries.clear()
        self.refused = self.faulted = 0
        self.by_endpoint.clear()
        self.details_by_id.clear()

    def counters(self) -> dict[str, Any]:
        return {
            "total": len(self.entries),
            "refused": self.refused,
            "faulted": self.faulted,
            "by_endpoint": dict(sorted(self.by_endpoint.items())),
            "by_status": {
                str(status): count
                for status, count in sorted(
                    Counter(e.status for e in self.entries if e.status is not None).items()
                )
            },
            "details_by_id": dict(self.details_by_id),
        }

    def requests(self) -> list[list[Any]]:
        return [[e.arrived_s, e.method, e.target, e.status, e.retry_after] for e in self.entries]
