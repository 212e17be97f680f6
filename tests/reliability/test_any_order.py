"""However a library is fetched, in pieces, twice or by two at once: what is stored is that of one whole sync."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from engine import build
from equal import RUN_TIME_COLUMNS, Content, content
from forks import fork
from in_process import InProcess, crawl
from observing import rows

from peloton_assets.incremental import unsettled_months
from peloton_assets.scope import Scope
from peloton_assets.transform import DETAILS, LISTINGS
from peloton_assets.workspace import Workspace

Months = tuple[str, ...]
MONTHS = ("2018-12", "2019-01", "2019-02", "2019-03", "2019-04")  # the first class streamed before New Year
CLASSES, LAST_DAY = 180, date(2019, 4, 30)  # two pages
DETAILED = "cycling"  # of these only Power Zone classes are asked for, some half a dozen


def a_library() -> InProcess:
    return InProcess(CLASSES, LAST_DAY)


def published(work: Workspace) -> Content:
    build(work)
    return content(work.settings.warehouse_file)


def staged(work: Workspace) -> dict[str, Any]:
    """What was fetched and proven; the tables follow from it alone, as the tests of rebuilds prove."""
    found = {
        table: sorted(
            (
                {name: value for name, value in row.items() if name not in RUN_TIME_COLUMNS}
                for row in rows(work.lake, table)
            ),
            key=repr,
        )
        for table in (LISTINGS, DETAILS)
    }
    proven = 'SELECT resource, month, state, "rows", provider_count FROM coverage ORDER BY resource, month'
    return {**found, "coverage": work.state.rows(proven)}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """After one sync of everything."""
    work = a_library().workspace(tmp_path_factory.mktemp("whole"))
    crawl(work, Scope(MONTHS), DETAILED)
    return work


@pytest.fixture(scope="module")
def whole(undisturbed: Workspace) -> Content:
    found = published(undisturbed)
    assert found["peloton.rides"][0] == CLASSES - 1, "one is not listed"
    assert found["peloton.playlists"][0] > 3
    return found


def windows(draw: Random) -> list[Months]:
    """Two windows that meet or overlap, and one of them or a single month again, in any order."""
    cut = draw.randrange(1, len(MONTHS))
    halves = [MONTHS[: cut + draw.choice((0, 1))], MONTHS[cut:]]
    chosen = [*halves, draw.choice([*halves, (draw.choice(MONTHS),)])]
    draw.shuffle(chosen)
    return chosen


@pytest.mark.promise("C5")
def test_months_in_any_order_are_one_full_sync(
    undisturbed: Workspace,
    whole: Content,
    tmp_path: Path,
    draw: Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    shuffles, library, wanted = size(P=3, N=200), a_library(), staged(undisturbed)
    for number in range(shuffles):
        order = windows(draw)
        work = library.workspace(tmp_path / str(number))
        for months in order:
            crawl(work, Scope(months), DETAILED, names=number == shuffles - 1)
        assert staged(work) == wanted, order
    assert published(work) == whole
    figure(f"{shuffles} of {shuffles} shuffled backfills equal one full sync")


@pytest.mark.promise("C5")
@pytest.mark.tier("N")
def test_month_by_month_from_the_oldest_is_one_full_sync(whole: Content, tmp_path: Path) -> None:
    """Months that were built before their neighbours were read are built again."""
    work = a_library().workspace(tmp_path)
    for place, month in enumerate(MONTHS):
        crawl(work, Scope((month,)), DETAILED)
        if place % 2:
            build(work)
    assert published(work) == whole


def crawl_windows(data_dir: Path, order: list[Months]) -> None:
    """In a forked process: some windows, one after the other."""
    work = a_library().workspace(data_dir)
    for months in order:
        crawl(work, Scope(months), DETAILED)
        build(work)


@pytest.mark.promise("C5")
@pytest.mark.tier("N")
def test_two_at_once_are_one_full_sync(
    whole: Content, tmp_path: Path, draw: Random, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    """Two processes with overlapping windows on one data folder, each also building and publishing."""
    races = size(N=20)
    for number in range(races):
        folder = tmp_path / str(number)
        folder.mkdir()
        said = [folder / "first", folder / "second"]
        processes = [
            fork(
                crawl_windows,
                folder / "data",
                windows(draw)[:2],
                env=os.environ,
                cwd=folder,
                out=path,
                err=path,
            )
            for path in said
        ]
        for process, path in zip(processes, said, strict=True):
            process.join()
            assert process.exitcode == 0, path.read_text()
        work = a_library().workspace(folder / "data")
        crawl(work, Scope(MONTHS), DETAILED)
        assert published(work) == whole
    figure(f"{races} of {races} pairs of processes equal one full sync")


@pytest.mark.promise("G1")
@pytest.mark.tier("N")
def test_everything_twice_changes_nothing_and_costs_next_to_nothing(whole: Content, tmp_path: Path) -> None:
    library = a_library()
    for turn in ("first", "second"):
        library.asked()
        work = library.workspace(tmp_path, turn)
        crawl(work, Scope(MONTHS), DETAILED)
        assert published(work) == whole
    assert library.asked() == {"archived": 2}, "the pages of the list, and nothing else"


@pytest.mark.promise("G1")
def test_a_sync_of_all_that_is_known_costs_the_pages_of_one_month(
    undisturbed: Workspace, tmp_path: Path
) -> None:
    """Without a window only the months that may still change are read."""
    library = a_library()
    library.asked()
    shutil.copytree(undisturbed.settings.data_dir, tmp_path / "data")
    work = library.workspace(tmp_path / "data")
    all_of_it = Scope(MONTHS, classes="all")
    crawl(work, all_of_it)
    library.asked()
    assert unsettled_months(work.state, all_of_it) == MONTHS[-1:]
    crawl(work, Scope(unsettled_months(work.state, all_of_it), classes="all"))
    assert library.asked() == {"archived": 2}, "the month's page, and the one that proves its end"
