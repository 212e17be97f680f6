"""The song catalogue: about 2,500 invented tracks, a few of them played far more than the rest.

A track's place in the catalogue is its popularity: place k is drawn with weight 1 / (k + 10), close
to Zipf's law, so the first hundred tracks make up a third of all plays. Re-releases give the same
title and artists a second id, because song ids do not tell distinct tracks apart.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

from sandbox.peloton.seeds import Seeds
from sandbox.peloton.words import (
    ADJECTIVES,
    BAND_FORMS,
    COINED_ENDS,
    COINED_STARTS,
    FEATURE_FORMS,
    FOREIGN_ARTISTS,
    FOREIGN_TITLES,
    HOSTILE_TEXTS,
    NOUNS,
    REMIX_FORMS,
    SONG_FORMS,
)

TRACK_COUNT = 2_500
ARTIST_COUNT = 640
ZIPF_SHIFT = 10
SPECIAL_EVERY = 17  # a foreign or hostile title at every such place
FEATURE_SHARE, REMIX_SHARE, DUET_SHARE, RERELEASE_SHARE, EXPLICIT_SHARE = 0.09, 0.08, 0.2, 0.04, 0.2
HOSTILE_ARTIST_EVERY = 6  # one in so many hostile texts is also an artist
ALIAS_EVERY = 9  # every ninth artist was entered twice, under two ids that share one alias


@dataclass(frozen=True, slots=True)
class Artist:
    id: str
    alias_id: str
    name: str
    plays: int


@dataclass(frozen=True, slots=True)
class Album:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Track:
    id: str
    title: str
    artists: tuple[Artist, ...]
    album: Album
    is_explicit: bool
    popularity: int


class Catalogue:
    """All artists and tracks, most played first."""

    def __init__(self, seeds: Seeds) -> None:
        self._seeds = seeds
        rng = seeds.random("catalogue", "tracks")
        self.artists = self._make_artists(seeds.random("catalogue", "artists"))
        self._artist_weights = list(accumulate(1 / (place + 25) for place in range(len(self.artists))))
        self.tracks: list[Track] = []
        specials = [*FOREIGN_TITLES, *HOSTILE_TEXTS]
        for place in range(TRACK_COUNT):
            special = specials[place // SPECIAL_EVERY % len(specials)] if place % SPECIAL_EVERY == 0 else None
            self.tracks.append(self._make_track(rng, place, special))
        self._weights = list(accumulate(1 / (place + ZIPF_SHIFT) for place in range(TRACK_COUNT)))

    def draw(self, rng: random.Random, count: int) -> list[Track]:
        """Different tracks, the popular ones more often."""
        drawn: dict[str, Track] = {}
        while len(drawn) < count:
            track = rng.choices(self.tracks, cum_weights=self._weights)[0]
            drawn[track.id] = track
        return list(drawn.values())

    def _make_artists(self, rng: random.Random) -> list[Artist]:
        names = [*FOREIGN_ARTISTS, *HOSTILE_TEXTS[::HOSTILE_ARTIST_EVERY]]
        while len(names) < ARTIST_COUNT:
            a, b = (rng.choice(COINED_STARTS) + rng.choice(COINED_ENDS) for _ in range(2))
            name = rng.choice(BAND_FORMS).format(a=a, b=b)
            if name not in names:
                names.append(name)
        rng.shuffle(names)
        artists: list[Artist] = []
        for place, name in enumerate(names):
            if place % ALIAS_EVERY == 1:
                previous = artists[-1]
                artists.append(
                    Artist(self._seeds.hex_id("artist", place), previous.alias_id, previous.name, 1 + place)
                )
                continue
            ids = (self._seeds.hex_id("artist", place), self._seeds.hex_id("artist-alias", place))
            artists.append(Artist(*ids, name, plays=6_000 // (place + 3) + rng.randrange(9)))
        return artists

    def _make_track(self, rng: random.Random, place: int, special: str | None) -> Track:
        if special is None and self.tracks and rng.random() < RERELEASE_SHARE:
            return self._rerelease(rng, place)
        artists = self._draw_artists(rng, 1)
        title = special if special is not None else _title(rng)
        draw = rng.random()
        if special is None and draw < FEATURE_SHARE:
            artists += self._draw_artists(rng, 1)
            title = rng.choice(FEATURE_FORMS).format(title=title, artist=artists[-1].name)
        elif special is None and draw < FEATURE_SHARE + REMIX_SHARE:
            title = rng.choice(REMIX_FORMS).format(title=title, artist=self._draw_artists(rng, 1)[0].name)
        elif draw < FEATURE_SHARE + REMIX_SHARE + DUET_SHARE:
            artists += self._draw_artists(rng, rng.choice((1, 1, 1, 2, 4)))
        album_name = f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}" if special is None else special
        return Track(
            id=self._seeds.hex_id("track", place),
            title=title,
            artists=tuple(dict.fromkeys(artists)),
            album=self._album(artists[0], album_name),
            is_explicit=rng.random() < EXPLICIT_SHARE,
            popularity=max(0, 100 - place // 25),
        )

    def _rerelease(self, rng: random.Random, place: int) -> Track:
        old = rng.choice(self.tracks)
        album = self._album(old.artists[0], f"The Best of {rng.choice(NOUNS)}")
        return Track(self._seeds.hex_id("track", place), old.title, old.artists, album, old.is_explicit, 0)

    def _album(self, artist: Artist, name: str) -> Album:
        return Album(self._seeds.hex_id("album", f"{artist.id}/{name}"), name)

    def _draw_artists(self, rng: random.Random, count: int) -> list[Artist]:
        return rng.choices(self.artists, cum_weights=self._artist_weights, k=count)


def _title(rng: random.Random) -> str:
    adj, adj2 = rng.sample(ADJECTIVES, 2)
    noun, noun2 = rng.sample(NOUNS, 2)
    return rng.choice(SONG_FORMS).format(adj=adj, adj2=adj2, noun=noun, noun2=noun2)
