"""When the provider forbade to ask, and who asked nevertheless, by the sandbox's own log."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

from clock import true_time_s

REFUSED = 429


def forbidden_until(arrived_s: float, retry_after: str | None) -> float:
    """The end of the pause that an answer asked for, on the clock of the log; its arrival when it asked for none."""
    text = (retry_after or "").strip()
    if text.endswith("GMT"):
        return parsedate_to_datetime(text).timestamp() - true_time_s() + time.monotonic()
    try:
        asked = float(text)
    except ValueError:
        return arrived_s
    return arrived_s + asked if asked > 0 else arrived_s


def too_early(log: list[list[Any]]) -> list[tuple[str, float]]:
    """Requests that arrived in a time that an earlier answer had forbidden: that answer's form, and by how much."""
    return [
        (str(first[4]), forbidden_until(first[0], first[4]) - later[0])
        for place, first in enumerate(log)
        for later in log[place + 1 :]
        if first[3] == REFUSED and later[0] < forbidden_until(first[0], first[4])
    ]
