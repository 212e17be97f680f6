"""The walk over a newest-first list, against a pure model of a list that changes between two page reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import BadAnswer
from resources.peloton_list import MOST_REREADS, PAGE_ROWS, ListWalk, read_page

pytestmark = pytest.mark.promise("B5")

BEGAN_S = 1_500_000_000
SLOT_S = 1_800
EARLIEST_AIR_S = 20_000
MONTH_S = 30 * 86_400


@dataclass
class Page:
    """What the walk needs of an answer."""

    payload: Any


@dataclass
class MovingList:
    """Rows (id, slot) newest first; before each answer, `changes[request]` loses and gains some."""

    length: int
    changes: dict[int, tuple[list[float], int]] = field(default_factory=dict)
    page_rows: int = PAGE_ROWS
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = [(f"class-{slot}", slot) for slot in range(self.length, 0, -1)]
        self.always_listed = {name for name, _ in self.rows}

    def fetch(self, number: int) -> Page:
        losses, gains = self.changes.get(len(self.asked), ([], 0))
        self.asked.append(number)
        for place in losses:
            if self.rows:
                gone, _ = self.rows.pop(int(place * len(self.rows)))
                self.always_listed.discard(gone)
        newest = max((slot for _, slot in self.rows), default=self.length)
        fresh = [(f"new-{len(self.asked)}-{new}", newest + new) for new in range(gains, 0, -1)]
        self.rows = fresh + self.rows
        shown = self.rows[number * self.page_rows : (number + 1) * self.page_rows]
        data = [{"id": name, "original_air_time": air_time(slot)} for name, slot in shown]
        return Page({"data": data, "total": len(self.rows)})


def air_time(slot: int) -> int:
    """Streams begin before their slot, here by hours, so the list is not quite in order of air time."""
    return BEGAN_S + slot * SLOT_S - slot * 7919 % EARLIEST_AIR_S


def walked(walk: ListWalk) -> set[str]:
    return {name for page in walk for name in page.ids}


LONG = MovingList(120 * PAGE_ROWS)
LOSSES = st.lists(st.floats(0, 0.999), max_size=130)
# As many gained as lost is the nasty case: the total does not tell that rows shifted.
CHANGE = st.tuples(LOSSES, st.integers(0, 60)) | LOSSES.map(lambda losses: (losses[:60], len(losses[:60])))
CHANGES = st.dictionaries(st.integers(0, 14), CHANGE, max_size=6)


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 900), CHANGES, st.floats(0, 1.1), st.floats(0, 1.1), st.none() | st.integers(0, 900))
def test_no_class_that_stays_listed_is_missed(
    length: int, changes: dict[int, tuple[list[float], int]], a: float, b: float, remembered: int | None
) -> None:
    """Also at every moment between: what lies behind `passed_to` was seen, since months are closed by it."""
    moving = MovingList(length, changes)
    start, end = (BEGAN_S + part * length * SLOT_S for part in sorted((a, b)))
    walk = ListWalk(moving.fetch, start, end, remembered)
    seen: set[str] = set()

    def missing(since: float) -> set[str]:
        slots = range(1, length + 1)
        due = {f"class-{slot}" for slot in slots if max(since, start - 1) < air_time(slot) < end}
        return (due & moving.always_listed) - seen

    for page in walk:
        seen.update(page.ids)
        assert not missing(walk.passed_to)
    assert not missing(start - 1)


@pytest.mark.parametrize("length", [0, 1, 99, 100, 101, 350])
def test_a_whole_walk_asks_each_page_once(length: int) -> None:
    moving = MovingList(length)
    walk = ListWalk(moving.fetch)
    assert len(walked(walk)) == length == walk.total == len(walk.ids)
    assert moving.asked == list(range(length // PAGE_ROWS + 1)), "a full page may be followed by another"
    assert walk.reached_old_end


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1), st.integers(1, 5))
def test_a_month_in_120_pages_is_reached_with_nine_requests(place: float, pages: int) -> None:
    end = BEGAN_S + place * LONG.length * SLOT_S
    walk = ListWalk(LONG.fetch, end - pages * PAGE_ROWS * SLOT_S, end)
    numbers = [page.number for page in walk]
    assert numbers.index(min(walk.window_pages)) <= 9
    assert len(numbers) <= 9 + pages + 2  # the window may begin and end within a page


@settings(max_examples=100, deadline=None)
@given(st.floats(0.01, 0.99))
def test_a_remembered_position_costs_at_most_three_requests(place: float) -> None:
    """It is counted from the old end of the list, so classes published since do not move it."""
    end = BEGAN_S + place * LONG.length * SLOT_S
    newest = max(slot for slot in range(int(place * LONG.length), 0, -1) if air_time(slot) < end)
    walk = ListWalk(LONG.fetch, end - MONTH_S, end, rows_from_end=newest)
    numbers = [page.number for page in walk]
    assert numbers.index(min(walk.window_pages)) + 1 <= 3


def answering(pages: Callable[[int], tuple[int, int, int]]) -> Callable[[int], Page]:
    """A list told by `pages(number)` = (first class, rows, total)."""

    def fetch(number: int) -> Page:
        first, rows, total = pages(number)
        data = [
            {"id": f"class-{name}", "original_air_time": 10**9 - name} for name in range(first, first + rows)
        ]
        return Page({"data": data, "total": total})

    return fetch


@pytest.mark.parametrize(
    ("what", "pages"),
    {
        "every page shows the first one": lambda number: (0, 100, 1_000),
        "two pages take turns": lambda number: (number % 2 * 100, 100, 1_000),
        "an empty page in the middle": lambda number: (number * 100, 0 if number == 3 else 100, 1_000),
        "the last page is empty": lambda number: (number * 100, 0 if number == 9 else 100, 1_000),
        "the first page is empty": lambda number: (number * 100, 0 if number == 0 else 100, 1_000),
        "the list grows for ever": lambda number: (number * 100, 100, number * 100 + 300),
    }.items(),
)
def test_a_list_that_contradicts_itself_is_not_believed(
    what: str, pages: Callable[[int], tuple[int, int, int]]
) -> None:
    with pytest.raises(BadAnswer):
        walked(ListWalk(answering(pages)))


@pytest.mark.parametrize("total", [0, 1, 99, 100, 150, 200, 300, 729, 730])
@pytest.mark.parametrize("page_rows", [PAGE_ROWS, 30])
def test_a_total_that_is_too_small_hides_no_class(total: int, page_rows: int) -> None:
    """Counts are often capped by the index behind them; a page that is not full, or nothing new, is the end."""
    rows = 730

    def pages(number: int) -> tuple[int, int, int]:
        return number * page_rows, max(0, min(page_rows, rows - number * page_rows)), total

    assert len(walked(ListWalk(answering(pages)))) == rows


def test_a_provider_that_repeats_its_last_page_ends_too() -> None:
    moving = MovingList(3 * PAGE_ROWS)
    walk = ListWalk(lambda number: moving.fetch(min(number, 2)))
    assert len(walked(walk)) == 3 * PAGE_ROWS
    assert walk.reached_old_end


def test_a_list_that_never_stops_shrinking_ends() -> None:
    moving = MovingList(2_000, {request: ([0.0], 0) for request in range(1, 500)})
    with pytest.raises(BadAnswer, match="shrinking"):
        walked(ListWalk(moving.fetch))
    assert len(moving.asked) <= 2 * MOST_REREADS + 20 + 1


@pytest.mark.parametrize("page_rows", [50, 30])
def test_smaller_pages_than_expected_are_all_read(page_rows: int) -> None:
    """The cap of 100 rows was once higher; were it lowered, the half of the library must not vanish."""
    moving = MovingList(730, page_rows=page_rows)
    assert len(walked(ListWalk(moving.fetch))) == 730


def odd_times() -> Iterator[Any]:
    yield from ("1700000000", None, True, 10**15, -(10**15), 0, 1e300, [1], {"a": 1}, float("inf"))


@pytest.mark.parametrize("time", list(odd_times()), ids=repr)
def test_a_row_with_an_odd_time_or_id_takes_no_part(time: Any) -> None:
    serial = count()
    data = [
        {"id": "good", "original_air_time": 1_700_000_000},
        {"id": "odd time", "original_air_time": time},
        {"id": next(serial), "original_air_time": 1_700_000_100},
        {"original_air_time": 1_700_000_200},
        "no row",
        None,
    ]
    page = read_page(0, Page({"data": data, "total": 6}))
    assert page.ids == ("good", "odd time")
    assert set(page.times) <= {1_700_000_000, 1_700_000_100, 1_700_000_200}
    assert page.time_of == {"good": 1_700_000_000}
