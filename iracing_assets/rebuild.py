"""iRacing's typed tables from the staging files, and those again from the landing zone, without a request."""

from __future__ import annotations

from iracing_assets.staging import restage
from iracing_assets.transform import TABLES, build, connect
from resources.lake import Lake
from resources.landing import Landing
from resources.state import State


def build_iracing(lake: Lake) -> dict[str, dict[str, int]]:
    """Write what differs of all tables; give the files written."""
    with connect() as connection:
        return build(connection, lake)


def rebuild_all(lake: Lake, landing: Landing, state: State) -> dict[str, int]:
    """Staging and typed tables again from the landing zone; give rows per table."""
    restage(lake, landing, state)
    build_iracing(lake)
    return {table: lake.row_count(lake.files(table)) for table in TABLES}
