"""The thin shells through which Dagster sees the rooms. They hold no secret and keep no connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from dagster_duckdb import DuckDBResource

from resources.data_folder import open_lake
from resources.settings import load_settings
from resources.state import State
from resources.warehouse import open_warehouse, publish


class Warehouse(DuckDBResource):
    """The published warehouse. `get_connection` only reads; the one way to write is `publish`."""

    @classmethod
    def from_settings(cls) -> Warehouse:
        return cls(database=str(load_settings().warehouse_file))

    @contextmanager
    def get_connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection, closed in every case: an open one would pin this process to an old file."""
        connection = open_warehouse(load_settings().warehouse_file)
        try:
            yield connection
        finally:
            connection.close()

    def publish(self) -> dict[str, int]:
        """Build a fresh file from the lake and swap it in; give rows per table."""
        settings = load_settings()
        return publish(settings.warehouse_file, open_lake(settings), State(settings.state_place))
