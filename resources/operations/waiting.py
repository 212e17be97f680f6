"""Items that are not to be asked for yet: the provider does not serve them, or they failed a moment ago."""

from __future__ import annotations

from collections.abc import Iterable

from resources.state import RETRY_AFTER_NOT_SERVED, State
from resources.workspace import now


def askable(state: State, source: str, resource: str, items: Iterable[str], account: str = "") -> list[str]:
    """Those of `items` that the next run may ask for."""
    next_tries = state.next_tries(source, resource, account)
    moment = now()
    latest = moment + RETRY_AFTER_NOT_SERVED  # a longer pause was noted while the clock was wrong
    return [item for item in items if item not in next_tries or not moment < next_tries[item] <= latest]
