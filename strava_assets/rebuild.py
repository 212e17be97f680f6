"""Strava's typed tables from the staging file, and that again from the landing zone, without a request."""

from __future__ import annotations

from resources.lake import Lake
from resources.landing import Landing
from resources.state import State
from strava_assets.staging import restage
from strava_assets.transform import TABLES, build, connect


def build_strava(lake: Lake, landing: Landing) -> dict[str, dict[str, int]]:
    """Write what differs of all tables; give the files written."""
    with connect() as connection:
        return build(connection, lake, landing)


def rebuild_all(lake: Lake, landing: Landing, state: State) -> dict[str, int]:
    """Staging and typed tables again from the landing zone; give rows per table."""
    restage(lake, landing, state)
    build_strava(lake, landing)
    return {table: lake.row_count(lake.files(table)) for table in TABLES}
