"""The index of the song search in memory: which tracks a question means, and why.

It does what `peloton.find_songs` does, over the same tables, in a tenth of its time: most of a short SQL query's
time is its planning. All figures are whole numbers, so that both give the same scores to the last digit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from itertools import pairwise

import duckdb
import polars as pl
from rapidfuzz.distance import DamerauLevenshtein

from resources.table_docs import macro_files

MAIN_TITLE, ARTIST, VERSION, ALBUM = range(4)  # the last two bits of a place in peloton.track_terms
ALL_PARTS = (MAIN_TITLE, ARTIST, VERSION, ALBUM)
PARTS = 4
COMPARED = ("title_letters", "artist_letters", "title_words", "main_title_words", "sung")
MOST_LETTERS, MOST_WORDS = 200, 12  # of a question; nobody types more
LAST_LETTER = "\U0010ffff"
LEAST_ALIKE = 60  # of 100: below, two words are not the same word misspelt
LEAST_SCORE = 60
BITS = 62
MOST_KNOWN = 20_000  # words kept, some MB
# peloton.search_words for texts that have no other letters.
ASCII_SIGNS = str.maketrans(
    dict.fromkeys('-/\\.,;:!?()[]{}<>"&+*_#@%$|~=^\t\n\r', " ") | dict.fromkeys("'`\0")
)
MISSPELT = ("the", "and", "feat", "featuring")  # small words with letters enough to be told when misspelt
SMALL_WORDS = {"the", "and", "n", "feat", "featuring", "ft"}


class SongIndex:
    """The tracks and words of one published warehouse."""

    def __init__(self, tracks: pl.DataFrame, terms: pl.DataFrame) -> None:
        terms = terms.sort("is_joined", "letters")
        self._known: dict[tuple[str, bool], dict[int, int]] = {}
        self.tracks = tracks.sort("track_no")
        self._compared = self.tracks.select(COMPARED)
        self._places = terms["places"]
        self._bits = terms.select("letter_bits", "pair_bits")
        self._terms: list[str] = terms["term"].to_list()
        self._words = int((~terms["is_joined"]).sum())  # the joined ones stand behind them
        self._first_of = {
            joined: _first_places(terms["letters"][start:end].to_list(), start)
            for joined, start, end in ((False, 0, self._words), (True, self._words, len(self._terms)))
        }
        self._in_order = sorted(range(self._words), key=self._terms.__getitem__)
        self._sorted_words = [self._terms[place] for place in self._in_order]
        self._foreign = [place for place in range(self._words) if not self._terms[place].isascii()]

    def words(self, text: str) -> list[str]:
        """The words of a question."""
        text = text[:MOST_LETTERS]
        if text.isascii():  # most are, and asking DuckDB takes as long as all the rest
            words = [word for word in text.translate(ASCII_SIGNS).lower().split(" ") if word]
            return ([word for word in words if word not in SMALL_WORDS] or words)[:MOST_WORDS]
        row = _reader().cursor().execute("SELECT peloton.search_words($text)", {"text": text}).fetchone()
        return list(row[0])[:MOST_WORDS] if row else []

    def meant(self, words: Sequence[str]) -> Sequence[str]:
        """Without small words that are misspelt, unless they are all: no word of a track begins like that."""
        kept = [word for word in words if not (is_small_by_a_slip(word) and not self._beginning(word))]
        return kept or words

    def find(self, words: Sequence[str], parts: Collection[int] = ALL_PARTS) -> pl.DataFrame:
        """Tracks of which at least six letters of ten are found: `track_no`, and in hundredths what was found where."""
        near = self._near(words)
        # One plan and not many: each that polars is given has its price.
        found = near.with_columns(place=self._places.gather(near["term"])).lazy().explode("place")
        part = pl.col("place") % PARTS
        if parts is not ALL_PARTS:
            found = found.filter(part.is_in(list(parts)))
        said = pl.col("alike") * pl.col("weight")

        def where(value: pl.Expr, condition: pl.Expr) -> pl.Expr:
            return pl.when(condition).then(value).otherwise(0)

        by_word = found.select(
            "n",
            said=said,
            track_no=pl.col("place") // PARTS,
            in_title=where(said, part % 2 == 0),
            in_artist=where(said, part == ARTIST),
            in_album=where(said, part == ALBUM),
            title_covered=where(pl.col("covered"), part == MAIN_TITLE),
            artist_covered=where(pl.col("covered"), part == ARTIST),
        )
        sums = by_word.group_by("track_no", "n").max().drop("n").group_by("track_no").sum()
        return sums.filter(pl.col("said") >= LEAST_ALIKE * sum(map(len, words))).collect(engine="in-memory")

    def _near(self, words: Sequence[str]) -> pl.DataFrame:
        """Terms that may be meant by each word, the n-th: `n, weight, term, alike, covered`."""
        # Every word, and every two neighbours without the blank, which stand for both of them.
        asked: list[tuple[str, tuple[int, ...]]] = [(word, (n,)) for n, word in enumerate(words)]
        asked += [(left + right, (n, n + 1)) for n, (left, right) in enumerate(pairwise(words))]
        alike = self._alike([(word, len(stands_for) > 1) for word, stands_for in asked])
        near = [
            (n, len(words[n]), place, value, value * len(self._terms[place]) // len(stands_for))
            for (_, stands_for), places in zip(asked, alike, strict=True)
            for n in stands_for
            for place, value in places.items()
        ]
        return pl.DataFrame(
            near, schema=dict.fromkeys(("n", "weight", "term", "alike", "covered"), pl.Int64), orient="row"
        )

    def _alike(self, asked: Sequence[tuple[str, bool]]) -> list[dict[int, int]]:
        """Terms like each word, or like two words joined, and how alike they are.

        Who types asks for the same words again at each letter, so they are kept.
        """
        if len(self._known) > MOST_KNOWN:
            self._known = {}
        known = self._known
        new = [one for one in dict.fromkeys(asked) if one not in known]
        for (word, is_joined), places in zip(new, self._close(new), strict=True):
            most, most_joined = most_slips(word, is_joined), most_slips(word, True)
            alike = {}
            for place in places:
                count = slips(word, self._terms[place])
                if count <= (most if place < self._words else most_joined):
                    alike[place] = alike_by_slips(word, self._terms[place], count)
            for place in self._holding(word):
                alike[place] = max(alike.get(place, 0), alike_in_part(word, self._terms[place]))
            known[word, is_joined] = {place: value for place, value in alike.items() if value >= LEAST_ALIKE}
        return [known[one] for one in asked]

    def _close(self, asked: Sequence[tuple[str, bool]]) -> list[list[int]]:
        """Terms that differ from each word in so few letters that it may be by a slip.

        A word that is two words joined already is not compared with joined ones.
        """
        looks: list[pl.Expr] = []
        for word, is_joined in asked:
            letter_bits, pair_bits = bits_of(word)
            for joined in (False,) if is_joined else (False, True):
                most, first = most_slips(word, joined or is_joined), self._first_of[joined]
                start, end = (
                    first[min(max(n, 0), len(first) - 1)] for n in (len(word) - most, len(word) + most + 1)
                )
                letters, pairs = (
                    pl.col(name).slice(start, end - start) for name in ("letter_bits", "pair_bits")
                )
                close = ((letters ^ letter_bits).bitwise_count_ones() <= 2 * most) & (
                    (pairs ^ pair_bits).bitwise_count_ones() <= 2 + 3 * most
                )
                looks.append((close.arg_true().cast(pl.Int64) + start).implode().alias(f"{len(looks)}"))
        found = iter(
            self._bits.select(looks).row(0) if looks else ()
        )  # all in one pass: each call has its price
        return [next(found) + ([] if is_joined else next(found)) for _, is_joined in asked]

    def _holding(self, word: str) -> list[int]:
        """Words that begin with this one; in other scripts, which often lack blanks, that hold it or are held by it."""
        if len(word.encode()) < 2:
            return []
        places = self._beginning(word)
        if not word.isascii():
            places = [*places, *(
                place for place in self._foreign
                if word in self._terms[place] or (len(self._terms[place]) > 1 and self._terms[place] in word)
            )]  # fmt: skip
        return places

    def _beginning(self, word: str) -> list[int]:
        start, end = (bisect_left(self._sorted_words, text) for text in (word, word + LAST_LETTER))
        return self._in_order[start:end]

    def score(self, found: pl.DataFrame, words: Sequence[str]) -> pl.DataFrame:
        """How well tracks that were found fit the whole question: `track_no, score, why`; only those that do."""
        letters = sum(map(len, words))
        tracks = pl.concat([found, self._compared[found["track_no"] - 1]], how="horizontal").lazy()
        title, artist = (
            pl.col(f"{name}_covered") // pl.col(f"{name}_letters") for name in ("title", "artist")
        )
        cover = pl.max_horizontal(pl.lit(0), title, artist).clip(upper_bound=100)
        in_order = pl.col("sung").str.contains(f" {' '.join(words)} ", literal=True)
        # Not a remix or a live recording, unless that was asked for.
        as_meant = (pl.col("main_title_words") == pl.col("title_words")) | (
            pl.col("title_words") <= len(words)
        )
        points = 7_500 + 15 * cover + 800 * in_order.cast(pl.Int64) + 200 * as_meant.cast(pl.Int64)
        whole = 10_000 * letters
        said, enough = pl.col("said"), pl.col("said") - 5 * letters
        part = (
            pl.when(pl.col("in_title") >= enough).then(pl.lit("title"))
            .when(pl.col("in_artist") >= enough).then(pl.lit("artist"))
            .when(pl.col("in_album") >= enough).then(pl.lit("album"))
            .when(pl.col("in_album") == 0).then(pl.lit("artist and title"))
            .otherwise(pl.lit("artist, title and album"))
        )  # fmt: skip
        spelling = pl.when(said < 100 * letters).then(pl.lit(", spelling")).otherwise(pl.lit(""))
        scored = tracks.select("track_no", score=(said * points + whole // 2) // whole, why=part + spelling)
        return scored.filter(pl.col("score") >= LEAST_SCORE).collect(engine="in-memory")


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    """DuckDB's own functions, apart from the warehouse: who holds that open holds it for the whole process."""
    reader = duckdb.connect()
    reader.execute("CREATE SCHEMA peloton")
    for macros in macro_files():
        if macros.stem == "2_search_words":
            reader.execute(macros.read_text())
    return reader


@lru_cache(maxsize=10_000)
def bits_of(word: str) -> tuple[int, int]:
    """Its letters and its pairs of neighbours as sets of 62 bits: peloton.letter_bits and peloton.pair_bits."""
    letters = pairs = 0
    for letter in word:
        letters |= 1 << 7 * ord(letter) % BITS
    for left, right in pairwise(f" {word} "):
        pairs |= 1 << (31 * ord(left) + ord(right)) % BITS
    return letters, pairs


def slips(word: str, other: str) -> int:
    """How many slips lie between two words, as DuckDB's damerau_levenshtein counts them: byte by byte."""
    return DamerauLevenshtein.distance(word.encode(), other.encode())


def is_small_by_a_slip(word: str) -> bool:
    """Whether a word is a small one with a slip."""
    return min(slips(word, small) for small in MISSPELT) <= 1


def most_slips(word: str, is_joined: bool) -> int:
    """How many slips a word may have; a blank left out or put in is one already."""
    return min(1 if is_joined else 2, (len(word) + 1) // 3)


def alike_by_slips(word: str, other: str, slips: int, is_joined: bool = False) -> int:
    """How alike two words are, 0 to 100, with so many slips between them."""
    return (
        100 - 100 * slips // (max(len(word), len(other)) + 1) if slips <= most_slips(word, is_joined) else 0
    )


def alike_in_part(word: str, other: str) -> int:
    """How alike two words are of which one holds the other."""
    return 75 + 25 * min(len(word), len(other)) // max(len(word), len(other))


def _first_places(letters: list[int], start: int) -> list[int]:
    """Where in the index the terms of 0, 1, 2, ... letters begin; one more for the end."""
    return [start + bisect_left(letters, length) for length in range((letters[-1] if letters else 0) + 2)]
