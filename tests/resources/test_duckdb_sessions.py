"""Every DuckDB connection of ours is silent: standard output belongs to a person, or to a program that reads JSON."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pytest
from publishing import published

from iracing_assets import transform as iracing
from peloton_assets import transform as peloton
from resources.warehouse import open_warehouse
from strava_assets import transform as strava

LONG = "SELECT sum(a.range * b.range) FROM range(5000) AS a, range(3000) AS b"


@pytest.mark.parametrize(
    "connect", [peloton.connect, iracing.connect, strava.connect], ids=lambda one: one.__module__
)
def test_a_long_query_prints_no_progress(
    connect: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    with connect() as connection:
        prints_nothing(connection, capfd)


def test_neither_does_one_on_the_published_warehouse(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with open_warehouse(published(folder)) as connection:
        prints_nothing(connection, capfd)


def prints_nothing(connection: duckdb.DuckDBPyConnection, capfd: pytest.CaptureFixture[str]) -> None:
    connection.execute("SET progress_bar_time = 1")  # milliseconds: every query is a long one
    connection.execute(LONG).fetchall()
    assert capfd.readouterr() == ("", "")
