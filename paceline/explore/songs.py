"""Song search as you type: the search of `paceline songs`, with its filters as a form."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from paceline import songs as search
from paceline.explore.files import download, format_of
from paceline.explore.reader import Reader, Row
from paceline.explore.render import render
from paceline.explore.typed import day, one_of, text, whole_number
from paceline.export import frame_of_hits
from paceline.exports import write

HITS, MOST_HITS, MOST_EXPORTED = 30, 1_000, 1_000_000
LONGEST_QUESTION = 300
WORDS = ("artist", "title", "album")
SEVERAL = ("instructor", "not_instructor")
NAMES = (*SEVERAL, "discipline", "difficulty", "language", "zone", "username")
YES_OR_NO = {"yes": True, "no": False}
TABLES = ("peloton.rides", "peloton.instructors", "peloton.songs", "peloton.tracks")


def show(request: Request, db: Reader) -> Response:
    """`/songs?q=` and filters; `part=hits` gives the hits alone, for the script."""
    db.require(*TABLES)
    limit = whole_number(request, "limit", 1, MOST_HITS) or HITS
    filters = _filters(request)
    hits, all_hits = _find(request, filters, limit)
    is_part = text(request, "part") == "hits"
    return render(
        request, "song_hits.html" if is_part else "songs.html", filters=filters, hits=hits,
        tracks=_by_track(hits), all_hits=all_hits, limit=limit, most=MOST_HITS,
        is_question=_is_question(filters), choices={} if is_part else _choices(db),
    )  # fmt: skip


def export(request: Request, db: Reader) -> Response:
    """`/songs.csv` and `/songs.parquet`: all hits of the same search."""
    db.require(*TABLES)
    format_ = format_of(request)
    hits, _ = _find(request, _filters(request), MOST_EXPORTED)
    frame = frame_of_hits(hits)
    return download(request, "songs", format_, lambda path: write(frame, path, format_))


def _filters(request: Request) -> Row:
    """What was asked for, by the names that the address and the search share; None where nothing was."""
    days = {name: day(request, name) for name in ("since", "until", "not_taken_since")}
    return {
        "q": (text(request, "q") or "")[:LONGEST_QUESTION] or None,
        **{name: text(request, name) for name in (*WORDS, *NAMES)},
        "minutes": whole_number(request, "minutes", 1, 24 * 60),
        **{name: told.isoformat() if told else None for name, told in days.items()},
        **{name: one_of(request, name, YES_OR_NO, "") or None for name in ("explicit", "taken")},
        "longest_ago": "1" if text(request, "longest_ago") else None,
    }


def _is_question(filters: Row) -> bool:
    """Whether a word says what song is meant; filters alone do not."""
    return any(filters[name] for name in ("q", *WORDS))


def _find(request: Request, filters: Row, limit: int) -> tuple[list[Row], int]:
    if not _is_question(filters):
        return [], 0
    asked = {name: value for name, value in filters.items() if name != "q" and value is not None}
    for name in SEVERAL:
        if name in asked:
            asked[name] = [part.strip() for part in asked[name].split(",") if part.strip()]
    for name in ("explicit", "taken"):
        if name in asked:
            asked[name] = YES_OR_NO[asked[name]]
    if "longest_ago" in asked:
        asked["longest_ago"] = True
    return search.find(request.app.state.warehouse, filters["q"], asked, limit)


def _by_track(hits: list[Row]) -> list[tuple[Row, list[Row]]]:
    """The hits of one track together, under its best one; hits come so that these are neighbours."""
    tracks = groupby(hits, lambda hit: (hit["track_title"], hit["artist_names"]))
    return [(plays[0], plays) for plays in (list(of_track) for _, of_track in tracks)]


def _choices(db: Reader) -> dict[str, list[Row]]:
    choices: dict[str, list[Row]] = defaultdict(list)
    for row in db.rows("choices"):
        if row["value"]:
            choices[row["filter"]].append(row)
    return choices
