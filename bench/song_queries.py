"""The labelled questions of the song search, and the maker of them.

    .venv/bin/python -m bench.song_queries        # writes bench/song_queries.csv again, the same every time

Half of each kind is about songs of the sandbox's catalogue, half about coined ones. A question names the title
that is meant, and the artist where it says one; any recording of that title, a remix or a live one, is right.
Rows of the split `development` may be looked at while the search is tuned, those of `final` only measure it.
Nobody could answer a question that ten other titles answer as well: two words of a title must be rarer than that.
"""

from __future__ import annotations

import csv
import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path

from bench.song_library import library_tracks, sandbox_tracks
from sandbox.peloton.words import HOSTILE_TEXTS
from tests.paceline.invented_songs import Track, plain, typo

FILE = Path(__file__).with_suffix(".csv")
PER_KIND = 200
KINDS = (
    "one typo", "two typos", "title only", "artist then title", "two words of title", "accents dropped",
    "other order", "other scripts",
)  # fmt: skip
LOST_BLANK_SHARE = 0.1
MOST_EQUAL_ANSWERS = 9
ROUNDS_FOR_FEW = 5
SEED = 23
# What a keyboard without them gives for letters that are not a letter and an accent.
PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"}
)
AFTER_THE_TITLE = re.compile(r"(?<=\S)\s+(?:[(\[]|[-–—]\s|(?:feat|ft|featuring)\b).*$", re.IGNORECASE)
SMALL_WORDS = {"the", "a", "it", "my", "no", "and", "of"}


@dataclass(frozen=True)
class Question:
    """What somebody types, and what they mean; `artist` is empty where any artist's song of that title is right."""

    split: str
    kind: str
    text: str
    title: str
    artist: str = ""

    def is_answered_by(self, title: str, artist_names: Sequence[str]) -> bool:
        """Whether a hit is what the question means."""
        same_title = plain(said_title(title)) == plain(said_title(self.title))
        return same_title and (not self.artist or self.artist in artist_names)


def read_questions(split: str | None = None) -> list[Question]:
    """The questions of the file, or those of one split."""
    with FILE.open(newline="", encoding="utf-8") as file:
        questions = [Question(**row) for row in csv.DictReader(file)]
    return [question for question in questions if split in (None, question.split)]


def said_title(title: str) -> str:
    """The title as a person would say it: without guest, version or remixer."""
    return AFTER_THE_TITLE.sub("", title)


def without_accents(text: str) -> str:
    """As somebody types it whose keyboard has no accents."""
    letters = unicodedata.normalize("NFD", text.translate(PLAIN_LETTERS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def slip(rng: random.Random, text: str) -> str:
    """One slip of the finger: in a word, or a blank left out."""
    if " " in text and rng.random() < LOST_BLANK_SHARE:
        at = rng.choice([place for place, letter in enumerate(text) if letter == " "])
        return text[:at] + text[at + 1 :]
    return typo(rng, text)


def is_foreign(text: str) -> bool:
    """Whether a text has letters of a script other than Latin, or emoji."""
    return any(
        (letter.isalpha() and "LATIN" not in unicodedata.name(letter, "")) or ord(letter) >= 0x1F000
        for letter in text
    )


def letters(text: str) -> int:
    """How many letters and digits."""
    return sum(letter.isalnum() for letter in text)


# ------------------------------------------------------------------ one writer a kind


def _one_typo(rng: random.Random, track: Track) -> str | None:
    said = said_title(track.title).lower()
    return slip(rng, said) if letters(said) >= 5 and not is_foreign(said) else None


def _two_typos(rng: random.Random, track: Track) -> str | None:
    said = said_title(track.title).lower()
    return slip(rng, slip(rng, said)) if letters(said) >= 8 and not is_foreign(said) else None


def _title_only(_rng: random.Random, track: Track) -> str | None:
    return said_title(track.title)


def _artist_then_title(_rng: random.Random, track: Track) -> str | None:
    return f"{track.artists[0]} {said_title(track.title)}".lower()


def _two_words(rng: random.Random, track: Track) -> str | None:
    words = said_title(track.title).lower().split()
    pairs = [pair for pair in pairwise(words) if len(words) > 2 and not SMALL_WORDS & {*pair}]
    return " ".join(rng.choice(pairs)) if pairs else None


def _accents_dropped(_rng: random.Random, track: Track) -> str | None:
    said = said_title(track.title)
    texts = (said, f"{track.artists[0]} {said}")
    return next(
        (
            without_accents(text).lower()
            for text in texts
            if without_accents(text) != text and not is_foreign(text)
        ),
        None,
    )


def _other_order(rng: random.Random, track: Track) -> str | None:
    """Everything in one box: any order, guests, `&` or `and`, with or without `the`, apostrophes left out."""
    said, artist = said_title(track.title), track.artists[0]
    words = said.split()
    turned = " ".join(words[1:] + words[:1])
    feat = rng.choice(("feat", "ft.", "featuring"))
    guests = [f"{said} {feat} {guest}" for guest in track.artists[1:2]]
    text = rng.choice(
        [f"{said} {artist}", f"{said} by {artist}", f"{turned} {artist}", f"{artist} {turned}", *guests]
    )
    if rng.random() < 0.5:
        text = text.replace(" & ", " and ")
    if rng.random() < 0.5:
        text = re.sub(r"\bthe ", "", text, flags=re.IGNORECASE)
    return text.replace("'", "").lower()


def _other_scripts(rng: random.Random, track: Track) -> str | None:
    said, artist = said_title(track.title), track.artists[0]
    if not is_foreign(said):
        return f"{artist} {said}" if is_foreign(artist) and letters(artist) >= 2 else None
    half = said[: max(3, 2 * len(said) // 3)].strip()
    return rng.choice([said, said.upper(), f"{artist} {said}", f"{said} {artist}", half])


WRITERS: dict[str, Callable[[random.Random, Track], str | None]] = dict(
    zip(
        KINDS,
        (
            _one_typo, _two_typos, _title_only, _artist_then_title, _two_words, _accents_dropped,
            _other_order, _other_scripts,
        ),
        strict=True,
    )
)  # fmt: skip
WITH_ARTIST = ("artist then title", "other order")


def write_questions(
    rng: random.Random, kind: str, tracks: Sequence[Track], count: int, titles: Sequence[set[str]] = ()
) -> Iterator[Question]:
    """Questions of a kind about different titles drawn evenly; few where few tracks fit it.

    `titles` are the words of every title that could be meant.
    """
    asked: set[str] = set()
    # Titles in other scripts are few: several different questions are asked about each.
    rounds = ROUNDS_FOR_FEW if kind == "other scripts" else 1
    for track in (track for _ in range(rounds) for track in rng.sample(tracks, len(tracks))):
        if len(asked) == count:
            return
        text = WRITERS[kind](rng, track)
        if text is None or text in asked:
            continue
        if kind == "two words of title" and _equal_answers(text, titles) > MOST_EQUAL_ANSWERS:
            continue
        asked.add(text)
        says_artist = kind in WITH_ARTIST or plain(without_accents(track.artists[0])) in plain(
            without_accents(text)
        )
        split = ("development", "final")[len(asked) % 2]
        yield Question(split, kind, text, said_title(track.title), track.artists[0] if says_artist else "")


def _equal_answers(text: str, titles: Sequence[set[str]]) -> int:
    wanted = {*plain(text).split()}
    return sum(wanted <= title for title in titles) - 1


def recorded_tracks(folder: Path) -> list[Track]:
    """Songs of recorded real answers, as far as the folder is there; they are not part of the checkout."""
    return [
        Track(
            song["title"], tuple(artist["artist_name"] for artist in song["artists"]), song["album"]["name"]
        )
        for path in sorted((folder / "ride_details").glob("*.json"))
        for song in _songs_in(json.loads(path.read_text()))
    ]


def _songs_in(value: object) -> list[dict[str, object]]:
    if isinstance(value, dict):
        found = value.get("songs")
        return found if isinstance(found, list) else [s for part in value.values() for s in _songs_in(part)]
    return [song for part in value for song in _songs_in(part)] if isinstance(value, list) else []


def main() -> None:
    """Write the file."""
    rng = random.Random(SEED)
    sane = [t for t in sandbox_tracks() if t.title not in HOSTILE_TEXTS and letters(t.title) >= 2]
    sane = [t for t in sane if not {*t.artists} & {*HOSTILE_TEXTS} and letters(t.artists[0]) >= 2]
    everything = library_tracks()
    coined = [track for track in everything if track not in {*sane}]
    coined = [t for t in coined if t.title not in HOSTILE_TEXTS and not {*t.artists} & {*HOSTILE_TEXTS}]
    titles = [{*title.split()} for title in {plain(said_title(track.title)) for track in everything}]
    with FILE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Question)], lineterminator="\n")
        writer.writeheader()
        for kind in KINDS:
            for tracks in (sane, coined):
                # Coined words are all Latin.
                count = PER_KIND if kind == "other scripts" else PER_KIND // 2
                for question in write_questions(rng, kind, tracks, count, titles):
                    writer.writerow(asdict(question))


if __name__ == "__main__":
    main()
