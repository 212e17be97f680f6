"""From landed answers to the one staging table: what was told last of each thing, by kind."""

from __future__ import annotations

from resources.entities import Change, merge_entities
from resources.lake import Lake
from resources.landed import landed_name, unmerged
from resources.landing import Landing
from resources.state import State
from strava_assets.transform import ENTITIES, SOURCE, connect, statement

RESOURCES = (
    "activities", "activity_details", "activity_zones", "stream_states", "gear", "athletes", "export_activities",
    "removals",
)  # fmt: skip


def merge_pending(lake: Lake, landing: Landing, state: State) -> Change:
    """Merge all sealed answers that were not merged yet; give what they changed."""
    pending = {name: unmerged(landing, state, SOURCE, name, lake.months(ENTITIES)) for name in RESOURCES}
    files = [path for name in RESOURCES for path in pending[name]]
    if not files:
        return Change()
    with connect() as connection:
        change = merge_entities(connection, lake, ENTITIES, files, statement("staging.entities"))
    for name, merged in pending.items():
        state.record_merged(SOURCE, name, map(landed_name, merged))
    return change


def restage(lake: Lake, landing: Landing, state: State) -> None:
    """The staging table again from what is landed.

    Until that is done nothing counts as merged, so that the run after a killed rebuild merges everything.
    """
    sealed = {name: landing.sealed(SOURCE, name) for name in RESOURCES}
    for name in RESOURCES:
        state.forget_merged(SOURCE, name, state.merged_files(SOURCE, name))
    with connect() as connection:
        every = [path for files in sealed.values() for path in files]
        merge_entities(connection, lake, ENTITIES, every, statement("staging.entities"), anew=True)
    for name, files in sealed.items():
        state.record_merged(SOURCE, name, map(landed_name, files))
