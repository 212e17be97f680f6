"""A whole sync without Dagster around it: the functions that the assets call, in the order of their graph.

For tests that need hundreds of syncs; Dagster's own share is proven by the real command and the real daemon.
"""

from __future__ import annotations

from observing import quiet
from signing_in import new_workspace

from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.members import member_of
from peloton_assets.references import sync_references
from peloton_assets.scope import Scope
from peloton_assets.search_tables import build_search_tables
from peloton_assets.stock import PELOTON
from peloton_assets.transform import (
    LIBRARY_TABLES,
    WORKOUT_TABLES,
    build_months,
    build_whole,
    connect,
    stale_months,
)
from peloton_assets.workout_items import (
    CLASSES,
    GRAPHS,
    SESSIONS,
    ask_for,
    plan_classes,
    plan_graphs,
    plan_sessions,
)
from peloton_assets.workout_list import sync_workouts
from peloton_assets.workspace import Workspace
from resources.lake import Lake
from resources.operations.machine import note_in_passing
from resources.warehouse import publish


def sync(scope: Scope, run_id: str = "engine", workouts: bool = False) -> Workspace:
    """Crawl a scope, build the tables of what changed, publish; for the data folder of the environment.

    With `workouts` those of the signed-in member too, in both of their phases.
    """
    work = new_workspace(run_id)
    with work.crawling():
        sync_list(work, scope, quiet)
        sync_details(work, scope, quiet)
        sync_references(work)
    if workouts:
        sync_member(work)
    build(work)
    return work


def sync_member(work: Workspace) -> None:
    """A member's workouts as the three assets fetch them."""
    with work.crawling():
        member = member_of(work)
        sync_workouts(work, member, quiet)
        ask_for(SESSIONS, work, member, plan_sessions(work, member), quiet)
        ask_for(CLASSES, work, member, plan_classes(work, member), quiet)
        ask_for(GRAPHS, work, member, plan_graphs(work, member), quiet)


def build(work: Workspace) -> None:
    """Tables and warehouse from what is stored."""
    build_tables(work.lake)
    note_in_passing(PELOTON, work.settings)
    publish(work.settings.warehouse_file, work.lake, work.state)


def build_tables(lake: Lake) -> None:
    """Months that changed, in the steps that the assets make of it, and the tables without months."""
    with connect() as connection:
        for tables in (LIBRARY_TABLES[:1], LIBRARY_TABLES[1:], WORKOUT_TABLES):
            if months := stale_months(lake, *tables):
                build_months(connection, lake, months, tables)
        build_whole(connection, lake)
        build_search_tables(connection, lake)
