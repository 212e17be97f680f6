"""Sync of a member's workouts, phase two: the classes that the library lacks, then the performance graphs.

Each is one call per item, ever, newest first. A class is asked for by its own id, never by the id of its session;
workouts in progress have no graph to keep yet.
"""

from __future__ import annotations

from collections.abc import Collection

from peloton_assets.members import Member, members
from peloton_assets.queue import Queue, QueueResult, ask_all
from peloton_assets.transform import (
    CLASS_SESSIONS,
    LISTINGS,
    RIDDEN,
    WORKOUT_REMOVALS,
    WORKOUTS,
    connect,
    show_stored,
    statement,
)
from peloton_assets.wanted import QueuePlan, Wanted, plan_queue
from peloton_assets.workspace import OnMonth, Workspace
from resources.settings import Settings
from resources.state import SyncCounts

CLASSES, GRAPHS, SESSIONS = "workout_classes", "performance_graphs", "class_sessions"


def plan_sessions(
    work: Workspace, member: Member, months: Collection[str] | None = None, limit: int | None = None
) -> QueuePlan:
    """Sessions of classes whose workouts name no class themselves."""
    wanted = [Wanted(session, item.month) for item, *_, session in _rows(work, member, months) if session]
    return plan_queue(
        work, SESSIONS, wanted, {one.month for one in wanted}, account=member.account, limit=limit
    )


def plan_classes(
    work: Workspace, member: Member, months: Collection[str] | None = None, limit: int | None = None
) -> QueuePlan:
    """Classes that the member took in these months of workouts and whose details are not landed."""
    wanted = [
        Wanted(ride_id, air_month) for _, ride_id, air_month, *_ in _rows(work, member, months) if ride_id
    ]
    wanted = [*dict.fromkeys(wanted)]
    return plan_queue(work, "ride_details", wanted, {one.month for one in wanted}, limit=limit)


def plan_graphs(
    work: Workspace, member: Member, months: Collection[str] | None = None, limit: int | None = None,
    refresh: bool = False,
) -> QueuePlan:  # fmt: skip
    """Workouts of these months without a performance graph."""
    wanted: list[Wanted] = []
    not_yet: list[Wanted] = []
    for item, _, _, status, _ in _rows(work, member, months):
        (not_yet if status == "IN_PROGRESS" else wanted).append(item)
    every = sorted({one.month for one in (*wanted, *not_yet)} | {*(months or ())})
    return plan_queue(
        work, GRAPHS, wanted, every, account=member.account, limit=limit, refresh=refresh, not_yet=not_yet
    )


def ask_for(
    kind: str, work: Workspace, member: Member, plan: QueuePlan, on_month: OnMonth,
    counts: SyncCounts | None = None, ends_at: float | None = None,
) -> QueueResult:  # fmt: skip
    """Fetch sessions, classes or graphs. Who passes `counts` has them also when this raises."""
    resource, unit, ask = {
        SESSIONS: (SESSIONS, "class sessions", work.client.class_session),
        CLASSES: ("ride_details", "classes", work.client.ride_details),
        GRAPHS: (GRAPHS, "graphs", work.client.performance_graph),
    }[kind]
    queue = Queue(resource, kind, f"{unit} of {member.account}", unit, ask, member.account, ends_at)
    return ask_all(work, queue, plan, on_month, counts)


def is_anything_to_ask(
    settings: Settings,
    accounts: Collection[str],
    months: Collection[str] | None = None,
    refresh: bool = False,
) -> bool:
    """Whether sessions, classes or graphs of these accounts are not landed yet."""
    work = Workspace(settings)
    return any(
        plan.to_ask
        for member in members(settings)
        if member.account in accounts
        for plan in (
            plan_sessions(work, member, months),
            plan_classes(work, member, months),
            plan_graphs(work, member, months, refresh=refresh),
        )
    )


def _rows(
    work: Workspace, member: Member, months: Collection[str] | None
) -> list[tuple[Wanted, str | None, str, str, str | None]]:
    """Workout with its month, class with its month, status, and a session to ask about; newest first."""
    with connect() as connection:
        for table in (WORKOUTS, WORKOUT_REMOVALS, CLASS_SESSIONS, LISTINGS, RIDDEN):
            show_stored(connection, work.lake, table)
        rows = connection.execute(
            statement("staging.wanted_workouts"), {"user_id": member.user_id}
        ).fetchall()
    return [
        (Wanted(workout, month), ride, air_month, status, session)
        for workout, month, ride, air_month, status, session in rows
        if months is None or month in months
    ]
