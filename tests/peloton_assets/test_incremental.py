"""Which months an unlimited sync still touches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from peloton_assets.incremental import SETTLED_AFTER, unsettled_months
from peloton_assets.scope import Scope, next_month_start
from resources.state import Coverage, State

MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04")
SCOPE = Scope(MONTHS)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state")


def prove(
    state: State, *months: str, resource: str = "ride_list", after_end: timedelta = SETTLED_AFTER
) -> None:
    for month in months:
        proven_at = next_month_start(month) + after_end
        state.record_coverage("peloton", [Coverage(resource, month, "complete")], "run", proven_at)


def test_nothing_is_known(state: State) -> None:
    assert unsettled_months(state, SCOPE) == MONTHS


def test_settled_months_are_left_alone_and_the_last_never_is(state: State) -> None:
    prove(state, *MONTHS)
    assert unsettled_months(state, SCOPE) == MONTHS, "their details are missing"
    prove(state, "2024-01", "2024-02", resource="ride_details:power-zone")
    assert unsettled_months(state, SCOPE) == ("2024-03", "2024-04")
    prove(state, "2024-03", "2024-04", resource="ride_details:power-zone")
    assert unsettled_months(state, SCOPE) == ("2024-04",)


def test_a_list_read_before_its_month_was_over_proves_nothing_for_good(state: State) -> None:
    prove(state, *MONTHS, resource="ride_details:power-zone")
    prove(state, "2024-01", "2024-03", "2024-04")
    prove(state, "2024-02", after_end=SETTLED_AFTER - timedelta(seconds=1))
    assert unsettled_months(state, SCOPE) == ("2024-02", "2024-03", "2024-04")


def test_a_gap_brings_back_all_months_after_it(state: State) -> None:
    """The list is walked from its top, so the months after a gap cost no request more."""
    prove(state, *MONTHS)
    prove(state, *MONTHS, resource="ride_details:power-zone")
    gap = [Coverage("ride_details:power-zone", "2024-02", "incomplete", "1 failed")]
    state.record_coverage("peloton", gap, "run", datetime.now(UTC))
    assert unsettled_months(state, SCOPE) == ("2024-02", "2024-03", "2024-04")


def test_another_rule_or_discipline_is_another_proof(state: State) -> None:
    prove(state, *MONTHS)
    prove(state, *MONTHS, resource="ride_details:power-zone")
    assert unsettled_months(state, Scope(MONTHS, classes="all")) == MONTHS
    yoga = Scope(MONTHS, disciplines=("yoga",))
    assert unsettled_months(state, yoga) == MONTHS
    prove(state, *MONTHS, resource="ride_list:yoga")
    prove(state, *MONTHS, resource="ride_details:power-zone:yoga")
    assert unsettled_months(state, yoga) == ("2024-04",)
    assert unsettled_months(state, Scope(MONTHS, disciplines=("yoga", "cycling"))) == MONTHS
