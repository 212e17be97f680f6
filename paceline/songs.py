"""`paceline songs`: which class plays a song, and from what second on.

The search is `paceline/song_search.py`; in SQL anybody can call it as `peloton.search_songs`. Filters are applied
before the list is cut, so that a common word with an instructor's name still finds all of that instructor's classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from paceline.show import inert, out, print_json, table
from paceline.song_filters import Question
from paceline.song_search import FIELDS, Hit, SongSearch
from resources.errors import UsageProblem
from resources.settings import load_settings
from resources.warehouse import require_warehouse

COLUMNS = ("song", "artists", "class", "instructor", "date", "length", "starts at", "score", "found by")
NARROWEST_TABLE = 100  # columns of the terminal; below, each hit is a paragraph
LONGEST_CLASS_MINUTES = 24 * 60
MOST_HITS = 1_000_000
OPTIONS = {("explicit", False): "--clean", ("taken", False): "--not-taken"}
NOT_GIVEN: tuple[Any, ...] = (None, ())


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("songs")(songs)


def songs(
    query: list[str] | None = typer.Argument(
        None,
        metavar="[QUERY]",
        help="Words of title, artist and album, in any order, misspelt or not.",
        show_default=False,
    ),
    artist: str | None = typer.Option(None, help="Only songs by this artist, about."),
    title: str | None = typer.Option(None, help="Only songs with this title, about."),
    album: str | None = typer.Option(None, help="Only songs of this album, about."),
    instructor: list[str] | None = typer.Option(
        None, help="Only classes of this instructor, about; give it again for several."
    ),
    not_instructor: list[str] | None = typer.Option(
        None, help="No classes of this instructor; may be repeated."
    ),
    discipline: str | None = typer.Option(None, help="Only classes of this discipline, such as cycling."),
    minutes: list[int] | None = typer.Option(None, help="Only classes of this length; may be repeated."),
    difficulty: str | None = typer.Option(None, help="Only beginner, intermediate or advanced classes."),
    language: str | None = typer.Option(None, help="Only classes in this language, such as german."),
    zone: str | None = typer.Option(
        None, help="Only Power Zone classes of this kind: power zone, endurance, max, ftp test."
    ),
    since: str | None = typer.Option(None, help="Only classes since this day, such as 2024-03-01 (UTC)."),
    until: str | None = typer.Option(None, help="Only classes before this day (UTC)."),
    explicit: bool | None = typer.Option(
        None, "--explicit/--clean", help="Only songs marked explicit, or none of them."
    ),
    taken: bool | None = typer.Option(
        None, "--taken/--not-taken", help="Only classes that you took, or never took."
    ),
    not_taken_since: str | None = typer.Option(
        None, help="Only classes that you did not take since this day."
    ),
    longest_ago: bool = typer.Option(
        False, "--longest-ago", help="Of each song the class first that you did not take for longest."
    ),
    username: str | None = typer.Option(
        None, help="Whose workouts tell what was taken; all members' by default."
    ),
    limit: int = typer.Option(10, help="At most so many hits."),
    as_json: bool = typer.Option(False, "--json", help="Print the hits as JSON."),
) -> None:
    """Find a song in the classes: the best match first, then what is played most and latest, then what you know.

    Typing errors, missing accents and the order of words do not matter. Removed classes are left out.

    Example: paceline songs "silver harbr" --instructor zoe --minutes 30 --not-taken
    """
    text = _text(" ".join(query or []))
    filters = {
        "artist": _text(artist),
        "title": _text(title),
        "album": _text(album),
        "instructor": _texts(instructor),
        "not_instructor": _texts(not_instructor),
        "discipline": _text(discipline),
        "minutes": tuple(_minutes(each) for each in minutes or []),
        "difficulty": _text(difficulty),
        "language": _text(language),
        "zone": _text(zone),
        "since": _day(since, "--since"),
        "until": _day(until, "--until"),
        "explicit": explicit,
        "taken": taken,
        "not_taken_since": _day(not_taken_since, "--not-taken-since"),
        "longest_ago": longest_ago or None,
        "username": _text(username),
    }
    if text is None and not any(filters[name] for name in FIELDS):
        raise UsageProblem(
            "Nothing to look for", 'Give words, as in `paceline songs "silver harbor"`, or --artist.'
        )
    if limit < 1:
        raise UsageProblem(f"A limit of {limit} hits is not possible", "Use 1 or more.")
    hits, all_hits = find(load_settings().warehouse_file, text, filters, min(limit, MOST_HITS))
    if as_json:
        print_json(hits)
    elif hits:
        _show(hits)
        if all_hits > len(hits):
            out.print(f"{len(hits)} of {all_hits} hits; --limit shows more.")
    else:
        _show_nothing(text, filters)


def find(
    warehouse: Path, text: str | None, filters: Mapping[str, Any], limit: int = 10
) -> tuple[list[Hit], int]:
    """The best hits, and how many there are in all. Filters are fields of `Question`; None lets everything pass.

    A program that stays open asks again and again: the index stays in memory until another warehouse is published.
    """
    require_warehouse(warehouse)
    published = warehouse.stat()
    search = _opened(warehouse, (published.st_ino, published.st_mtime_ns))
    return search.find(Question.of(text, filters), limit)


@lru_cache(maxsize=1)
def _opened(warehouse: Path, _published: tuple[int, int]) -> SongSearch:
    return SongSearch.open(warehouse)


def _text(typed: str | None) -> str | None:
    """What was typed, or None for nothing. Bytes that are not UTF-8 arrive as surrogates, which DuckDB refuses."""
    text = (typed or "").encode("utf-8", "replace").decode()
    return text if text.strip() else None


def _texts(typed: list[str] | None) -> tuple[str, ...]:
    return tuple(text for text in map(_text, typed or []) if text is not None)


def _day(typed: str | None, option: str) -> date | None:
    if typed is None:
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError as error:
        raise UsageProblem(
            f"{inert(typed)!r} is not a day", f"Use {option} with year, month and day, such as 2024-03-01."
        ) from error


def _minutes(typed: int) -> int:
    if not 1 <= typed <= LONGEST_CLASS_MINUTES:
        raise UsageProblem(f"No class is {typed} minutes long", "Use --minutes with a number such as 30.")
    return typed


def _show(hits: list[Hit]) -> None:
    rows = [
        (
            hit["track_title"],
            hit["artist_names"],
            hit["ride_title"],
            hit["instructor_name"],
            f"{hit['air_time']:%Y-%m-%d}" if hit["air_time"] else None,
            f"{hit['duration_s'] // 60} min" if hit["duration_s"] is not None else None,
            clock(hit["start_offset_s"]),
            f"{hit['score']:.2f}",
            hit["why"],
        )
        for hit in hits
    ]
    if out.width >= NARROWEST_TABLE:
        table(COLUMNS, rows)
        return
    for song, artists, *where, starts, score, why in rows:
        told = [*where, starts and f"starts at {starts}", f"score {score} ({why})"]
        out.print(Text(f"{inert(song)} · {inert(artists)}", style="bold"), soft_wrap=True)
        out.print(Text("    " + " · ".join(inert(part) for part in told if part)), soft_wrap=True)


def _show_nothing(text: str | None, filters: Mapping[str, Any]) -> None:
    given = [OPTIONS.get((name, value), f"--{name.replace('_', '-')}") for name, value in filters.items()
             if value not in NOT_GIVEN]  # fmt: skip
    wanted = f"No song matches {inert(text)!r}" if text else "No song matches"
    if given:
        wanted += f" with {', '.join(given)}"
    hint = "Try fewer words, or only the title or only the artist" + (
        ", or leave a filter out." if given else "."
    )
    out.print(Text(f"{wanted}. {hint}"), soft_wrap=True)


def clock(seconds: int | None) -> str | None:
    """Seconds as minutes and seconds, 3:05; minutes go on after 59, as on a video's own clock."""
    if seconds is None:
        return None
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes}:{rest:02}"
