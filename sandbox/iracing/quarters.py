"""The service's quarters: thirteen weeks each, begun on a Tuesday, one after the other without a gap.

The season year is not the calendar year: its first quarter begins in December of the year before.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sandbox.iracing.patterns import QUARTER_DAYS

ANCHOR = date(2025, 12, 16)  # a Tuesday, the first day of 2026 Season 1
ANCHOR_YEAR = 2026


class Quarter(NamedTuple):
    year: int
    quarter: int

    @property
    def start(self) -> date:
        return ANCHOR + timedelta(days=QUARTER_DAYS * ((self.year - ANCHOR_YEAR) * 4 + self.quarter - 1))

    @property
    def number(self) -> int:
        return self.year * 4 + self.quarter - 1

    @property
    def title(self) -> str:
        return f"{self.year} Season {self.quarter}"

    @classmethod
    def of_number(cls, number: int) -> Quarter:
        return cls(number // 4, number % 4 + 1)

    @classmethod
    def containing(cls, day: date) -> Quarter:
        return cls.of_number(ANCHOR_YEAR * 4 + (day - ANCHOR).days // QUARTER_DAYS)
