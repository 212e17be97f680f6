"""Sync of class details for the library: which classes the rule wants, and one call for each of them, ever."""

from __future__ import annotations

from peloton_assets.queue import Queue, QueueResult, ask_all
from peloton_assets.scope import Scope
from peloton_assets.transform import LISTINGS, connect, show_stored, statement
from peloton_assets.wanted import QueuePlan, Wanted, plan_queue
from peloton_assets.workspace import OnMonth, Workspace
from resources.state import SyncCounts

RESOURCE = "ride_details"


def plan_details(work: Workspace, scope: Scope) -> QueuePlan:
    """Classes of the scope whose details are wanted and not landed yet (with `refresh`: all wanted)."""
    with connect() as connection:
        show_stored(connection, work.lake, LISTINGS, scope.months)
        rows = connection.execute(
            statement("staging.wanted_details"),
            {"rule": scope.classes, "disciplines": list(scope.disciplines)},
        ).fetchall()
    wanted = [Wanted(ride_id, month) for ride_id, month in rows]
    return plan_queue(work, RESOURCE, wanted, scope.months, limit=scope.limit, refresh=scope.refresh)


def sync_details(
    work: Workspace, scope: Scope, on_month: OnMonth, counts: SyncCounts | None = None
) -> QueueResult:
    """Fetch what is wanted. Who passes `counts` has them also when this raises."""
    queue = Queue(RESOURCE, scope.details_resource(), "class details", "classes", work.client.ride_details)
    return ask_all(work, queue, plan_details(work, scope), on_month, counts)
