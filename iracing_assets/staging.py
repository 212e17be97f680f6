"""From landed documents to staging tables: things of the catalogue by kind, and versions of race weeks.

What was merged before and what came new are put together. Surprising: a document that is older than what is stored
(an imported folder) may lie between two sightings of a version, which the stored spans no longer tell. Then all
documents are read again, so that the order in which they came makes no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from iracing_assets.transform import ENTITIES, WEEKS, connect, show_staged, statement
from resources.entities import Change, merge_entities, read_landed
from resources.lake import Lake
from resources.landed import landed_name, unmerged
from resources.landing import Landing
from resources.state import State

SOURCE = "iracing"
# Folders of the landing zone; those that hold schedules are read for weeks as well.
SCHEDULES = ("series_seasons", "series_season_schedule")
CATALOGUE = (
    "series_get", "series_assets", "carclass_get", "car_get", "car_assets", "track_get", "track_assets",
    "season_list", "series_season_list", "series_past_seasons", "series_stats_series",
)  # fmt: skip
RESOURCES = CATALOGUE + SCHEDULES


def merge_pending(lake: Lake, landing: Landing, state: State) -> Change:
    """Merge all sealed documents that were not merged yet; give what they changed."""
    staged = lake.months(ENTITIES) or lake.months(WEEKS)
    pending = {name: unmerged(landing, state, SOURCE, name, staged) for name in RESOURCES}
    change = Change()
    if not any(pending.values()):
        return change
    with connect() as connection:
        catalogue = [path for name in RESOURCES for path in pending[name]]
        change.add(merge_entities(connection, lake, ENTITIES, catalogue, statement("staging.entities")))
        schedules = [path for name in SCHEDULES for path in pending[name]]
        change.add(merge_weeks(connection, lake, landing, schedules))
    for name, files in pending.items():
        state.record_merged(SOURCE, name, map(landed_name, files))
    return change


def restage(lake: Lake, landing: Landing, state: State) -> None:
    """All staging tables again from what was landed.

    Until that is done nothing counts as merged, so that the run after a killed rebuild merges everything.
    """
    sealed = {name: landing.sealed(SOURCE, name) for name in RESOURCES}
    for name in RESOURCES:
        state.forget_merged(SOURCE, name, state.merged_files(SOURCE, name))
    with connect() as connection:
        every = [path for files in sealed.values() for path in files]
        merge_entities(connection, lake, ENTITIES, every, statement("staging.entities"), anew=True)
        merge_weeks(
            connection, lake, landing, [path for name in SCHEDULES for path in sealed[name]], anew=True
        )
    for name, files in sealed.items():
        state.record_merged(SOURCE, name, map(landed_name, files))


def merge_weeks(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    landing: Landing,
    files: Sequence[Path],
    anew: bool = False,
) -> Change:
    """Merge race weeks into their versions."""
    if not files and not anew:
        return Change()
    change = _fresh_weeks(connection, lake, files, anew)
    if not anew and _comes_before_what_is_stored(connection):
        every = [path for name in SCHEDULES for path in landing.sealed(SOURCE, name)]
        _fresh_weeks(connection, lake, every, anew=True)
    lake.write(WEEKS, connection.sql(statement("staging.merge_weeks")))
    return change


def _fresh_weeks(
    connection: duckdb.DuckDBPyConnection, lake: Lake, files: Sequence[Path], anew: bool
) -> Change:
    read_landed(connection, files, statement("staging.weeks"))
    show_staged(connection, lake, WEEKS, () if anew else None)
    connection.execute("CREATE OR REPLACE TEMP TABLE stored AS FROM iracing_weeks")
    return Change(*connection.execute(statement("staging.week_changes")).fetchall()[0])


def _comes_before_what_is_stored(connection: duckdb.DuckDBPyConnection) -> bool:
    late = (
        "SELECT 1 FROM fresh AS f JOIN stored AS s USING (season_id) WHERE f.seen_at < s.last_seen_at LIMIT 1"
    )
    return bool(connection.execute(late).fetchall())
