"""In whatever order lists, seasons, past seasons and files come, how often, by two at once: the tables are the same."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from equal import RUN_TIME_COLUMNS, Content, content
from forks import fork
from racing_in_process import RacingInProcess, build, crawl, rows, seasons_only

from iracing_assets.documents import sync_documents, sync_seasons
from iracing_assets.past_seasons import sync_past_seasons
from iracing_assets.public_documents import find_documents, land_documents
from iracing_assets.transform import ENTITIES, WEEKS
from iracing_assets.workspace import Workspace
from resources.state import SyncCounts

pytestmark = pytest.mark.promise("C5")
STEPS = ("series_list", "cars", "current_seasons", "chosen_seasons", "past_seasons", "import")
WHEN_WE_LOOKED = (*RUN_TIME_COLUMNS, "seen_at", "first_seen_at", "last_seen_at")


def a_calendar() -> RacingInProcess:
    return RacingInProcess(series=2)


def take(step: str, racing: RacingInProcess, work: Workspace, folder: Path) -> None:
    """One step as its asset takes it; every time it is the same documents that come."""
    series = racing.iracing.paddock.series[0].series_id
    if step == "series_list":
        crawl_only(work, "series_get", "series_assets")
    elif step == "cars":
        crawl_only(work, "car_get", "car_assets")
    elif step == "current_seasons":
        seasons_only(work)
    elif step == "chosen_seasons":
        chosen = [season.season_id for season in racing.iracing.paddock.seasons_of(series)[:3]]
        with work.crawling():
            sync_seasons(work, chosen, SyncCounts())
    elif step == "past_seasons":
        with work.crawling():
            sync_past_seasons(work, [series], 6)
    else:
        with work.crawling():
            land_documents(work, find_documents(folder).documents)


def crawl_only(work: Workspace, *resources: str) -> None:
    with work.crawling():
        sync_documents(work, resources, SyncCounts())


def staged(racing: RacingInProcess, work: Workspace) -> dict[str, list[Any]]:
    """The queue to its end, and what is merged then; the tables follow from it alone, as rebuilds prove."""
    with work.crawling():
        sync_past_seasons(work, [racing.iracing.paddock.series[0].series_id], None)
    proven = 'SELECT resource, month, state, "rows", provider_count FROM coverage ORDER BY resource, month'
    return {
        table: sorted(
            (
                {name: value for name, value in row.items() if name not in WHEN_WE_LOOKED}
                for row in rows(work.lake, table)
            ),
            key=repr,
        )
        for table in (ENTITIES, WEEKS)
    } | {"coverage": work.state.rows(proven)}


def published(work: Workspace) -> Content:
    build(work)
    return content(work.settings.warehouse_file, without=WHEN_WE_LOOKED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents that somebody saved in September."""
    folder = tmp_path_factory.mktemp("saved")
    client = a_calendar().workspace(folder / "nowhere").client
    series_id = a_calendar().iracing.paddock.series[0].series_id
    for answer in (client.current_seasons(), client.past_seasons(series_id), client.series()):
        (folder / f"{len(answer.text)}.json").write_text(json.dumps(answer.payload))
    return folder


@pytest.fixture(scope="module")
def one_of_each(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, list[Any]], Content]:
    """What is merged, and what is published, after every step once."""
    racing = a_calendar()
    work = racing.workspace(tmp_path_factory.mktemp("whole") / "data")
    for step in STEPS:
        take(step, racing, work, folder)
    merged, found = staged(racing, work), published(work)
    assert found["iracing.events"][0] > 50 and found["iracing.past_weeks"][0] > 100
    assert found["iracing.schedule_changes"][0] == 0
    return merged, found


def test_any_order_makes_the_same_tables(
    one_of_each: tuple[dict[str, list[Any]], Content],
    folder: Path,
    tmp_path: Path,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    shuffles, racing = size(P=2, N=100), a_calendar()
    for number in range(shuffles):
        order = [*STEPS, *draw.sample(STEPS, 1)]
        draw.shuffle(order)
        work = racing.workspace(tmp_path / str(number))
        for step in order:
            take(step, racing, work, folder)
            if draw.random() < 0.05:
                build(work)
        assert staged(racing, work) == one_of_each[0], order
    assert published(work) == one_of_each[1]
    figure(f"{shuffles} of {shuffles} shuffled syncs and imports of iRacing equal one")


def take_all(data_dir: Path, folder: Path, order: list[str]) -> None:
    """In a forked process: some steps, and the tables."""
    racing = a_calendar()
    work = racing.workspace(data_dir)
    for step in order:
        take(step, racing, work, folder)
    build(work)


@pytest.mark.tier("N")
def test_two_at_once_make_the_same_tables(
    one_of_each: tuple[dict[str, list[Any]], Content],
    folder: Path,
    tmp_path: Path,
    draw: random.Random,
    size: Callable[..., int],
) -> None:
    for number in range(size(N=10)):
        place = tmp_path / str(number)
        place.mkdir()
        said = [place / "first", place / "second"]
        processes = [
            fork(
                take_all, place / "data", folder, draw.sample(STEPS, 4),
                env=os.environ, cwd=place, out=path, err=path,
            )
            for path in said
        ]  # fmt: skip
        for process, path in zip(processes, said, strict=True):
            process.join()
            assert process.exitcode == 0, path.read_text()
        racing = a_calendar()
        work = racing.workspace(place / "data")
        assert staged(racing, work) == one_of_each[0]
        assert published(work) == one_of_each[1]


@pytest.mark.promise("G1")
def test_everything_twice_costs_the_documents_and_changes_nothing(tmp_path: Path) -> None:
    racing = a_calendar()
    work = racing.workspace(tmp_path)
    crawl(work)
    build(work)
    racing.asked()
    before = content(work.settings.warehouse_file, without=("proven_at", "run_id"))
    crawl(work)
    assert build(work) == {}
    assert content(work.settings.warehouse_file, without=("proven_at", "run_id")) == before
    assert set(racing.asked().values()) == {1}
