"""Which months an unlimited sync need not touch again: what keeps the daily sync at one or two requests."""

from __future__ import annotations

from datetime import timedelta

from peloton_assets.scope import Scope, list_resource, next_month_start
from peloton_assets.workspace import SOURCE, now
from resources.state import State

# A month proven complete this long after its end gets no more classes; edits are seen by the full walk.
SETTLED_AFTER = timedelta(days=2)


def unsettled_months(state: State, scope: Scope) -> tuple[str, ...]:
    """The scope's months from the first that is not settled on; always at least the last one.

    A month is settled when all its lists were proven complete after its end, and its details are complete. A
    proof of the future is none: the clock was wrong, and the month may not have been over.
    """
    details = state.complete_months(SOURCE, scope.details_resource())
    lists = [state.complete_months(SOURCE, list_resource(category)) for category in scope.categories]

    def is_settled(month: str) -> bool:
        final = next_month_start(month) + SETTLED_AFTER
        return month in details and all(month in each and final <= each[month] <= now() for each in lists)

    first = next((place for place, month in enumerate(scope.months) if not is_settled(month)), -1)
    return scope.months[first:]
