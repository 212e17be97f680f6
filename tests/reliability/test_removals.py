"""Removed classes: marked only after a clean walk over everything, never deleted, unmarked when listed again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from in_process import InProcess, crawl
from observing import by_id, quiet, rows

from peloton_assets.full_walk import ALWAYS_BELIEVED, MOST_REMOVED_SHARE, UncleanWalk, WalkFindings, full_walk
from peloton_assets.listing import sync_list
from peloton_assets.rebuild import rebuild
from peloton_assets.scope import Scope
from peloton_assets.transform import LIBRARY_TABLES, build_months, connect, stale_months
from peloton_assets.workspace import Workspace
from resources.errors import BadAnswer, ProviderUnavailable

pytestmark = pytest.mark.promise("G2")

MONTHS = ("2018-12", "2019-01", "2019-02", "2019-03", "2019-04")
CLASSES = 300
DETAILED = "cycling"  # of these only Power Zone classes are asked for, some dozen


def a_library() -> InProcess:
    return InProcess(CLASSES, date(2019, 4, 30))


def build(work: Workspace) -> None:
    with connect() as connection:
        build_months(connection, work.lake, stale_months(work.lake, *LIBRARY_TABLES), LIBRARY_TABLES)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after a sync and a clean walk."""
    work = a_library().workspace(tmp_path_factory.mktemp("walked"))
    crawl(work, Scope(MONTHS), DETAILED, names=False)
    assert full_walk(work, MONTHS, quiet, accept_removals=False).newly_removed == 0
    build(work)
    return work.settings.data_dir


@pytest.fixture
def library() -> InProcess:
    return a_library()


@pytest.fixture
def work(library: InProcess, walked: Path, tmp_path: Path) -> Workspace:
    return library.workspace(shutil.copytree(walked, tmp_path / "data"))


def walk(work: Workspace, accept_removals: bool = False) -> WalkFindings:
    """A full walk, and the table of classes as its asset builds it."""
    findings = full_walk(work, MONTHS, quiet, accept_removals)
    with connect() as connection:
        build_months(connection, work.lake, stale_months(work.lake, "peloton.rides"), ["peloton.rides"])
    return findings


def removed(work: Workspace) -> set[str]:
    return {ride for ride, row in by_id(work.lake, "peloton.rides").items() if row["removed_at"] is not None}


def ids(library: InProcess) -> list[str]:
    return [row["id"] for row in library.listed()]


def test_marks_that_a_stop_kept_from_the_table_come_with_the_next_build(
    work: Workspace, library: InProcess
) -> None:
    """A walk is recorded before its table is built; in a month that lists nothing any more nothing else changes."""
    month = [
        ride
        for ride, row in by_id(work.lake, "peloton.rides").items()
        if f"{row['air_month']:%Y-%m}" == MONTHS[0]
    ]
    library.act("remove", {"ids": month})
    full_walk(work, MONTHS, quiet, accept_removals=True)
    build(work)
    assert set(month) <= removed(work)


def kept(work: Workspace) -> dict[str, int]:
    """Rows of every table."""
    return {table: len(rows(work.lake, table)) for table in LIBRARY_TABLES}


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0], ids=["one", "a tenth", "all"])
def test_what_is_gone_is_marked_and_kept(
    work: Workspace, library: InProcess, share: float, figure: Callable[[str], None]
) -> None:
    before, known = kept(work), len(ids(library))
    gone = set(ids(library)[:: round(1 / share)] if share else ids(library)[7:8])
    library.act("remove", {"ids": list(gone)})
    if share == 1:
        with pytest.raises(UncleanWalk, match=r"accept_removals"):
            walk(work)
        build(work)
        assert removed(work) == set()
    findings = walk(work, accept_removals=share == 1)
    assert findings.newly_removed == len(gone)
    assert findings.total == len(ids(library)) == known - len(gone)
    build(work)
    assert removed(work) == gone
    assert kept(work) == before, "no class and no song is deleted"
    figure(f"{len(gone)} of {known} removed: {len(gone)} marked, 0 rows lost")


def test_more_than_a_fifth_is_asked_about(work: Workspace, library: InProcess) -> None:
    most = int(MOST_REMOVED_SHARE * len(ids(library)))
    assert most > ALWAYS_BELIEVED
    all_ids = ids(library)
    library.act("remove", {"ids": all_ids[: most + 1]})
    with pytest.raises(UncleanWalk, match=f"{most + 1} of {len(all_ids)} known classes are gone"):
        walk(work)
    library.act("restore", {"ids": all_ids[:1]})
    assert walk(work).newly_removed == most
    assert removed(work) == set(all_ids[1 : most + 1])


def test_a_class_that_is_listed_again_loses_its_mark(work: Workspace, library: InProcess) -> None:
    gone = library.act("remove", {"count": 3, "page": 1})
    walk(work)
    assert removed(work) == set(gone)
    library.act("restore", {"ids": gone})
    assert walk(work).relisted == 3
    assert removed(work) == set()


def test_every_absence_is_kept(work: Workspace, library: InProcess) -> None:
    """Also after a rebuild; a class seen by a sync between two walks comes with the next walk."""
    gone = library.act("remove", {"count": 3, "page": 1})
    walks = [walk(work).newly_removed]
    library.act("restore", {"ids": gone})
    sync_list(work, Scope(MONTHS, refresh=True), quiet)
    walks += [walk(work).relisted, walk(work).relisted]
    library.act("remove", {"ids": gone[:2]})
    walk(work)
    library.act("restore", {"ids": gone[:1]})
    walk(work)
    assert walks == [3, 3, 0]
    moments = [row["ended_at"] for row in rows(work.lake, "staging.full_walks")]
    first, again, _, second, second_again = sorted(moments)[1:]
    absences = {ride: row["absences"] for ride, row in by_id(work.lake, "peloton.rides").items()}
    assert [len(absences[ride]) for ride in gone] == [2, 1, 1]
    assert absences[gone[0]] == [
        {"removed_at": first, "relisted_at": again},
        {"removed_at": second, "relisted_at": second_again},
    ]
    assert removed(work) == {gone[1]}
    rebuild(work.lake, work.landing)
    assert {ride: row["absences"] for ride, row in by_id(work.lake, "peloton.rides").items()} == absences


def test_marks_survive_a_rebuild_from_the_landing_zone(work: Workspace, library: InProcess) -> None:
    gone = set(library.act("remove", {"count": 4, "page": 0}))
    walk(work)
    before = by_id(work.lake, "peloton.rides")
    rebuild(work.lake, work.landing)
    assert by_id(work.lake, "peloton.rides") == before
    assert removed(work) == gone


def test_a_walk_over_a_list_that_grows_meanwhile_marks_nothing(work: Workspace, library: InProcess) -> None:
    library.act("remove", {"count": 2, "page": 2})
    library.faults({"kind": "shift", "after_requests": 1, "publish": 3})
    with pytest.raises(UncleanWalk, match="counts"):
        walk(work)
    build(work)
    assert removed(work) == set()


def test_a_walk_that_fails_half_way_marks_nothing(work: Workspace, library: InProcess) -> None:
    library.act("remove", {"count": 2, "page": 0})
    library.faults({"kind": "status", "status": 503, "endpoint": "archived", "after_requests": 2, "times": 0})
    with pytest.raises(ProviderUnavailable):
        walk(work)
    library.faults()
    sync_list(work, Scope(MONTHS), quiet)
    build(work)
    assert removed(work) == set(), "an ordinary sync never marks"


def test_a_changed_filter_of_the_account_is_no_purge(work: Workspace, library: InProcess) -> None:
    library.peloton.settings["hide_explicit_rides"] = True
    with pytest.raises(UncleanWalk, match="filter"):
        walk(work)
    build(work)
    assert removed(work) == set()


def test_a_list_that_answers_empty_is_no_walk(work: Workspace, library: InProcess) -> None:
    library.faults({"kind": "json", "value": {"data": [], "total": 400}, "endpoint": "archived", "times": 0})
    with pytest.raises(BadAnswer):
        walk(work)
    build(work)
    assert removed(work) == set()


def test_a_walk_costs_one_request_a_page(work: Workspace, library: InProcess) -> None:
    library.asked()
    walk(work)
    assert library.asked() == {"archived": -(-len(ids(library)) // 100)}
