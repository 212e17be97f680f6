"""A list that breaks off or answers nonsense: nothing of it is believed, nothing else is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from observing import by_id, coverage, everything, failures, listed, listed_by_month, quiet

from peloton_assets.listing import sync_list
from peloton_assets.transform import LISTINGS
from peloton_assets.workspace import Workspace
from resources.errors import BadAnswer, ProviderUnavailable
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("B4")


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


UNBELIEVABLE: list[dict[str, Any]] = [
    {"kind": "html"},
    {"kind": "json", "value": {}},
    {"kind": "json", "value": []},
    {"kind": "json", "value": None},
    {"kind": "truncate", "at_byte": 9_000},
    {"kind": "field", "path": "data", "op": "set", "value": []},
    {"kind": "field", "path": "total", "op": "delete"},
    {"kind": "field", "path": "page", "op": "set", "value": 0},
    {"kind": "field", "path": "data.*.id", "op": "delete"},
    {"kind": "status", "status": 503},
]


@pytest.mark.parametrize("fault", UNBELIEVABLE, ids=lambda fault: str(sorted(fault.items())))
def test_a_page_that_cannot_be_believed_is_never_taken_for_the_end(
    work: Workspace, peloton: Sandbox, fault: dict[str, Any]
) -> None:
    """The pages before it stay, their months are complete; the others say why they are not."""
    peloton.faults({**fault, "endpoint": "archived", "path_contains": "page=2", "times": 0})
    with pytest.raises((BadAnswer, ProviderUnavailable)):
        sync_list(work, everything(), quiet)
    assert len(by_id(work.lake, LISTINGS)) == 200
    found, truth = coverage(work, "ride_list"), listed_by_month(peloton)
    assert {row["state"] for row in found.values()} == {"complete", "incomplete"}
    for month, row in found.items():
        assert row["rows"] == truth[month] if row["state"] == "complete" else row["reason"]


def test_classes_with_an_odd_time_keep_their_slot_and_stop_nobody(work: Workspace, peloton: Sandbox) -> None:
    odd = [10**15, -5, "soon", True, 1e300, [], None, {"unix": 1}, 0, 4_102_444_801]
    peloton.faults(*(
        {"kind": "field", "path": f"data.{place}.original_air_time", "op": "set", "value": time, "times": 0}
        for place, time in enumerate(odd, 3)
    ))  # fmt: skip
    result = sync_list(work, everything(), quiet)
    assert by_id(work.lake, LISTINGS).keys() == {row["id"] for row in listed(peloton)}
    assert result.counts.errors == 0


def test_a_list_that_broke_off_is_read_to_its_end_by_the_next_run(
    work: Workspace, peloton: Sandbox, another_run: Callable[[], Workspace]
) -> None:
    peloton.faults({"kind": "html", "endpoint": "archived", "path_contains": "page=2", "times": 0})
    with pytest.raises(BadAnswer):
        sync_list(work, everything(), quiet)
    peloton.faults()
    sync_list(another_run(), everything(), quiet)
    assert by_id(work.lake, LISTINGS).keys() == {row["id"] for row in listed(peloton)}
    assert {row["state"] for row in coverage(work, "ride_list").values()} == {"complete"}


def test_a_class_that_cannot_be_placed_is_told_and_the_others_stay(
    work: Workspace, peloton: Sandbox, another_run: Callable[[], Workspace]
) -> None:
    lost = listed(peloton)[3]["id"]
    gone = [{"kind": "field", "path": f"data.3.{name}", "op": "delete", "times": 1}
            for name in ("original_air_time", "scheduled_start_time")]  # fmt: skip
    peloton.faults(*gone)
    result = sync_list(work, everything(), quiet)
    assert by_id(work.lake, LISTINGS).keys() == {row["id"] for row in listed(peloton)} - {lost}
    assert result.counts.errors == 1
    assert set(failures(work)) == {lost}
    sync_list(another_run(), everything(), quiet)
    assert failures(work) == {}
