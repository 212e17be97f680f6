"""Why a month holds more or fewer classes than the provider's list counts, row by row.

The list counts its rows, also those that are there twice or that nobody can place; we count classes. Both counts
are of the same walk, so what explains the one from the other adds up to the last row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from resources.peloton_list import Entry
from resources.state import Difference

LISTED_TWICE, UNPLACED, NOT_STORED, NOT_LISTED = "listed_twice", "unplaced", "not_stored", "not_listed"

# Rows of the list: the id, empty where there is none, and whether a time is usable.
Told = list[tuple[str, bool]]


def told_by_month(pages: Iterable[Collection[Entry]], otherwise: str) -> dict[str, Told]:
    """The list's rows under their months; one without time is under its neighbour's, or under `otherwise`."""
    told: dict[str, Told] = defaultdict(list)
    for rows in pages:
        near = next((month_of(moment) for _, moment in rows if moment is not None), otherwise)
        for item, moment in rows:
            near = near if moment is None else month_of(moment)
            told[near].append((item or "", moment is not None))
    return told


def differences(told: Told, stored: Collection[str]) -> tuple[Difference, ...]:
    """What makes the number of `stored` classes differ from the number of rows that were told."""
    placeable = {item for item, has_time in told if item and (has_time or item in stored)}
    placed = Counter(item for item, _ in told if item in placeable)
    unplaced = Counter(item for item, _ in told if item not in placeable)
    return (
        *(Difference(item, LISTED_TWICE, 1 - times) for item, times in placed.items() if times > 1),
        *(Difference(item, UNPLACED, -times) for item, times in unplaced.items()),
        *(Difference(item, NOT_STORED) for item in placed if item not in stored),
        *(Difference(item, NOT_LISTED, 1) for item in stored if item not in placed),
    )


def month_of(moment: int) -> str:
    """The UTC month of Unix seconds, YYYY-MM."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m")
