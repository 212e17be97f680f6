"""What is true about the library, in plain words, for tests to compare a warehouse with.

Nothing here passes through the payloads: a test that compares both finds a mistake on either side.
"""

from __future__ import annotations

from typing import Any

from sandbox.peloton.classes import PelotonClass
from sandbox.peloton.payloads import Payloads
from sandbox.peloton.playlists import no_music_form, plays_of


class Truth:
    """Answers from the library itself, as it is now."""

    def __init__(self, payloads: Payloads) -> None:
        self._payloads = payloads
        self._library = payloads.library
        self._song_counts: dict[str, int] = {}  # drawing a playlist takes a while, and it never changes

    def summary(self, cls: PelotonClass) -> dict[str, Any]:
        """A class in one line; edited fields of these names show the edit."""
        kind = cls.kind
        facts = {
            "id": cls.id,
            "title": cls.title,
            "original_air_time": cls.air_time_s,
            "scheduled_start_time": cls.scheduled_start_s,
            "fitness_discipline": kind.discipline,
            "duration": cls.duration_s,
            "categories": list(kind.listed_under),
            "listed": self.is_listed(cls),
            "details_status": self.details_status(cls),
            "is_power_zone": kind.type_key == "power_zone",
            "power_zone_kind": kind.power_zone,
            "is_ftp_test": kind.is_ftp_test,
            "is_warm_up": kind.is_warm_up,
            "is_cool_down": kind.is_cool_down,
            "songs": self._song_count(cls),
        }
        return facts | {name: value for name, value in cls.edits.items() if name in facts}

    def one(self, cls: PelotonClass) -> dict[str, Any]:
        """Everything about a class, its songs in the order they are played."""
        seeds, catalogue = self._payloads.seeds, self._payloads.catalogue
        return self.summary(cls) | {
            "instructor_id": cls.instructor and cls.instructor.id,
            "instructor_name": cls.instructor and cls.instructor.name,
            "individual_instructor_ids": list(cls.individual_instructor_ids),
            "class_type_ids": [self._payloads.type_ids[key] for key in cls.class_type_keys],
            "series_id": cls.series_id,
            "language": cls.language,
            "is_explicit": cls.is_explicit,
            "oddities": sorted(cls.oddities),
            "no_music_form": no_music_form(seeds, cls),
            "edits": cls.edits,
            "playlist": [
                {
                    "position": play.position,
                    "song_id": play.track.id,
                    "title": play.track.title,
                    "artists": [
                        {"id": a.id, "alias_id": a.alias_id, "name": a.name} for a in play.track.artists
                    ],
                    "album": play.track.album.name,
                    "start_time_offset": play.start_s,
                    "is_explicit": play.track.is_explicit,
                }
                for play in plays_of(seeds, catalogue, cls)
            ],
        }

    def is_listed(self, cls: PelotonClass) -> bool:
        return cls.listed and cls.id not in self._library.removed_ids

    def details_status(self, cls: PelotonClass) -> int:
        """The status of a details call for this class while removed classes answer 404."""
        return 404 if not cls.details_served or cls.id in self._library.removed_ids else 200

    def _song_count(self, cls: PelotonClass) -> int:
        if cls.id not in self._song_counts:
            plays = plays_of(self._payloads.seeds, self._payloads.catalogue, cls)
            self._song_counts[cls.id] = len(plays)
        return self._song_counts[cls.id]
