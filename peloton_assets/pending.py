"""Brings landed answers that no staging table holds yet into the lake, whoever landed them.

A run may die between landing an answer and merging it. So merging never trusts "what this run fetched": it asks
which sealed files were not merged, and notes them as merged only afterwards. Merging a file twice changes nothing.
"""

from __future__ import annotations

from pathlib import Path

from peloton_assets.transform import (
    ListingChange,
    connect,
    merge_listings,
    merge_references,
    stage_full_walks,
)
from resources.lake import Lake
from resources.landing import Landing
from resources.state import State

SOURCE = "peloton"
MERGED_RESOURCES = ("ride_archived", "instructors", "metadata_mappings", "full_walks")


def merge_pending(lake: Lake, landing: Landing, state: State) -> ListingChange:
    """Merge all sealed files that were not merged yet; give what the list pages among them changed."""
    pending = {resource: _pending(landing, state, resource) for resource in MERGED_RESOURCES}
    if not any(pending.values()):
        return ListingChange()
    with connect() as connection:
        change = merge_listings(connection, lake, pending["ride_archived"])
        merge_references(connection, lake, pending["ride_archived"], "page")
        for resource in ("instructors", "metadata_mappings"):
            merge_references(connection, lake, pending[resource], "answer")
        if pending["full_walks"]:
            stage_full_walks(connection, lake, landing)
    note_merged(landing, state, pending)
    return change


def note_merged(landing: Landing, state: State, files: dict[str, list[Path]] | None = None) -> None:
    """Note files (all that are sealed, when none are given) as merged."""
    for resource in MERGED_RESOURCES:
        merged = files[resource] if files else landing.sealed(SOURCE, resource)
        state.record_merged(SOURCE, resource, [_name(path) for path in merged])


def _pending(landing: Landing, state: State, resource: str) -> list[Path]:
    merged = state.merged_files(SOURCE, resource)
    return [path for path in landing.sealed(SOURCE, resource) if _name(path) not in merged]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
