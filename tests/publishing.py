"""Publishes a lake of invented classes, for tests of the warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb
from landed import Zone, invented

from resources.lake import Lake
from resources.state import State
from resources.warehouse import open_warehouse, publish


def build_lake(folder: Path) -> None:
    """A data folder whose lake holds 60 classes."""
    zone = Zone(folder)
    listed, detailed = invented(60)
    zone.list_page(listed)
    for ride, answer in zip(listed, detailed, strict=True):
        zone.details(ride, answer)
    zone.build()


def published(folder: Path) -> Path:
    target = folder / "warehouse.duckdb"
    publish(target, Lake(folder / "lake"), State(folder / "state"))
    return target


def replant(folder: Path, table: str, sql: str) -> None:
    """Put other rows into the newest file of a table."""
    path = Lake(folder / "lake").files(table)[-1]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE rows AS FROM '{path}'")
        connection.execute(f"COPY ({sql}) TO '{path}'")


def count(path: Path, sql: str) -> int:
    with open_warehouse(path) as connection:
        return int(connection.execute(sql).fetchall()[0][0])
