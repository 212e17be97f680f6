"""From landed documents to staging tables: things of the catalogue by kind, and versions of race weeks.

What was merged before and what came new are put together. Surprising: a document that is older than what is stored
(an imported folder) may lie between two sightings of a version, which the stored spans no longer tell. Then all
documents are read again, so that the order in which they came makes no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from iracing_assets.transform import ENTITIES, WEEKS, connect, show_staged, statement
from resources.lake import Lake
from resources.landed import landed_name, show_landed, unmerged
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
BATCH_BYTES = 64 * 2**20  # of sealed files that are read together


@dataclass
class Change:
    """What newly merged documents changed; `without_id` rows could not be stored."""

    seen: int = 0
    created: int = 0
    updated: int = 0
    without_id: int = 0

    def add(self, other: Change) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def merge_pending(lake: Lake, landing: Landing, state: State) -> Change:
    """Merge all sealed documents that were not merged yet; give what they changed."""
    staged = lake.months(ENTITIES) or lake.months(WEEKS)
    pending = {name: unmerged(landing, state, SOURCE, name, staged) for name in RESOURCES}
    change = Change()
    if not any(pending.values()):
        return change
    with connect() as connection:
        catalogue = [path for name in RESOURCES for path in pending[name]]
        change.add(merge_entities(connection, lake, catalogue))
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
        merge_entities(connection, lake, [path for files in sealed.values() for path in files], anew=True)
        merge_weeks(
            connection, lake, landing, [path for name in SCHEDULES for path in sealed[name]], anew=True
        )
    for name, files in sealed.items():
        state.record_merged(SOURCE, name, map(landed_name, files))


def merge_entities(
    connection: duckdb.DuckDBPyConnection, lake: Lake, files: Sequence[Path], anew: bool = False
) -> Change:
    """Merge things of the catalogue, kind by kind; `anew` leaves out what is stored."""
    if not files and not anew:
        return Change()
    connection.execute("DROP TABLE IF EXISTS fresh")
    for batch in batches(files) or [[]]:
        show_landed(connection, batch)
        _append(connection, "staging.entities")
    kinds = {row[0] for row in connection.execute("SELECT DISTINCT kind FROM fresh").fetchall()}
    if anew:
        kinds |= {*lake.months(ENTITIES)}
    show_staged(connection, lake, ENTITIES, () if anew else kinds)
    connection.execute("CREATE OR REPLACE TEMP TABLE stored AS FROM iracing_entities")
    change = Change(*connection.execute(statement("staging.entity_changes")).fetchall()[0])
    connection.execute("CREATE OR REPLACE VIEW sightings AS FROM stored UNION ALL BY NAME FROM fresh")
    if kinds:
        lake.write_months(connection, ENTITIES, statement("staging.merge_entities"), kinds)
    return change


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
    connection.execute("DROP TABLE IF EXISTS fresh")
    for batch in batches(files) or [[]]:
        show_landed(connection, batch)
        _append(connection, "staging.weeks")
    show_staged(connection, lake, WEEKS, () if anew else None)
    connection.execute("CREATE OR REPLACE TEMP TABLE stored AS FROM iracing_weeks")
    return Change(*connection.execute(statement("staging.week_changes")).fetchall()[0])


def _comes_before_what_is_stored(connection: duckdb.DuckDBPyConnection) -> bool:
    late = (
        "SELECT 1 FROM fresh AS f JOIN stored AS s USING (season_id) WHERE f.seen_at < s.last_seen_at LIMIT 1"
    )
    return bool(connection.execute(late).fetchall())


def _append(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    exists = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'fresh'").fetchall()
    into = "INSERT INTO fresh BY NAME" if exists else "CREATE TEMP TABLE fresh AS"
    connection.execute(f"{into} {statement(name)}")


def batches(files: Sequence[Path]) -> list[list[Path]]:
    """The files in groups of bounded size, so that memory does not grow with the landing zone."""
    groups: list[list[Path]] = []
    left = 0
    for path in files:
        size = path.stat().st_size
        if not groups or size > left:
            groups.append([])
            left = BATCH_BYTES
        groups[-1].append(path)
        left -= size
    return groups
