"""What the provider counts and what is stored, per month: every difference has a row that explains it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from engine import build
from hypothesis import given
from hypothesis import strategies as st
from in_process import InProcess, crawl

from peloton_assets import checks
from peloton_assets.differences import NOT_STORED, differences, told_by_month
from peloton_assets.scope import Scope
from peloton_assets.workspace import Workspace
from resources.state import Coverage, Difference, State

pytestmark = pytest.mark.promise("G4")

MONTHS = ("2018-12", "2019-01", "2019-02", "2019-03", "2019-04")
ALL = Scope(MONTHS, classes="all")
WITH_MAY = Scope((*MONTHS, "2019-05"), classes="all")  # classes are published after the newest
LISTED = "SELECT id, reason, effect FROM ops.differences WHERE resource = 'ride_list'"
DETAILED = "SELECT id, reason, effect FROM ops.differences WHERE resource = 'ride_details:all'"
UNEXPLAINED = """
    SELECT month, resource, rows, provider_count, sum(effect)
    FROM ops.coverage LEFT JOIN ops.differences USING (source, resource, account, month)
    GROUP BY ALL HAVING rows IS DISTINCT FROM provider_count + coalesce(sum(effect), 0)
"""


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = a_library().workspace(tmp_path_factory.mktemp("fetched"))
    crawl(work, ALL)
    build(work)
    return work.settings.data_dir


def a_library() -> InProcess:
    return InProcess(130, date(2019, 4, 30))


@pytest.fixture
def library() -> InProcess:
    return a_library()


@pytest.fixture
def work(library: InProcess, fetched: Path, data_dir: Path) -> Workspace:
    return library.workspace(shutil.copytree(fetched, data_dir))


def asked(work: Workspace, sql: str) -> list[Any]:
    """Rows of the published warehouse."""
    with duckdb.connect(work.settings.warehouse_file, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def check() -> dg.AssetCheckEvaluation:
    (found,) = dg.materialize(
        [checks.counts_explained],
        selection=dg.AssetSelection.checks(checks.counts_explained),
        instance=dg.DagsterInstance.ephemeral(),
    ).get_asset_check_evaluations()
    return found


def test_a_clean_library_has_nothing_to_explain_but_what_is_not_served(
    work: Workspace, library: InProcess
) -> None:
    total = len(library.listed())
    counted = "SELECT sum(provider_count), sum(rows) FROM ops.coverage WHERE resource = 'ride_list'"
    assert asked(work, counted) == [(total, total)]
    assert asked(work, UNEXPLAINED) == []
    not_served = {row["id"] for row in library.listed() if row["details_status"] == 404}
    assert set(asked(work, "SELECT id, reason, effect FROM ops.differences")) == {
        (ride, "not_served", -1) for ride in not_served
    }
    assert check().passed


def test_every_planted_difference_has_its_row(
    work: Workspace, library: InProcess, figure: Callable[[str], None]
) -> None:
    """All at once: classes gone, listed twice, without id, without time; details refused, spoilt and left out."""
    known, before = library.listed(), set(asked(work, DETAILED))
    gone = [row["id"] for row in known[100:103]]
    library.act("remove", {"ids": gone})
    *new, newest = (row["id"] for row in library.act("publish", {"count": 8}))
    library.faults(
        *(
            {"kind": "field", "endpoint": "archived", "path_contains": "page=0", "times": 0, **planted}
            for planted in (
                {"path": "data.1.id", "op": "set", "value": newest},
                {"path": "data.2.id", "op": "set", "value": None},
                {"path": "data.3.id", "op": "delete"},
                {"path": "data.4.original_air_time", "op": "set", "value": "soon"},
                {"path": "data.4.scheduled_start_time", "op": "delete"},
                {"path": "data.20.id", "op": "set", "value": known[20]["id"]},
            )
        ),
        {"kind": "html", "endpoint": "details", "id": new[0], "times": 0},
        {"kind": "status", "status": 404, "json": {}, "endpoint": "details", "id": new[1], "times": 0},
    )
    crawl(work, WITH_MAY)
    build(work)
    listed = {
        *((ride, "not_listed", 1) for ride in gone),
        (known[20 - 8]["id"], "not_listed", 1),  # its row took the id of another
        (known[20]["id"], "listed_twice", -1),
        (newest, "listed_twice", -1),
        ("", "unplaced", -2),
        (new[3], "unplaced", -1),
    }
    assert set(asked(work, LISTED)) == listed
    assert set(asked(work, DETAILED)) - before == {(new[0], "failed", -1), (new[1], "not_served", -1)}
    assert asked(work, "SELECT sum(provider_count) FROM ops.coverage WHERE resource = 'ride_list'") == [
        (len(library.listed()),)
    ]
    assert asked(work, UNEXPLAINED) == []
    assert check().passed
    library.faults()
    crawl(work, Scope(WITH_MAY.months, classes="all", limit=1))
    build(work)
    assert {reason for _, reason, _ in asked(work, LISTED)} == {"not_listed"}
    left_out = [ride for ride, reason, _ in asked(work, DETAILED) if reason == "left_out"]
    assert len(left_out) == 4, "of five that had no details"
    assert asked(work, UNEXPLAINED) == []
    figure(f"{len(listed) + 2} kinds of planted difference, all explained; 0 months unexplained")


MARCH = ("ride_list", "2024-03", "complete")
ROWS = st.lists(
    st.tuples(st.none() | st.sampled_from("abcdefgh"), st.none() | st.integers(1, 4)), max_size=30
)


@given(st.lists(ROWS, max_size=4), st.sets(st.sampled_from("abcdefgh")))
def test_the_rows_add_up_whatever_was_told_and_stored(pages: list[Any], stored: set[str]) -> None:
    """Also when a listed class is not stored, which would be our fault."""
    days = [tuple((item, day and day * 20 * 86_400) for item, day in page) for page in pages]
    told = told_by_month(days, otherwise="1970-02")
    assert sum(map(len, told.values())) == sum(map(len, pages))
    for rows in told.values():
        found = differences(rows, stored)
        assert len(stored) == len(rows) + sum(each.effect for each in found)
        lost = {each.item for each in found if each.reason == NOT_STORED}
        assert lost == {item for item, has_time in rows if item and has_time} - stored


@pytest.mark.parametrize(
    "planted",
    [
        Coverage(*MARCH, rows=5, provider_count=6),
        Coverage(*MARCH, rows=6, provider_count=6, differences=(Difference("x", "failed"),)),
        Coverage(*MARCH, rows=5, provider_count=6, differences=(Difference("x", NOT_STORED),)),
    ],
    ids=["no row explains it", "a row too many", "a class was lost"],
)
def test_the_check_finds_what_does_not_add_up(data_dir: Path, planted: Coverage) -> None:
    state, now = State(data_dir / "state"), datetime.now(UTC)
    explained = Coverage(*MARCH, rows=5, provider_count=6, differences=(Difference("y", "not_served"),))
    state.record_coverage("peloton", [explained], "a", now)
    assert check().passed
    state.record_coverage("peloton", [planted], "b", now)
    found = check()
    assert not found.passed
    assert "2024-03" in str(found.metadata["first of them"].value)
