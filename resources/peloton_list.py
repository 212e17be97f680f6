"""Walking Peloton's class list: newest first, no date filter, 100 rows a page, moving while we read.

Pure paging logic over a `fetch(page)` function; knows no HTTP, SQL or Dagster. The surprising thing:
`page_count` cannot be believed (it follows the limit that was asked for), so the end of the list comes from
`total`, and from `total` only together with a page that is not full: a provider that counts too few would hide
all others. A drop of `total` between two pages means that a row may have slipped onto a page already read,
which is then read again (shared/facts, live 2026-10).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol

from resources.errors import BadAnswer

PAGE_ROWS = 100  # the server's cap, whatever limit is asked (live 2026-10)
# 2000 and 2100: what lies outside is no time of a class; `unix_time` of the statements says the same.
EARLIEST_TIME_S, LATEST_TIME_S = 946_684_800, 4_102_444_800
MOST_PAGES = 5_000  # ten times the whole library of 2026; a list longer than this never ends
MOST_REREADS = 25


class ListAnswer(Protocol):
    """A believed answer of the archived list: `payload` has `data` (rows) and `total`."""

    @property
    def payload(self) -> Any: ...


Entry = tuple[str | None, int | None]  # id and time of a row, as far as they are usable


@dataclass(frozen=True)
class ListPage:
    """One page as it came, with what the walk needs of it. Times are Unix seconds."""

    number: int
    answer: Any
    entries: tuple[Entry, ...]
    ids: tuple[str, ...]
    times: tuple[int, ...]
    time_of: dict[str, int]
    total: int

    @property
    def row_count(self) -> int:
        return len(self.entries)

    @property
    def rows_left(self) -> int:
        return max(0, self.total - self.number * PAGE_ROWS)

    @property
    def agrees_with_total(self) -> bool:
        """Whether it has just the rows that `total` leaves for it."""
        return self.row_count == min(PAGE_ROWS, self.rows_left)

    def entirely_newer(self, end: float) -> bool:
        return bool(self.times) and min(self.times) >= end

    def entirely_older(self, start: float) -> bool:
        return bool(self.times) and max(self.times) < start


def read_page(number: int, answer: ListAnswer) -> ListPage:
    """Read what paging needs. A row without a usable time or id takes no part in it."""
    entries = tuple(_entry(row) if isinstance(row, dict) else (None, None) for row in answer.payload["data"])
    return ListPage(
        number,
        answer,
        entries,
        ids=tuple(name for name, _ in entries if name is not None),
        times=tuple(moment for _, moment in entries if moment is not None),
        time_of={name: moment for name, moment in entries if name is not None and moment is not None},
        total=int(answer.payload["total"]),
    )


def _entry(row: dict[str, Any]) -> Entry:
    return row["id"] if isinstance(row.get("id"), str) else None, _time_of(row)


def _time_of(row: dict[str, Any]) -> int | None:
    for moment in (row.get("original_air_time"), row.get("scheduled_start_time")):
        if isinstance(moment, int | float) and EARLIEST_TIME_S <= moment <= LATEST_TIME_S:
            return round(moment)  # as the statements do
    return None


class ListWalk:
    """One walk over the pages that hold [start, end) Unix seconds. Iterate it once, then read its findings.

    Raises BadAnswer when the list contradicts itself (ends early, repeats itself, shrinks or grows for ever).
    """

    def __init__(
        self,
        fetch: Callable[[int], ListAnswer],
        start: float = float("-inf"),
        end: float = float("inf"),
        rows_from_end: int | None = None,
    ) -> None:
        self._fetch = fetch
        self._start = start
        self._end = end
        self._rows_from_end = rows_from_end
        self._latest: ListPage | None = None  # an older one may have moved although the total is the same
        self._most_total = 0  # the largest total since the last page that was proven gapless
        self._total_misleads = False  # pages of another size, or a wrong total: it tells no last page
        self.total = 0
        self.requests = 0
        self.probes = 0
        self.rereads = 0
        self.ids: set[str] = set()
        self.window_pages: set[int] = set()
        self.reached_old_end = False
        self.passed_to = float("inf")  # a whole page at or before this time was read without a gap

    def __iter__(self) -> Iterator[ListPage]:
        """Every page asked for, probes of the position included, each as soon as it arrived."""
        number = yield from self._find_first_page()
        furthest = number - 1
        while True:
            page = self._latest
            if page is None or page.number != number:
                page = self._ask(number)
                yield page
            lost = self._most_total - page.total
            self._most_total = page.total
            if lost > 0 and number > 0:
                self.rereads += 1
                if self.rereads > MOST_REREADS:
                    raise BadAnswer("The class list keeps shrinking while it is read", "Sync again later.")
                number = max(0, number - ceil(lost / PAGE_ROWS))
                continue
            self._total_misleads = self._total_misleads or not page.agrees_with_total
            is_end = self._is_end(page)
            if number > furthest and lost == 0 and not is_end and page.ids and self.ids.issuperset(page.ids):
                raise BadAnswer(f"The class list repeats itself on page {number}", "Sync again later.")
            furthest = max(furthest, number)
            self.ids.update(page.ids)
            self.window_pages.add(number)
            if page.times:
                self.passed_to = min(self.passed_to, max(page.times))
            if is_end:
                self.reached_old_end = True
                return
            if page.entirely_older(self._start):
                return
            if not page.ids:
                raise BadAnswer(
                    f"The class list ended on page {number} although it counts {page.total} classes",
                    "Sync again; the months reached so far are kept.",
                )
            number += 1

    def _is_end(self, page: ListPage) -> bool:
        if not page.rows_left and self.ids.issuperset(page.ids):
            return True  # beyond the total, and nothing new there
        return not self._total_misleads and page.row_count < PAGE_ROWS

    def _find_first_page(self) -> Generator[ListPage, None, int]:
        """Search for the first page that is not entirely newer than the window; the order is by time."""
        first = self._ask(0)
        yield first
        pages = max(1, ceil(first.total / PAGE_ROWS))
        if pages == 1 or not first.entirely_newer(self._end):
            return 0
        newer, rest = 0, pages  # page `newer` is entirely newer than the window, page `rest` is not
        guess = None
        if self._rows_from_end is not None:
            guess = max(0, first.total - self._rows_from_end) // PAGE_ROWS
        while rest - newer > 1:
            number = guess if guess is not None and newer < guess < rest else (newer + rest) // 2
            page = self._ask(number)
            self.probes += 1
            yield page
            if not page.ids and number < pages - 1:
                raise BadAnswer(f"Page {number} of the class list is empty", "Sync again.")
            if page.entirely_newer(self._end):
                newer, guess = number, number + 1 if number == guess else None
            else:
                rest, guess = number, number - 1 if number == guess else None
        return min(rest, pages - 1)

    def _ask(self, number: int) -> ListPage:
        if self.requests >= MOST_PAGES:
            raise BadAnswer("The class list does not end", "Sync again later.")
        self.requests += 1
        page = self._latest = read_page(number, self._fetch(number))
        self.total = page.total
        self._most_total = max(self._most_total, page.total)
        return page
