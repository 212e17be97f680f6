"""Brings landed answers that no staging table holds yet into the lake, whoever landed them.

A run may die between landing an answer and merging it. So merging never trusts "what this run fetched", nor the
times of files: it asks which sealed files were not merged, and notes them as merged only afterwards. Merging a
file twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from peloton_assets.rebuild import rebuild
from peloton_assets.staging import (
    BY_MONTH,
    ListingChange,
    merge_listings,
    merge_references,
    merge_workouts,
    stage_csv,
    stage_full_walks,
    stage_member_records,
    stage_months,
    stage_placeholders,
)
from peloton_assets.transform import (
    BATCH_MONTHS,
    FULL_WALKS,
    LISTINGS,
    MEMBERS,
    REFERENCES,
    WORKOUT_CSV,
    WORKOUT_REMOVALS,
    WORKOUTS,
    batched,
    connect,
)
from resources.lake import Lake
from resources.landed import landed_name, unmerged
from resources.landing import Landing
from resources.state import State

SOURCE = "peloton"
STAGED_IN = {
    "ride_archived": LISTINGS,
    "instructors": REFERENCES,
    "metadata_mappings": REFERENCES,
    "full_walks": FULL_WALKS,
    "members": MEMBERS,
    "user_workouts": WORKOUTS,
    "workout": WORKOUTS,
    "workout_removals": WORKOUT_REMOVALS,
    "workout_csv": WORKOUT_CSV,
    **BY_MONTH,
}


@dataclass
class Change:
    """What newly merged answers changed."""

    classes: ListingChange = field(default_factory=ListingChange)
    workouts: ListingChange = field(default_factory=ListingChange)


def merge_pending(lake: Lake, landing: Landing, state: State) -> Change:
    """Merge all sealed files that were not merged yet; give what the lists among them changed."""
    pending = {
        resource: unmerged(landing, state, SOURCE, resource, lake.months(table), resource in BY_MONTH)
        for resource, table in STAGED_IN.items()
    }
    change = Change()
    if not any(pending.values()):
        return change
    with connect() as connection:
        change.classes = merge_listings(connection, lake, pending["ride_archived"])
        merge_references(connection, lake, pending["ride_archived"], "page")
        for resource in ("instructors", "metadata_mappings"):
            merge_references(connection, lake, pending[resource], "answer")
        if pending["full_walks"]:
            stage_full_walks(connection, lake, landing)
        if pending["members"] or pending["workout_removals"]:
            stage_member_records(connection, lake, landing)
        change.workouts = merge_workouts(connection, lake, [*pending["user_workouts"], *pending["workout"]])
        if pending["ride_archived"] or pending["user_workouts"] or pending["workout"]:
            stage_placeholders(connection, lake)
        if any(pending[resource] for resource in ("workout_csv", "members", "user_workouts", "workout")):
            stage_csv(connection, lake, landing)
        for resource in BY_MONTH:
            for months in batched(sorted({_month(path) for path in pending[resource]}), BATCH_MONTHS):
                stage_months(connection, lake, landing, resource, months)
    for resource, files in pending.items():
        state.record_merged(SOURCE, resource, map(landed_name, files))
    return change


def rebuild_all(lake: Lake, landing: Landing, state: State) -> dict[str, int]:
    """All typed tables again from the landing zone; give rows per table.

    Until that is done nothing counts as merged, so that the run after a killed rebuild merges everything.
    """
    sealed = {resource: landing.sealed(SOURCE, resource) for resource in STAGED_IN}
    for resource in STAGED_IN:
        state.forget_merged(SOURCE, resource, state.merged_files(SOURCE, resource))
    rows = rebuild(lake, landing)
    for resource, files in sealed.items():
        state.record_merged(SOURCE, resource, map(landed_name, files))
    return rows


def _month(path: Path) -> str:
    return path.parent.name
