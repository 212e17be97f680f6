"""Printing for people: tables and text from providers, made harmless for a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


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
    """A table on standard output; cells wrap and are never cut."""
    shown = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        shown.add_column(Text(inert(column)), overflow="fold")
    for row in rows:
        shown.add_row(*(Text(inert(cell)) for cell in row))
    out.print(shown)


def print_json(value: Any) -> None:
    """JSON on standard output; times as RFC 3339."""

    def plain(other: object) -> object:
        return other.isoformat() if isinstance(other, date | datetime) else str(other)

    json.dump(value, sys.stdout, default=plain, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
