"""Addresses of the pages of `paceline explore`, and Markdown tables that lead to them.

Titles are written by strangers: in Markdown they stay text, whatever signs they hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from resources.redact import one_line
from resources.settings import load_settings

LONGEST_CELL_CHARS = 80
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@$])")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def class_page(ride_id: str) -> str:
    """The page of a class: its playlist, and where each song starts."""
    return f"{load_settings().explore_url}/classes/{quote(ride_id, safe='')}"


def instructor_page(instructor_id: str) -> str:
    """The page of an instructor: the songs they play."""
    return f"{load_settings().explore_url}/instructors/{quote(instructor_id, safe='')}"


def song_page(title: str, artists: Iterable[str] = ()) -> str:
    """The page that finds a song in all classes."""
    return f"{load_settings().explore_url}/songs?{urlencode({'q': ' '.join([title, *artists])})}"


def words(value: object, longest: int = LONGEST_CELL_CHARS) -> str:
    """A value as text of a Markdown table, in one line, nothing of it markup."""
    text = one_line("" if value is None else value, longest)
    return _MARKDOWN.sub(r"\\\1", text.translate(_HTML))


def link(text: object, address: str) -> str:
    """A link that shows some words."""
    return f"[{words(text)}]({address})"


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells that are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
