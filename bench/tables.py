"""Plain tables: the first columns are words, the others numbers."""

from __future__ import annotations

from collections.abc import Sequence


def show(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns; what stands below a column of numbers is set to the right."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    is_number = [all(not cell or cell[0].isdigit() for cell in column) for column in zip(*rows, strict=True)]
    for row in (columns, *rows):
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, is_number, strict=True)
        ]
        print("  ".join(cells).rstrip())
