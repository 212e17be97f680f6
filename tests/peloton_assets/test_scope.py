"""Windows and options that make no sense are refused with the next step, before anything is asked."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peloton_assets.scope import Scope, month_start, months_between, next_month_start, window_months
from resources.errors import UsageProblem

TODAY = date(2024, 5, 17)
AVAILABLE = months_between(date(2019, 1, 1), TODAY)


def window(year: int | None = None, month: int | None = None) -> tuple[str, ...]:
    return window_months(year, month, AVAILABLE, TODAY)


def test_windows() -> None:
    assert window(2024, 3) == ("2024-03",)
    assert window(2024) == ("2024-01", "2024-02", "2024-03", "2024-04", "2024-05")
    assert window() == tuple(AVAILABLE)


@pytest.mark.parametrize(
    ("year", "month", "says"),
    [
        (None, 3, "--year"),
        (2024, 13, "no month 13"),
        (2024, 0, "no month 0"),
        (1999, None, "1999"),
        (2025, None, "2025"),
        (2024, 6, "2024-06"),
        (2018, None, "2018"),
    ],
)
def test_windows_that_cannot_be(year: int | None, month: int | None, says: str) -> None:
    with pytest.raises(UsageProblem, match=says):
        window(year, month)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"disciplines": ("cycling", "curling")}, "curling"),
        ({"classes": "most"}, "most"),
        ({"limit": -1}, "-1"),
        ({"limit": 0}, "0"),
        ({"months": ()}, "month"),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], says: str) -> None:
    with pytest.raises(UsageProblem, match=says):
        Scope(**({"months": ("2024-03",)} | options))  # type: ignore[arg-type]


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_months_follow_each_other_without_a_gap(one: date, other: date) -> None:
    first, last = sorted((one, other))
    months = months_between(first, last)
    assert (months[0], months[-1]) == (f"{first:%Y-%m}", f"{last:%Y-%m}")
    for month, following in pairwise(months):
        assert next_month_start(month) == month_start(following)
