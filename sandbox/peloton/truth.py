"""What is true about the library, in plain words, for tests to compare a warehouse with.

Nothing here passes through the payloads: a test that compares both finds a mistake on either side.
"""

from __future__ import annotations

from typing import Any

from sandbox.peloton.classes import PelotonClass
from sandbox.peloton.library import Library
from sandbox.peloton.payloads import Payloads
from sandbox.peloton.playlists import no_music_form, plays_of


def class_summary(payloads: Payloads, library: Library, cls: PelotonClass) -> dict[str, Any]:
    return {
        "id": cls.id,
        "title": cls.edits.get("title", cls.title),
        "original_air_time": cls.edits.get("original_air_time", cls.air_time_s),
        "scheduled_start_time": cls.edits.get("scheduled_start_time", cls.scheduled_start_s),
        "fitness_discipline": cls.edits.get("fitness_discipline", cls.kind.discipline),
        "duration": cls.edits.get("duration", cls.duration_s),
        "categories": list(cls.kind.listed_under),
        "listed": cls.listed and cls.id not in library.removed_ids,
        "details_status": details_status(library, cls),
        "is_power_zone": cls.kind.power_zone is not None or cls.kind.is_ftp_test,
        "power_zone_kind": cls.kind.power_zone,
        "is_ftp_test": cls.kind.is_ftp_test,
        "is_warm_up": cls.kind.is_warm_up,
        "is_cool_down": cls.kind.is_cool_down,
        "songs": len(plays_of(payloads.seeds, payloads.catalogue, cls)),
    }


def class_truth(payloads: Payloads, library: Library, cls: PelotonClass) -> dict[str, Any]:
    return class_summary(payloads, library, cls) | {
        "instructor_id": cls.instructor and cls.instructor.id,
        "instructor_name": cls.instructor and cls.instructor.name,
        "individual_instructor_ids": list(cls.individual_instructor_ids),
        "class_type_ids": [payloads.type_ids[key] for key in cls.class_type_keys],
        "series_id": cls.series_id,
        "language": cls.language,
        "is_explicit": cls.is_explicit,
        "oddities": sorted(cls.oddities),
        "no_music_form": no_music_form(payloads.seeds, cls),
        "edits": cls.edits,
        "playlist": [
            {
                "position": play.position,
                "song_id": play.track.id,
                "title": play.track.title,
                "artists": [{"id": a.id, "alias_id": a.alias_id, "name": a.name} for a in play.track.artists],
                "album": play.track.album.name,
                "start_time_offset": play.start_s,
                "is_explicit": play.track.is_explicit,
            }
            for play in plays_of(payloads.seeds, payloads.catalogue, cls)
        ],
    }


def details_status(library: Library, cls: PelotonClass) -> int:
    """The status that a details call for this class gets while removed classes answer 404."""
    return 404 if not cls.details_served or cls.id in library.removed_ids else 200
