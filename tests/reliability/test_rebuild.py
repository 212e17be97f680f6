"""The landing zone alone gives everything again: without warehouse, without lake, without a request."""

from __future__ import annotations

import os
import shutil
import signal
from datetime import date
from pathlib import Path

import pytest
from engine import build
from equal import Content, content
from forks import fork
from in_process import InProcess, crawl
from observing import quiet

from peloton_assets.details import sync_details
from peloton_assets.pending import rebuild_all
from peloton_assets.scope import Scope
from peloton_assets.transform import LISTINGS
from peloton_assets.workspace import Workspace
from resources.warehouse import publish

pytestmark = pytest.mark.promise("A7")

MONTHS = ("2018-12", "2019-01", "2019-02", "2019-03", "2019-04")
ALL = Scope(MONTHS, classes="all")
LONG_AGO_S = 86_400  # 1970


@pytest.fixture(scope="module")
def library() -> InProcess:
    return InProcess(130, date(2019, 4, 30))


@pytest.fixture(scope="module")
def fetched(library: InProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with everything there is, details of all classes included."""
    work = library.workspace(tmp_path_factory.mktemp("fetched"))
    crawl(work, ALL)
    build(work)
    return work.settings.data_dir


@pytest.fixture
def work(library: InProcess, fetched: Path, tmp_path: Path) -> Workspace:
    library.asked()
    return library.workspace(shutil.copytree(fetched, tmp_path / "data"))


def exactly(work: Workspace) -> Content:
    """All rows of all tables, times of fetching included."""
    return content(work.settings.warehouse_file, without=("proven_at", "run_id", "pages"))


def test_a_rebuild_gives_every_row_again_without_a_request(work: Workspace, library: InProcess) -> None:
    before = exactly(work)
    assert before["peloton.songs"][0] > 500
    shutil.rmtree(work.settings.lake_dir)
    work.settings.warehouse_file.unlink()
    rebuild_all(work.lake, work.landing, work.state)
    publish(work.settings.warehouse_file, work.lake, work.state)
    assert exactly(work) == before
    assert library.asked() == {}


def test_after_a_lost_lake_the_next_sync_brings_back_every_month(work: Workspace, library: InProcess) -> None:
    """Nobody had to know that a rebuild was due."""
    before = content(work.settings.warehouse_file)
    shutil.rmtree(work.settings.lake_dir)
    with work.crawling():
        pass  # it begins with what is landed already
    build(work)
    assert content(work.settings.warehouse_file) == before
    assert library.asked() == {}


def merge_and_die(data_dir: Path, renames: int) -> None:
    """In a forked process: merge what is landed, and die before the rename with that number."""
    rename = Path.replace

    def counted(self: Path, target: Path) -> Path:
        nonlocal renames
        renames -= self.suffix == ".parquet"
        if renames < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(self, target)

    Path.replace = counted  # type: ignore[method-assign, assignment]
    with InProcess(1, date(2019, 4, 30)).workspace(data_dir).crawling():
        pass


def test_a_lost_lake_that_came_back_by_half_comes_back_whole(work: Workspace, tmp_path: Path) -> None:
    """The sync that brought it back was killed after some months."""
    before = content(work.settings.warehouse_file)
    shutil.rmtree(work.settings.lake_dir)
    said = tmp_path / "said"
    process = fork(merge_and_die, work.settings.data_dir, 2, env=os.environ, cwd=tmp_path, out=said, err=said)
    process.join()
    assert process.exitcode == -signal.SIGKILL, said.read_text()
    assert len(work.lake.months(LISTINGS)) == 2
    with work.crawling():
        pass
    build(work)
    assert content(work.settings.warehouse_file) == before


def test_details_that_come_back_from_a_backup_are_used_however_old_their_file_is(
    work: Workspace, library: InProcess
) -> None:
    """A landed file was moved away, all but one of its classes are gone, then it came back from a backup."""
    before = content(work.settings.warehouse_file)
    (file,) = work.landing.sealed("peloton", "ride_details", MONTHS[2])
    away = file.rename(file.with_suffix(".away"))
    gone = {"kind": "status", "status": 404, "json": {"status": 404}, "endpoint": "details"}
    library.faults({**gone, "after_requests": 1, "times": 0})
    crawl(work, Scope(MONTHS[2:3], classes="all"))
    library.faults()
    build(work)
    assert content(work.settings.warehouse_file)["peloton.songs"] != before["peloton.songs"]
    os.utime(away, (LONG_AGO_S, LONG_AGO_S))
    away.rename(file)
    with work.crawling():
        pass
    build(work)
    after = content(work.settings.warehouse_file)
    assert {table for table in before if after[table] != before[table]} == {"ops.coverage", "ops.differences"}
    sync_details(work, ALL, quiet)
    publish(work.settings.warehouse_file, work.lake, work.state)
    assert content(work.settings.warehouse_file) == before
