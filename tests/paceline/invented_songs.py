"""An invented music library of any size, and a warehouse built of it by the project's own path.

The words are coined from syllables and drawn by Zipf's law, so that titles share words and near neighbours
as real ones do. All is drawn from one seed. Used by the tests and by `bench/songs.py`.
"""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import zstandard

from peloton_assets.rebuild import rebuild
from resources import warehouse
from resources.lake import Lake
from resources.landing import SEALED, Landing, landed_line
from resources.state import State

ONSETS = ["", *"bcdfghjklmnprstvwyz", "bl", "br", "ch", "dr", "fl", "gr", "pl", "pr", "sh", "sl", "st", "tr"]
VOWELS = [*"aaeeiioou", "ai", "ea", "ee", "oo", "ou"]
CODAS = ["", "", "", *"nrlstmdk", "nd", "ng", "st", "ck"]
ACCENTS = {"a": "áàâä", "e": "éèêë", "i": "íîï", "o": "óôö", "u": "úûü", "n": "ñ"}
ACCENT_SHARE, THE_SHARE, DUO_SHARE, FEATURE_SHARE, REMIX_SHARE = 0.06, 0.1, 0.08, 0.08, 0.06
TITLE_LENGTHS, TITLE_WEIGHTS = (1, 2, 3, 4, 5, 6), (15, 30, 27, 16, 8, 4)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SONGS_PER_CLASS = 12
NEWEST = datetime(2026, 6, 1, 12, tzinfo=UTC)
CLASS_EVERY_S = 9_000
INSTRUCTORS = ("Zoë Brandtner", "Marlo O'Keld", "Anouk Vess", "Teodor Lind", "Priya Sandvale")
DISCIPLINES = ("cycling", "cycling", "running", "strength", "caesar")
MINUTES = (20, 30, 45)


@dataclass(frozen=True)
class Track:
    """A song as a playlist names it."""

    title: str
    artists: tuple[str, ...]
    album: str | None = None


@dataclass(frozen=True)
class Query:
    """What a person types, and the track they mean. `by_title` when any artist's song of that title is right."""

    kind: str
    text: str
    track: Track
    by_title: bool


def invent_tracks(count: int, seed: int = 7) -> list[Track]:
    """Distinct tracks, the most played first."""
    rng = random.Random(seed)
    words = _words(rng, max(600, count // 4))
    weights = list(accumulate(1 / (place + 12) for place in range(len(words))))
    names = [word.capitalize() for word in _words(rng, max(300, count // 5), shortest=2)]
    artists = [_artist(rng, names) for _ in range(max(60, count // 6))]
    favour = list(accumulate(1 / (place + 20) for place in range(len(artists))))
    tracks: dict[tuple[str, tuple[str, ...]], Track] = {}
    while len(tracks) < count:
        length = rng.choices(TITLE_LENGTHS, TITLE_WEIGHTS)[0]
        title = " ".join(rng.choices(words, cum_weights=weights, k=length)).capitalize()
        credits = rng.choices(artists, cum_weights=favour, k=1 + (rng.random() < DUO_SHARE))
        draw = rng.random()
        if draw < FEATURE_SHARE:
            title += f" (feat. {rng.choice(artists)})"
        elif draw < FEATURE_SHARE + REMIX_SHARE:
            title += f" - {rng.choice(artists)} Remix"
        track = Track(title, tuple(dict.fromkeys(credits)), " ".join(rng.choices(words, k=2)).title())
        tracks.setdefault((track.title, track.artists), track)
    return list(tracks.values())


def _words(rng: random.Random, count: int, shortest: int = 1) -> list[str]:
    """Coined words, the short ones mostly first, as common words are short."""
    words: dict[str, None] = {}
    while len(words) < count:
        syllables = max(shortest, rng.choices((1, 2, 3), (3, 8, 3))[0])
        word = "".join(rng.choice(part) for _ in range(syllables) for part in (ONSETS, VOWELS, CODAS))
        if rng.random() < ACCENT_SHARE:
            word = "".join(rng.choice(ACCENTS[c]) if c in ACCENTS else c for c in word)
        words.setdefault(word)
    return sorted(words, key=lambda word: len(word) + rng.random() * 8)


def _artist(rng: random.Random, names: Sequence[str]) -> str:
    name = " ".join(rng.choices(names, k=rng.choice((1, 1, 2, 2, 3))))
    if rng.random() < THE_SHARE:
        return f"The {name}s"
    return f"{name} & {rng.choice(names)}" if rng.random() < DUO_SHARE else name


# ------------------------------------------------------------------ queries


def plain(text: str) -> str:
    """The same rule as peloton.plain_words, written again so that the test does not trust the SQL."""
    letters = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters.lower()).split())


def core(title: str) -> str:
    """The title as a person would say it: without the guest or the remixer."""
    return title.split(" (feat.")[0].split(" - ")[0]


def typo(rng: random.Random, text: str) -> str:
    """One slip of the finger in a word: a letter changed, lost, doubled in or swapped with its neighbour."""
    places = [i for i, c in enumerate(text) if c != " "]
    at = rng.choice(places)
    kind = rng.randrange(4)
    if kind == 0:
        return text[:at] + rng.choice(LETTERS.replace(text[at], "")) + text[at + 1 :]
    if kind == 1 and len(places) > 4:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + rng.choice(LETTERS) + text[at:]
    swap = [i for i in places if text[i + 1 : i + 2].strip() and text[i] != text[i + 1]]
    at = rng.choice(swap or places)
    return (
        text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :] if swap else text + rng.choice(LETTERS)
    )


def make_queries(tracks: Sequence[Track], per_kind: int, seed: int = 11) -> list[Query]:
    """`per_kind` queries of each kind, about tracks drawn evenly. Typos only in texts of five letters or more."""
    rng = random.Random(seed)
    queries: list[Query] = []

    def ask(kind: str, least_words: int, letters: int, by_title: bool, write: Any) -> None:
        fitting = [
            t for t in tracks
            if len(core(t.title).split()) >= least_words and len(core(t.title).replace(" ", "")) >= letters
        ]  # fmt: skip
        for track in rng.sample(fitting, min(per_kind, len(fitting))):
            queries.append(Query(kind, write(track), track, by_title))

    def swapped(track: Track) -> str:
        words = core(track.title).split()
        return " ".join(words[1:] + words[:1])

    def two_words(track: Track) -> str:
        words = core(track.title).split()
        first = rng.randrange(len(words) - 1)
        return " ".join(words[first : first + 2])

    def drop_accents(track: Track) -> str:
        return plain(core(track.title))

    ask("exact", 1, 2, True, lambda t: core(t.title))
    ask("one typo", 1, 5, True, lambda t: typo(rng, core(t.title).lower()))
    ask("two typos", 1, 8, True, lambda t: typo(rng, typo(rng, core(t.title).lower())))
    ask("swapped words", 2, 4, True, swapped)
    accented = [t for t in tracks if plain(core(t.title)) != core(t.title).lower()]
    for track in rng.sample(accented, min(per_kind, len(accented))):
        queries.append(Query("accents dropped", drop_accents(track), track, True))
    ask("half title", 3, 6, True, two_words)
    ask("artist then title", 1, 2, False, lambda t: f"{t.artists[0]} {core(t.title)}".lower())
    ask("title then artist", 1, 2, False, lambda t: f"{core(t.title)} {t.artists[0]}".lower())
    ask("artist, title, typo", 1, 5, False, lambda t: typo(rng, f"{t.artists[0]} {core(t.title)}".lower()))
    return queries


def is_right(query: Query, title: str, artist_names: Sequence[str]) -> bool:
    """Whether a hit is what the query means."""
    if plain(core(title)) != plain(core(query.track.title)):
        return False
    return query.by_title or query.track.artists[0] in artist_names


# ------------------------------------------------------------------ the warehouse


@dataclass(frozen=True)
class Landed:
    """An answer to be landed."""

    url: str
    text: str
    fetched_at: datetime
    status: int = 200


@dataclass(frozen=True)
class PlayedClass:
    """A class and its songs, in order of play, 200 seconds apart from second 60."""

    ride_id: str
    title: str
    instructor: int
    discipline: str
    minutes: int
    air_time: datetime
    tracks: tuple[Track, ...]


def invent_classes(
    tracks: Sequence[Track], plays: int, seed: int = 13, class_every_s: int = CLASS_EVERY_S
) -> list[PlayedClass]:
    """Classes that play every track at least once and the first ones far more often, newest class first."""
    rng = random.Random(seed)
    favour = list(accumulate(1 / (place + 30) for place in range(len(tracks))))
    extra = max(0, plays - len(tracks))
    queue = [*tracks, *rng.choices(tracks, cum_weights=favour, k=extra)]
    rng.shuffle(queue)
    classes = []
    for number, start in enumerate(range(0, len(queue), SONGS_PER_CLASS)):
        air_time = datetime.fromtimestamp(NEWEST.timestamp() - number * class_every_s, UTC)
        discipline = rng.choice(DISCIPLINES)
        minutes = rng.choice(MINUTES)
        classes.append(
            PlayedClass(
                f"{number:032x}",
                f"{minutes} min {discipline} class",
                rng.randrange(len(INSTRUCTORS)),
                discipline,
                minutes,
                air_time,
                tuple(queue[start : start + SONGS_PER_CLASS]),
            )
        )
    return classes


def build_warehouse(
    data_dir: Path, classes: Iterable[PlayedClass], removed: Iterable[PlayedClass] = ()
) -> Path:
    """Land the classes as the provider would have answered, then rebuild and publish; give the warehouse.

    Removed ones were last listed a year before a clean walk over the whole list.
    """
    landing = Landing(data_dir / "landing")
    _land_classes(landing, classes, NEWEST)
    _land_classes(landing, removed, NEWEST - timedelta(days=365))
    walk = {"started_at": f"{NEWEST}", "ended_at": f"{NEWEST + timedelta(minutes=9)}", "total": 1}
    _land(landing.root / "peloton/full_walks/all", [(json.dumps(walk), "all")], NEWEST)
    lake = Lake(data_dir / "lake")
    rebuild(lake, landing)
    target = data_dir / "warehouse.duckdb"
    warehouse.publish(target, lake, State(data_dir / "state"))
    return target


def _land_classes(landing: Landing, classes: Iterable[PlayedClass], when: datetime) -> None:
    months: dict[str, list[PlayedClass]] = {}
    for played in classes:
        months.setdefault(played.air_time.strftime("%Y-%m"), []).append(played)
    for month, held in months.items():
        page = {
            "data": [_ride_row(played) for played in held],
            "instructors": [{"id": f"i{n}", "name": name} for n, name in enumerate(INSTRUCTORS)],
        }
        _land(landing.root / "peloton/ride_archived" / month, [(json.dumps(page), "all")], when)
        _land(landing.root / "peloton/ride_details" / month, _details(held), when)


def _land(folder: Path, answers: Iterable[tuple[str, str]], when: datetime) -> None:
    """One sealed segment at once: the writer's fsync per line would take minutes for a large library."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = b"".join(landed_line(Landed("/invented", text, when), item) for text, item in answers)
    (folder / f"{when:%Y%m%d}{SEALED}").write_bytes(zstandard.compress(lines))


def _details(classes: Iterable[PlayedClass]) -> Iterator[tuple[str, str]]:
    for played in classes:
        songs = [
            {
                "id": f"{played.ride_id}-{place}",
                "title": track.title,
                "start_time_offset": 60 + 200 * place,
                "album": {"name": track.album},
                "artists": [{"artist_name": name} for name in track.artists],
            }
            for place, track in enumerate(played.tracks)
        ]
        yield json.dumps({"playlist": {"id": f"p{played.ride_id}", "songs": songs}}), played.ride_id


def _ride_row(played: PlayedClass) -> dict[str, Any]:
    return {
        "id": played.ride_id,
        "title": played.title,
        "instructor_id": f"i{played.instructor}",
        "fitness_discipline": played.discipline,
        "duration": played.minutes * 60,
        "original_air_time": int(played.air_time.timestamp()),
    }
