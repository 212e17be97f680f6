"""What of Peloton is still to be asked for: pages of the lists, details, graphs. Read from the lake; asks nothing.

Surprising: months that nobody listed may hold any number of classes. Their pages are guessed from the months that are
known, and what their classes will need cannot be told: such figures are "at least".
"""

from __future__ import annotations

from math import ceil

import duckdb

from peloton_assets.members import Member, connections, members
from peloton_assets.scope import RULES, library_months
from peloton_assets.transform import (
    CLASS_SESSIONS,
    DETAILS,
    GRAPHS,
    LISTINGS,
    RIDDEN,
    WORKOUT_REMOVALS,
    WORKOUTS,
    connect,
    show_stored,
    statement,
)
from peloton_assets.workout_months import RESOURCE
from peloton_assets.workspace import SOURCE, Workspace
from resources.operations.stock import Left
from resources.operations.waiting import askable
from resources.outlook import Allowance
from resources.peloton_list import PAGE_ROWS
from resources.settings import Settings

LIST, DETAILS_OF_LIST = "ride_list", "ride_details"
OF_WORKOUTS = {
    "class_sessions": "class_sessions",
    DETAILS_OF_LIST: "workout_classes",
    "performance_graphs": "performance_graphs",
}
BACKGROUND_SHARE = 0.5  # of the pace, for what is asked item by item behind a person's back


def backlog(settings: Settings) -> list[Left]:
    """Requests left by resource, in the order in which they are sent. Empty for who has nothing to do with Peloton."""
    work = Workspace(settings)
    is_begun = bool(work.state.rows("SELECT 1 FROM coverage WHERE source = ? LIMIT 1", SOURCE))
    is_signed_in = any(each.state != "needs sign-in" or each.access_left for each in connections(settings))
    if not (is_begun or is_signed_in):
        return []
    with connect() as connection:
        for table in (LISTINGS, DETAILS, WORKOUTS, WORKOUT_REMOVALS, CLASS_SESSIONS, RIDDEN, GRAPHS):
            show_stored(connection, work.lake, table)
        listed = list_left(work)
        details = details_left(work, connection)
        found = [listed, Left(DETAILS_OF_LIST, len(details), at_least=bool(listed.requests))]
        for member in members(settings):
            found += member_left(work, connection, member, set(details))
    return found


def list_left(work: Workspace) -> Left:
    """Months of the library that nobody has proven complete, and the pages on which they may lie."""
    known = work.state.complete_months(SOURCE, LIST)
    months = [month for month in library_months(work.settings) if month not in known]
    rows = work.state.rows(
        "SELECT avg(provider_count) AS classes FROM coverage WHERE source = ? AND resource = ? AND state = 'complete'",
        SOURCE, LIST,
    )  # fmt: skip
    a_month = rows[0]["classes"] or PAGE_ROWS
    return Left(LIST, ceil(len(months) * a_month / PAGE_ROWS), months=len(months), at_least=bool(months))


def details_left(work: Workspace, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Listed classes that are wanted by the widest rule that was ever asked for, and not answered."""
    asked = work.state.rows(
        "SELECT DISTINCT resource FROM coverage WHERE source = ? AND resource LIKE 'ride_details:%'", SOURCE
    )
    narrow, wide = RULES
    rule = wide if any(row["resource"].split(":")[1] == wide for row in asked) else narrow
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE wanted AS {statement('staging.wanted_details')}",
        {"rule": rule, "disciplines": []},
    )
    months = {"months": library_months(work.settings)}
    rows = connection.execute(statement("backlog.details"), months).fetchall()
    return askable(work.state, SOURCE, DETAILS_OF_LIST, [ride_id for (ride_id,) in rows])


def member_left(
    work: Workspace, connection: duckdb.DuckDBPyConnection, member: Member, counted: set[str]
) -> list[Left]:
    """Pages of a member's list, then what its workouts need; `counted` are classes that the library asks for."""
    months = work.state.rows(
        "SELECT coalesce(provider_count, 0) AS workouts FROM coverage"
        " WHERE source = ? AND resource = ? AND account = ? AND state <> 'complete'",
        SOURCE, RESOURCE, member.account,
    )  # fmt: skip
    pages = ceil(sum(row["workouts"] for row in months) / PAGE_ROWS) or min(1, len(months))
    found = [Left(RESOURCE, pages, member.account, len(months), at_least=bool(months), in_background=True)]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE wanted AS {statement('staging.wanted_workouts')}",
        {"user_id": member.user_id},
    )
    rows = connection.execute(statement("backlog.workouts")).fetchall()
    for resource, name in OF_WORKOUTS.items():
        items = [item for kind, item in rows if kind == resource]
        if resource == DETAILS_OF_LIST:
            items = [item for item in items if item not in counted]
        account = "" if resource == DETAILS_OF_LIST else member.account
        left = askable(work.state, SOURCE, resource, items, account)
        # A class that two members took is asked for once.
        counted.update(left if resource == DETAILS_OF_LIST else ())
        found.append(Left(name, len(left), member.account, at_least=bool(months), in_background=True))
    return found


def in_background(_: Settings, allowed: Allowance) -> Allowance:
    """What the background sync takes of the limits."""
    return allowed.share(BACKGROUND_SHARE)
