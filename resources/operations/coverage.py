"""Which months are complete, incomplete or unknown: one row per source, resource, account and year, twelve cells.

Surprising: only of the public library it is known which months there must be, so only there a month without a record
is shown as unknown. Of everything else a month without a record may simply be empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import escape

from resources.state import State

STATES = ("complete", "incomplete", "unknown")
SIGNS = {"complete": "#", "incomplete": "!", "unknown": "?", None: " "}
COLOURS = {"complete": "#2e9e5b", "incomplete": "#d9a400", "unknown": "#8a8f98"}
CELL_PX, LABEL_PX, HEAD_PX = 18, 330, 34
MONTHS = "JFMAMJJASOND"


@dataclass(frozen=True)
class Year:
    """The months of a year, January first; None where there is nothing to know."""

    source: str
    resource: str
    account: str
    year: str
    months: tuple[str | None, ...]

    def count(self, state: str) -> int:
        return self.months.count(state)

    @property
    def name(self) -> str:
        """What it is about, for a person."""
        return f"{self.source} {self.resource}{f' of {self.account}' if self.account else ''}"


def years(state: State, expected: Mapping[str, Collection[str]], source: str | None = None) -> list[Year]:
    """All years of which something is known; `expected` are months that a source's public resources must have."""
    states: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for row in state.rows("SELECT source, resource, account, month, state FROM coverage"):
        if source in (None, row["source"]):
            states[row["source"], row["resource"], row["account"]][row["month"]] = row["state"]
    found = []
    for (of, resource, account), known in sorted(states.items()):
        every = {} if account else dict.fromkeys(expected.get(of, ()), "unknown")
        told = every | known
        for year in sorted({month[:4] for month in told}):
            months = tuple(told.get(f"{year}-{number:02}") for number in range(1, 13))
            found.append(Year(of, resource, account, year, months))
    return found


def heat_map(rows: Collection[Year]) -> str:
    """The same as a picture (SVG): a square a month, with its sign, so that it can be read without colours.

    Empty where nothing is known.
    """
    if not rows:
        return ""
    width, height = LABEL_PX + 12 * CELL_PX, HEAD_PX + len(rows) * CELL_PX
    legend = ", ".join(f"{SIGNS[state]} {state}" for state in STATES)
    shapes = [f'<text x="0" y="12">{legend}</text>']
    for column, letter in enumerate(MONTHS):
        shapes.append(f'<text x="{LABEL_PX + column * CELL_PX + 5}" y="{HEAD_PX - 5}">{letter}</text>')
    for line, row in enumerate(rows):
        top = HEAD_PX + line * CELL_PX
        shapes.append(f'<text x="0" y="{top + 13}">{escape(row.name)} {row.year}</text>')
        for column, state in enumerate(row.months):
            if state is not None:
                left = LABEL_PX + column * CELL_PX
                shapes.append(
                    f'<rect x="{left}" y="{top}" width="{CELL_PX - 1}" height="{CELL_PX - 1}"'
                    f' fill="{COLOURS[state]}"><title>{row.year}-{column + 1:02} {state}</title></rect>'
                    f'<text x="{left + 5}" y="{top + 13}" fill="#fff">{SIGNS[state]}</text>'
                )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' font-family="sans-serif" font-size="12" fill="#888">{"".join(shapes)}</svg>'
    )
