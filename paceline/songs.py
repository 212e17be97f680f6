"""`paceline songs`: which class plays a song, and from what second on.

The search itself is SQL that anybody can call (`peloton.search_songs`). Filters are applied before it, so that a
common word with an instructor's name still finds all of that instructor's classes.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import typer
from rich.text import Text

from paceline.show import inert, out, print_json, table
from resources.errors import StorageProblem, UsageProblem
from resources.settings import load_settings
from resources.warehouse import open_warehouse

SQL = Path(__file__).with_name("sql")
COLUMNS = ("song", "artists", "class", "instructor", "date", "length", "starts at", "score")
NARROWEST_TABLE = 100  # columns of the terminal; below, each hit is a paragraph
LONGEST_CLASS_MINUTES = 24 * 60
MOST_HITS = 1_000_000

Hit = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("songs")(songs)


def songs(
    query: list[str] | None = typer.Argument(
        None,
        metavar="[QUERY]",
        help="Words of title and artist, in any order, misspelt or not.",
        show_default=False,
    ),
    artist: str | None = typer.Option(None, help="Only songs by this artist, about."),
    title: str | None = typer.Option(None, help="Only songs with this title, about."),
    album: str | None = typer.Option(None, help="Only songs of this album, about."),
    instructor: str | None = typer.Option(None, help="Only classes of this instructor, about."),
    discipline: str | None = typer.Option(None, help="Only classes of this discipline, such as cycling."),
    minutes: int | None = typer.Option(None, help="Only classes of this length."),
    since: str | None = typer.Option(None, help="Only classes since this day, such as 2024-03-01 (UTC)."),
    limit: int = typer.Option(10, help="At most so many hits."),
    as_json: bool = typer.Option(False, "--json", help="Print the hits as JSON."),
) -> None:
    """Find a song in the classes: the best match first, the newest class of a song first.

    Typing errors, missing accents and the order of words do not matter. Removed classes are left out.

    Example: paceline songs "silver harbr" --instructor zoe --minutes 30
    """
    question = _text(" ".join(query or []))
    names = {
        "artist": artist,
        "title": title,
        "album": album,
        "instructor": instructor,
        "discipline": discipline,
    }
    filters: dict[str, object] = {
        **{name: _text(value) for name, value in names.items()},
        "minutes": _minutes(minutes),
        "since": _day(since),
    }
    if question is None and not any(filters[name] for name in ("artist", "title", "album")):
        raise UsageProblem(
            "Nothing to look for", 'Give words, as in `paceline songs "silver harbor"`, or --artist.'
        )
    if limit < 1:
        raise UsageProblem(f"A limit of {limit} hits is not possible", "Use 1 or more.")
    hits, all_hits = find(load_settings().warehouse_file, question, filters, min(limit, MOST_HITS))
    if as_json:
        print_json(hits)
    elif hits:
        _show(hits)
        if all_hits > len(hits):
            out.print(f"{len(hits)} of {all_hits} hits; --limit shows more.")
    else:
        _show_nothing(question, filters)


def find(
    warehouse: Path, question: str | None, filters: dict[str, object], limit: int
) -> tuple[list[Hit], int]:
    """The best hits, and how many there are in all. A filter of None lets everything pass."""
    with open_warehouse(warehouse) as connection:
        connection.execute(
            "SET python_enable_replacements = false"
        )  # a missing table is not our function `songs`
        try:
            if any(value is not None for value in filters.values()):
                connection.execute(_statement("songs_macros"))
                connection.execute(_statement("songs_filtered"), filters)
                connection.execute(_statement("songs_filtered_tracks"))
            else:
                connection.execute(_statement("songs_unfiltered"))
            found = connection.execute(_statement("songs"), {"question": question, "limit": limit})
            columns = [column[0] for column in found.description or []]
            hits = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        except duckdb.CatalogException as error:
            raise StorageProblem(
                "The warehouse holds no songs that can be searched",
                "Run `paceline sync peloton`, or `paceline rebuild` if an older version built it.",
            ) from error
    all_hits = [hit.pop("all_hits") for hit in hits]
    return hits, max(all_hits, default=0)


def _statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


def _text(typed: str | None) -> str | None:
    """What was typed, or None for nothing. Bytes that are not UTF-8 arrive as surrogates, which DuckDB refuses."""
    text = (typed or "").encode("utf-8", "replace").decode()
    return text if text.strip() else None


def _day(typed: str | None) -> str | None:
    if typed is None:
        return None
    try:
        return date.fromisoformat(typed.strip()).isoformat()
    except ValueError as error:
        raise UsageProblem(
            f"{inert(typed)!r} is not a day", "Use --since with year, month and day, such as 2024-03-01."
        ) from error


def _minutes(typed: int | None) -> int | None:
    if typed is not None and not 1 <= typed <= LONGEST_CLASS_MINUTES:
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
        )
        for hit in hits
    ]
    if out.width >= NARROWEST_TABLE:
        table(COLUMNS, rows)
        return
    for song, artists, *where, starts, score in rows:
        told = [*where, starts and f"starts at {starts}", f"score {score}"]
        out.print(Text(f"{inert(song)} · {inert(artists)}", style="bold"), soft_wrap=True)
        out.print(Text("    " + " · ".join(inert(part) for part in told if part)), soft_wrap=True)


def _show_nothing(question: str | None, filters: dict[str, object]) -> None:
    given = [f"--{name}" for name, value in filters.items() if value is not None]
    wanted = f"No song matches {inert(question)!r}" if question else "No song matches"
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
