"""Eight processes build a hundred and twenty months of one lake at once, and publish: no lock, no failure."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from equal import content
from forks import fork
from landed import Zone, invented

pytestmark = pytest.mark.tier("N")

WRITERS, MONTHS, CLASSES = 8, 120, 480
MONTH_S = 30 * 86_400 + 43_200


def build_and_publish(folder: str, months: tuple[str, ...]) -> None:
    """In each process: what a run of a backfill does with its months."""
    from peloton_assets.search_tables import build_search_tables
    from peloton_assets.transform import MONTHLY_TABLES, build_months, build_whole, connect
    from resources.lake import Lake
    from resources.state import State
    from resources.warehouse import publish

    lake = Lake(Path(folder) / "lake")
    for month in months:
        with connect() as connection:
            build_months(connection, lake, [month], MONTHLY_TABLES)
    with connect() as connection:
        build_whole(connection, lake)
        build_search_tables(connection, lake)
    publish(Path(folder) / "warehouse.duckdb", lake, State(Path(folder) / "state"))


@pytest.mark.promise("E3")
def test_eight_writers_of_one_lake(
    draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    zone = Zone(tmp_path)
    listed, detailed = invented(CLASSES, span_s=MONTHS * MONTH_S)
    zone.list_page(listed)
    for ride, answer in zip(listed, detailed, strict=True):
        zone.details(ride, answer)
    zone.build()
    months = zone.lake.months("peloton.rides")
    assert len(months) >= MONTHS
    build_and_publish(str(tmp_path), ())
    expected = content(tmp_path / "warehouse.duckdb")

    rounds = size(P=1, N=5)
    for _ in range(rounds):
        for file in (tmp_path / "lake" / "peloton").rglob("*.parquet"):
            file.unlink()
        draw.shuffle(months)
        writers = [
            fork(
                build_and_publish, str(tmp_path), tuple(months[number::WRITERS]),
                env=dict(os.environ), cwd=tmp_path, out=tmp_path / f"{number}.out", err=tmp_path / f"{number}.err",
            )
            for number in range(WRITERS)
        ]  # fmt: skip
        for number, writer in enumerate(writers):
            writer.join()
            assert writer.exitcode == 0, (tmp_path / f"{number}.err").read_text()
        build_and_publish(str(tmp_path), ())
        assert content(tmp_path / "warehouse.duckdb") == expected
    figure(f"{rounds} x {WRITERS} processes, {len(months)} months, 0 failed, equal")
