"""Lists that contradict themselves or move while they are read: no endless loop, no class missing, none twice.

And, while something is missing, nothing that calls a month complete.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Set
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from observing import coverage, listed, month_of_time, quiet
from signing_in import new_workspace, stay_signed_in

from peloton_assets.listing import sync_list
from peloton_assets.references import sync_references
from peloton_assets.scope import Scope
from peloton_assets.transform import LISTINGS, REFERENCES
from peloton_assets.workspace import Workspace
from resources.errors import BadAnswer, ProviderUnavailable
from resources.peloton_list import MOST_REREADS
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("B5")

Fault = dict[str, Any]
Faults = list[Fault]
CLASSES, LAST_DAY = 330, "2019-02-28"  # four pages, the last one short
SCOPE = Scope(("2019-01", "2019-02"))
MOST_REQUESTS = (CLASSES // 100 + 1) * MOST_REREADS  # what shrank may be read again from the first page on


@pytest.fixture(scope="module")
def moving_peloton() -> Iterator[Sandbox]:
    """A library that is edited by the tests of this file only."""
    with Sandbox(rate=0, classes=CLASSES, until=LAST_DAY) as sandbox:
        stay_signed_in(sandbox)
        yield sandbox


@pytest.fixture
def peloton(moving_peloton: Sandbox) -> Iterator[Sandbox]:
    moving_peloton.reset()
    yield moving_peloton
    moving_peloton.faults()
    moving_peloton.restore(*(row["id"] for row in moving_peloton.classes() if not row["listed"]))


def field(path: str, op: str, value: Any = None, **when: Any) -> Fault:
    return {
        "kind": "field",
        "endpoint": "archived",
        "path": path,
        "op": op,
        "value": value,
        "times": 0,
        **when,
    }


def shows(page: int, instead_of: int) -> Fault:
    """The rows of another page."""
    return {"kind": "query", "set": {"page": str(page)}, "path_contains": f"page={instead_of}&", "times": 0}


def on(page: int) -> dict[str, str]:
    return {"path_contains": f"page={page}&"}


ODDITIES: dict[str, Faults] = {
    "an empty page": [field("data", "set", [], **on(2))],
    "an empty first page": [field("data", "set", [], **on(0))],
    "an empty list": [field("data", "set", []), field("total", "set", 0)],
    "no rows": [field("data", "delete", **on(1))],
    "a page again, honestly": [shows(1, instead_of=2)],
    "a page again": [shows(1, instead_of=2), field("page", "set", 2, **on(2))],
    "the first page for ever": [{"kind": "query", "set": {"page": "0"}, "times": 0}, field("page", "delete")],
    "a list without end": [
        {"kind": "query", "set": {"page": "2"}, "after_requests": 3, "times": 0},
        field("page", "delete"),
        field("total", "set", 10**6),
    ],
    "a total that is too small": [field("total", "set", 150)],
    "a total of one page": [field("total", "set", 100)],
    "a total of nothing": [field("total", "set", 0)],
    "a total that is too large": [field("total", "set", 9_000)],
    "a total that drops once": [field("total", "set", 100, **on(2), times=1)],
    "a total that drops on a page": [field("total", "set", 100, **on(2))],
    "a total that differs once": [field("total", "add", 7, **on(1), times=1)],
    "a total that is a text": [field("total", "retype", "string")],
    "a page that is a text": [field("page", "retype", "string")],
    "a page count of one": [field("page_count", "set", 1), field("show_next", "set", False)],
    "smaller pages": [{"kind": "query", "set": {"limit": "40"}, "times": 0}],
}


def ids(work: Workspace) -> list[str]:
    files = work.lake.files(LISTINGS)
    return pl.read_parquet(files, columns=["ride_id"])["ride_id"].to_list() if files else []


def require_honest_months(work: Workspace, peloton: Sandbox, but_removed: Set[str] = frozenset()) -> None:
    """What is called complete has all its classes; what is not says why."""
    truth = Counter(
        month_of_time(row["original_air_time"])
        for row in peloton.classes()
        if row["listed"] or row["id"] in but_removed
    )
    for month, row in coverage(work, "ride_list").items():
        assert row["rows"] == truth[month] if row["state"] == "complete" else row["reason"], month


def is_complete(work: Workspace) -> bool:
    return {row["state"] for row in coverage(work, "ride_list").values()} == {"complete"}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_a_list_that_contradicts_itself_hides_no_class(
    oddity: str, work: Workspace, peloton: Sandbox, figure: Callable[[str], None]
) -> None:
    """Either it does no harm, or the next run, which meets it no more, has all classes, each once."""
    for fault in ODDITIES[oddity]:
        fault["endpoint"] = "archived"
    peloton.faults(*ODDITIES[oddity])
    with suppress(BadAnswer, ProviderUnavailable):
        sync_list(work, SCOPE, quiet)
    requests = peloton.counters()["by_endpoint"]["archived"]
    assert requests <= MOST_REQUESTS
    assert len(ids(work)) == len(set(ids(work)))
    require_honest_months(work, peloton)
    peloton.faults()
    healed = not (coverage(work, "ride_list").keys() == set(SCOPE.months) and is_complete(work))
    if healed:
        sync_list(new_workspace("afterwards"), SCOPE, quiet)
    assert sorted(ids(work)) == sorted(row["id"] for row in listed(peloton))
    assert is_complete(work)
    require_honest_months(work, peloton)
    afterwards = "then all" if healed else "all"
    figure(
        f"{oddity}: {requests} requests, no month called complete that lacks a class, {afterwards} {CLASSES}"
    )


# ------------------------------------------------------------------ lists that move


def shifts(draw: random.Random) -> Faults:
    """Classes that come and go between two page reads, anywhere in the list."""
    return [
        {
            "kind": "shift",
            "publish": draw.choice((0, 0, 1, 7, 60)),
            "remove": draw.choice((0, 1, 5, 12)),
            "page": draw.randrange(3),
            "at_request": draw.randint(1, 6),
        }
        for _ in range(draw.randint(1, 3))
    ]


def test_a_list_that_moves_hides_no_class(
    work: Workspace,
    peloton: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    figure: Callable[[str], None],
) -> None:
    """What was listed before and after the walk is stored, each class once; the next run has the rest."""
    walks, moved = size(P=3, N=60, R=200), 0
    for number in range(walks):
        monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / f"walk {number}"))
        moving = new_workspace(f"walk {number}")
        before = {row["id"] for row in listed(peloton)}
        peloton.faults(*shifts(draw))
        sync_list(moving, SCOPE, quiet)
        peloton.faults()
        after = {row["id"] for row in listed(peloton)}
        stored = ids(moving)
        assert before & after <= set(stored)
        assert len(stored) == len(set(stored))
        assert set(stored) <= {row["id"] for row in peloton.classes()}, "also what came and went meanwhile"
        moved += before != after
        sync_list(new_workspace("again"), SCOPE, quiet)
        assert after <= set(ids(moving))
        require_honest_months(moving, peloton, but_removed=set(ids(moving)) - after)
    figure(f"{walks} walks over a list of which {moved} moved meanwhile: no class missing, none twice")


# ------------------------------------------------------------------ instructors


@pytest.mark.parametrize(
    "faults",
    [
        [{"kind": "query", "set": {"limit": "10"}, "times": 0}],
        [{"kind": "field", "path": "total", "op": "set", "value": 3, "times": 0}],
        [{"kind": "field", "path": "total", "op": "set", "value": 10**6, "times": 0}],
        [{"kind": "field", "path": "page_count", "op": "set", "value": 0, "times": 0}],
    ],
    ids=["smaller pages", "a total that is too small", "a total that is too large", "no page count"],
)
def test_no_instructor_is_missed(work: Workspace, peloton: Sandbox, faults: Faults) -> None:
    whole = {row["id"] for row in work.client.instructors(0).payload["data"]}
    peloton.reset()
    peloton.faults(*({**fault, "endpoint": "instructor"} for fault in faults))
    sync_references(work)
    stored = (
        pl.read_parquet(work.lake.files(REFERENCES)).filter(pl.col("kind") == "instructor")["id"].to_list()
    )
    assert sorted(stored) == sorted(whole)
    assert peloton.counters()["by_endpoint"]["instructor"] <= len(whole) // 10 + 2
