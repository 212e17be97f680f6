"""The music of a class: which tracks at which second, and the payload that shows it.

A class without songs shows that in one of three ways (no key, null, an empty list). Before 2021 a
song carries no index and the array is in no order, so only the offsets tell what came first.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sandbox.peloton.classes import PelotonClass
from sandbox.peloton.music import Album, Artist, Catalogue, Track
from sandbox.peloton.seeds import Seeds, image_url

SECONDS_PER_SONG = 193
SONG_LENGTH_JITTER_S = 25
INDEX_SINCE_YEAR = 2021
NO_MUSIC_FORMS = ("playlist_missing", "playlist_null", "playlist_empty")


@dataclass(frozen=True, slots=True)
class Play:
    """A track in a class; offsets are seconds of the video, so the pre-roll counts."""

    position: int
    track: Track
    start_s: int
    cue_s: int


def pedaling_start_s(cls: PelotonClass) -> int:
    """Where the class proper begins in the video: after the pre-roll."""
    return 1 if cls.minutes <= 5 else 30 if cls.minutes <= 10 else 60


def no_music_form(seeds: Seeds, cls: PelotonClass) -> str | None:
    """How a class without songs shows it; None for a class with songs."""
    for form in NO_MUSIC_FORMS:
        if form in cls.oddities:
            return form
    rng = seeds.random("has-music", cls.number)
    if rng.random() < cls.kind.music:
        return None
    return rng.choice(NO_MUSIC_FORMS)


def plays_of(seeds: Seeds, catalogue: Catalogue, cls: PelotonClass) -> list[Play]:
    """The songs of a class in the order they are played."""
    if no_music_form(seeds, cls) is not None:
        return []
    rng = seeds.random("playlist", cls.number)
    count = max(2, round(cls.duration_s / SECONDS_PER_SONG + rng.uniform(-0.3, 0.5)))
    tracks = catalogue.draw(rng, count)
    if "song_twice" in cls.oddities:
        tracks[-1] = tracks[0]
    mean_s = cls.duration_s // count
    plays = []
    start_s = pedaling_start_s(cls)
    for position, track in enumerate(tracks):
        plays.append(Play(position, track, start_s, cue_s=start_s + rng.choice((0, 0, 0, 2))))
        start_s += max(30, mean_s + rng.randint(-SONG_LENGTH_JITTER_S, SONG_LENGTH_JITTER_S))
    return plays


def playlist_payload(seeds: Seeds, cls: PelotonClass, plays: list[Play]) -> dict[str, Any]:
    """The `playlist` object of a class's details."""
    is_old = cls.year < INDEX_SINCE_YEAR
    tracks = [play.track for play in plays]
    artists = list(dict.fromkeys(artist for track in tracks for artist in track.artists))
    songs = [_song(play, is_old) for play in plays]
    if is_old:
        random.Random(cls.number).shuffle(songs)
    is_shown = "playlist_hidden" not in cls.oddities
    payload: dict[str, Any] = {
        "id": seeds.hex_id("playlist", cls.number),
        "ride_id": cls.id,
        "top_artists": [_artist(artist, is_old) for artist in artists[:4]],
        "songs": songs,
        "is_top_artists_shown": is_shown,
        "is_playlist_shown": is_shown,
        "is_in_class_music_shown": is_shown,
    }
    if not is_old:
        payload["stream_id"] = seeds.hex_id("stream", cls.number)
        payload["stream_url"] = None
        payload["top_albums"] = [
            _album(album) for album in dict.fromkeys(track.album for track in tracks[:3])
        ]
    return payload


def _song(play: Play, is_old: bool) -> dict[str, Any]:
    track = play.track
    song: dict[str, Any] = {
        "id": track.id,
        "title": track.title,
        "artists": [_artist(artist, is_old) for artist in track.artists],
        "album": _album(track.album),
        "cue_time_offset": play.cue_s,
        "start_time_offset": play.start_s,
        "liked": False,
    }
    if not is_old:
        song["explicit_rating"] = int(track.is_explicit)
        song["popularity"] = track.popularity
        song["index"] = play.position
    return song


def _artist(artist: Artist, is_old: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"artist_id": artist.id, "artist_name": artist.name}
    if not is_old:
        shown["artist_alias_id"] = artist.alias_id
        shown["image_url"] = image_url("artists", artist.id[:12])
        shown["num_rides_with_song_played"] = artist.plays
    return shown


def _album(album: Album) -> dict[str, Any]:
    return {"id": album.id, "name": album.name, "image_url": image_url("albums", album.id[:12])}
