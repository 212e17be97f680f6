"""The library of the song search's measurement: a million plays of some tens of thousands of tracks.

The sandbox's whole catalogue, foreign and hostile titles among it, lies evenly between coined tracks; a track's
place is its popularity, by Zipf's law. All is drawn from seeds. `python -m bench.song_library FOLDER` builds the
warehouse by the project's own path, from landed answers on.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from sandbox.peloton.music import Catalogue
from sandbox.peloton.seeds import Seeds
from tests.paceline.invented_songs import PlayedClass, Track, build_warehouse, invent_classes, invent_tracks

COINED_TRACKS = 40_000
PLAYS = 1_000_000
CLASS_EVERY_S = 3_000  # some 83,000 classes in eight years
SANDBOX_SEED = 1


def sandbox_tracks() -> list[Track]:
    """The catalogue of the stand-in, once per title and artists, most played first."""
    played = Catalogue(Seeds(SANDBOX_SEED)).tracks
    tracks = [Track(t.title, tuple(artist.name for artist in t.artists), t.album.name) for t in played]
    return list({(track.title, track.artists): track for track in tracks}.values())


def library_tracks(coined: int = COINED_TRACKS) -> list[Track]:
    """All tracks, most played first."""
    known, invented = sandbox_tracks(), invent_tracks(coined)
    step = max(1, coined // len(known))
    tracks: list[Track] = []
    for place, track in enumerate(known):
        tracks += [track, *invented[place * step : (place + 1) * step]]
    return tracks + invented[len(known) * step :]


def library_classes(tracks: list[Track], plays: int = PLAYS) -> list[PlayedClass]:
    """Classes that play them, newest first."""
    return invent_classes(tracks, plays, class_every_s=CLASS_EVERY_S)


def build_library(folder: Path, tracks: list[Track], plays: int = PLAYS) -> Path:
    """The published warehouse with these tracks, built once; gives its path."""
    target = folder / "warehouse.duckdb"
    return target if target.exists() else build_warehouse(folder, library_classes(tracks, plays))


def main() -> None:
    """Build the library in a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plays", type=int, default=PLAYS)
    options = parser.parse_args()
    began = time.perf_counter()
    build_library(options.folder, library_tracks(), options.plays)
    print(f"built in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
