"""Brings landed answers that no staging table holds yet into the lake, whoever landed them.

A run may die between landing an answer and merging it. So merging never trusts "what this run fetched", nor the
times of files: it asks which sealed files were not merged, and notes them as merged only afterwards. Merging a
file twice changes nothing.
"""

from __future__ import annotations

from pathlib import Path

from peloton_assets.transform import (
    BATCH_MONTHS,
    DETAILS,
    FULL_WALKS,
    LISTINGS,
    REFERENCES,
    ListingChange,
    batched,
    connect,
    merge_listings,
    merge_references,
    rebuild,
    stage_details,
    stage_full_walks,
)
from resources.lake import Lake
from resources.landing import Landing
from resources.state import State

SOURCE = "peloton"
STAGED_IN = {
    "ride_archived": LISTINGS,
    "instructors": REFERENCES,
    "metadata_mappings": REFERENCES,
    "full_walks": FULL_WALKS,
    "ride_details": DETAILS,
}


def merge_pending(lake: Lake, landing: Landing, state: State) -> ListingChange:
    """Merge all sealed files that were not merged yet; give what the list pages among them changed."""
    pending = {resource: _pending(lake, landing, state, resource) for resource in STAGED_IN}
    if not any(pending.values()):
        return ListingChange()
    with connect() as connection:
        change = merge_listings(connection, lake, pending["ride_archived"])
        merge_references(connection, lake, pending["ride_archived"], "page")
        for resource in ("instructors", "metadata_mappings"):
            merge_references(connection, lake, pending[resource], "answer")
        if pending["full_walks"]:
            stage_full_walks(connection, lake, landing)
        for months in batched(sorted({_month(path) for path in pending["ride_details"]}), BATCH_MONTHS):
            stage_details(connection, lake, landing, months)
    for resource, files in pending.items():
        state.record_merged(SOURCE, resource, map(_name, files))
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
        state.record_merged(SOURCE, resource, map(_name, files))
    return rows


def _pending(lake: Lake, landing: Landing, state: State, resource: str) -> list[Path]:
    sealed, staged = landing.sealed(SOURCE, resource), set(lake.months(STAGED_IN[resource]))
    merged = state.merged_files(SOURCE, resource)
    # The lake may have been deleted; a damaged file that was moved away may come back mended.
    gone = merged - set(map(_name, sealed)) if staged else merged
    state.forget_merged(SOURCE, resource, gone)
    merged -= gone
    return [
        path
        for path in sealed
        if _name(path) not in merged or (resource == "ride_details" and _month(path) not in staged)
    ]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _month(path: Path) -> str:
    return path.parent.name
