"""A walk over the whole list, the only way to see which classes were removed: there is no delete feed.

Nothing is ever deleted. A walk counts only when it was clean: the distinct ids equal the total that is told, the
account shows explicit and prenatal classes as it did before, and no more vanished than can be believed. The
record of a clean walk is landed like an answer; `removed_at` follows from it and from when a class was last
listed, so a rebuild from the landing zone gives the same marks. A class that is listed again loses that mark, so
the record also names what the walk missed and what it saw again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from peloton_assets.listing import ListResult, sync_list
from peloton_assets.pending import merge_pending
from peloton_assets.scope import Scope
from peloton_assets.transform import LISTINGS, connect, show_stored, statement
from peloton_assets.workspace import SOURCE, OnMonth, Workspace, now
from resources.errors import PacelineError
from resources.state import SyncCounts

RESOURCE = "full_walks"
# Purges of a few hundred classes happened; a fifth of the library at once is more likely a fault or a filter.
MOST_REMOVED_SHARE = 0.2
ALWAYS_BELIEVED = 50


class UncleanWalk(PacelineError):
    """The walk reached the end, but its findings must not mark anything as removed."""


@dataclass(frozen=True)
class WalkRecord:
    """What is landed of a clean walk."""

    url: str
    status: int
    fetched_at: datetime
    text: str


@dataclass(frozen=True)
class WalkFindings:
    """Classes listed by the walk, and known ones that it no longer listed."""

    counts: SyncCounts
    total: int
    newly_removed: int
    relisted: int


def full_walk(
    work: Workspace,
    months: tuple[str, ...],
    on_month: OnMonth,
    accept_removals: bool,
    counts: SyncCounts | None = None,
) -> WalkFindings:
    """Walk everything; when the walk was clean, record it. Raises UncleanWalk otherwise."""
    started = now()
    result = sync_list(work, Scope(months, refresh=True), on_month, counts, may_be_empty=True)
    if result.answered_from is None or result.answered_from < started:
        raise UncleanWalk(
            "The clock of this machine was set back during the walk, which tells what was seen from what was not",
            "Nothing was marked as removed; run the full walk again.",
        )
    missing, relisted, known = _found_since(work, started)
    _require_clean(work, result, len(missing), known, accept_removals)
    ended = now()
    explicit, prenatal = next(iter(result.account_filters))
    record = {
        "started_at": started.isoformat(),
        "ended_at": ended.isoformat(),
        "total": result.total,
        "hide_explicit_rides": explicit,
        "hide_prenatal_rides": prenatal,
        "removed_ids": missing,
        "relisted_ids": relisted,
    }
    with work.landing.writer(SOURCE, RESOURCE, ended.strftime("%Y-%m")) as writer:
        writer.write(WalkRecord("paceline:full-walk", 200, ended, json.dumps(record)), "all")
    merge_pending(work.lake, work.landing, work.state)
    return WalkFindings(result.counts, result.total, len(missing), len(relisted))


def _found_since(work: Workspace, started: datetime) -> tuple[list[str], list[str], int]:
    """Classes this walk no longer listed (those marked before aside), those it listed again, and how many are known."""
    with connect() as connection:
        show_stored(connection, work.lake, LISTINGS)
        show_stored(connection, work.lake, "staging.full_walks")
        missing, relisted, known = connection.execute(
            statement("staging.walk_findings"), {"started": started}
        ).fetchall()[0]
    return missing, relisted, known


def _require_clean(
    work: Workspace, result: ListResult, missing: int, known: int, accept_removals: bool
) -> None:
    if result.distinct != result.total:
        raise UncleanWalk(
            f"The walk saw {result.distinct} classes while the provider counts {result.total}",
            "Nothing was marked as removed; run the full walk again.",
        )
    before = _last_filters(work)
    changed = len(result.account_filters) != 1 or (before is not None and result.account_filters != {before})
    if changed and not accept_removals:
        raise UncleanWalk(
            "The account's filter for explicit or prenatal classes changed, so classes may only be hidden",
            "Set the filter back, or run the full walk with accept_removals: true.",
        )
    if missing > max(ALWAYS_BELIEVED, MOST_REMOVED_SHARE * known) and not accept_removals:
        raise UncleanWalk(
            f"{missing} of {known} known classes are gone, which is more than is believed without asking",
            "Look at the library; if it is true, run the full walk with accept_removals: true.",
        )


def _last_filters(work: Workspace) -> tuple[bool, bool] | None:
    with connect() as connection:
        show_stored(connection, work.lake, "staging.full_walks")
        row = connection.execute(
            "SELECT hide_explicit_rides, hide_prenatal_rides FROM full_walks ORDER BY seen_at(ended_at) DESC LIMIT 1"
        ).fetchone()
    return (bool(row[0]), bool(row[1])) if row else None
