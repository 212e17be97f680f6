"""Printing for people: tables and text from providers, made harmless for a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
NARROWEST_COLUMN = 10  # characters, borders included; in less a word a line is left
WIDEST = 10_000


def inert(value: object) -> str:
    """One line without control characters: a title with escape codes must not drive the terminal."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """A table on standard output; cells wrap and are never cut. More columns than a terminal can hold become lines."""
    shown = Table(title=title, title_justify="left", header_style="bold")
    lines = [[inert(cell) for cell in row] for row in rows]
    for column in columns:
        shown.add_column(Text(inert(column)), overflow="fold")
    for line in lines:
        shown.add_row(*map(Text, line))
    if out.is_terminal and len(columns) * NARROWEST_COLUMN > out.width:
        _records(columns, lines, title)
    elif out.is_terminal:
        out.print(shown)
    else:  # a file or a pipe is as wide as it needs to be
        width = Measurement.get(out, out.options.update(max_width=WIDEST), shown).maximum
        Console(file=out.file, highlight=False, width=max(out.width, width)).print(shown)


def _records(columns: Sequence[str], lines: Iterable[Sequence[str]], title: str | None) -> None:
    """One line per value, one paragraph per row."""
    names = [inert(column) for column in columns]
    width = max(map(len, names), default=0)
    if title:
        out.print(Text(title, style="italic"))
    for line in lines:
        for name, cell in zip(names, line, strict=True):
            out.print(Text(f"{name:<{width}}  {cell}"), soft_wrap=True)
        out.print()


def print_json(value: Any) -> None:
    """JSON on standard output; times as RFC 3339, and signs that could drive a terminal as their numbers."""

    def plain(other: object) -> object:
        return other.isoformat() if isinstance(other, date | datetime) else str(other)

    text = json.dumps(value, default=plain, ensure_ascii=False, indent=2)
    escaped = {ord(sign): _escaped(sign) for sign in set(text) if not sign.isprintable() and sign != "\n"}
    sys.stdout.write(text.translate(escaped) + "\n")


def _escaped(sign: str) -> str:
    """As JSON spells it by numbers: one, or two beyond the first 65,536."""
    pair = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{pair[place : place + 2].hex()}" for place in range(0, len(pair), 2))
