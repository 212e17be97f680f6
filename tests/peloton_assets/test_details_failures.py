"""Details that fail: one class, all of them, or the right to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from observing import SUMMER, asked, coverage, failures, newest, quiet, staged

from peloton_assets.details import plan_details, sync_details
from peloton_assets.queue import OUTAGE_AFTER_FAILURES
from peloton_assets.scope import Scope
from peloton_assets.workspace import Workspace
from resources.errors import LimitReached, ProviderRefused, ProviderUnavailable
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("B3")

NewRun = Callable[[], Workspace]


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "status": 500},
    {"kind": "html"},
    {"kind": "json", "value": {}},
    {"kind": "json", "value": []},
    {"kind": "json", "value": None},
    {"kind": "truncate", "at_byte": 2_000},
    {"kind": "field", "path": "ride.id", "op": "set", "value": "another"},
    {"kind": "reset"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(sorted(fault.values(), key=str)))
def test_one_class_that_always_fails_does_not_stop_the_others(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun, fault: dict[str, Any]
) -> None:
    order = newest(peloton)
    peloton.faults({**fault, "endpoint": "details", "id": order[3], "times": 0})
    result = sync_details(listed_work, SUMMER, quiet)
    assert staged(listed_work) == set(order) - {order[3]}
    assert result.counts.errors >= 1
    month = coverage(listed_work, "ride_details:all")["2020-08"]
    assert (month["state"], month["reason"]) == ("incomplete", "1 failed and are tried again by the next run")
    assert failures(listed_work)[order[3]]["attempts"] == 1
    sync_details(another_run(), SUMMER, quiet)
    assert failures(listed_work)[order[3]]["attempts"] == 2
    peloton.faults()
    sync_details(another_run(), SUMMER, quiet)
    assert staged(listed_work) == set(order)
    assert order[3] not in failures(listed_work)
    assert coverage(listed_work, "ride_details:all")["2020-08"]["state"] == "complete"


def test_a_limit_gets_past_classes_that_fail(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun
) -> None:
    order = newest(peloton)
    peloton.faults({"kind": "json", "value": {}, "endpoint": "details", "id": order[:2], "times": 0})
    limited = Scope(SUMMER.months, classes="all", limit=2)
    for _ in range(3):
        sync_details(another_run(), limited, quiet)
    assert staged(listed_work) == set(order[2:6])


def test_an_outage_stops_and_the_next_run_asks_only_the_rest(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun
) -> None:
    peloton.faults({"kind": "status", "status": 503, "endpoint": "details", "after_requests": 10, "times": 0})
    with pytest.raises(ProviderUnavailable, match=f"{OUTAGE_AFTER_FAILURES} classes in a row"):
        sync_details(listed_work, SUMMER, quiet)
    kept = staged(listed_work)
    assert len(kept) == 10
    assert {row["state"] for row in coverage(listed_work, "ride_details:all").values()} == {"incomplete"}
    peloton.faults()
    peloton.reset()
    sync_details(another_run(), SUMMER, quiet)
    assert staged(listed_work) == set(newest(peloton))
    not_served = sum(row["error_class"] == "NotServed" for row in failures(listed_work).values())
    assert asked(peloton)["details"] == len(newest(peloton)) - 10 + not_served


def test_what_failed_before_is_asked_last(
    listed_work: Workspace, peloton: Sandbox, another_run: NewRun
) -> None:
    """Else a few classes that always fail one after the other would look like an outage in every run."""
    order = newest(peloton)
    peloton.faults({"kind": "json", "value": {}, "endpoint": "details", "id": order[:2], "times": 0})
    sync_details(listed_work, SUMMER, quiet)
    refresh = Scope(SUMMER.months, classes="all", refresh=True)
    assert [ride.item for ride in plan_details(another_run(), refresh).to_ask] == order[2:] + order[:2]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 403, "text": "error code: 1015"}, ProviderRefused),
        ({"kind": "status", "status": 429, "retry_after": "seconds:3600"}, LimitReached),
    ],
)
def test_a_refusal_stops_at_once_and_blames_no_class(
    listed_work: Workspace, peloton: Sandbox, fault: dict[str, Any], error: type[Exception]
) -> None:
    peloton.faults({**fault, "endpoint": "details", "after_requests": 12, "times": 0})
    with pytest.raises(error):
        sync_details(listed_work, SUMMER, quiet)
    assert len(staged(listed_work)) == 12
    assert not [row for row in failures(listed_work).values() if row["error_class"] != "NotServed"]
