"""A track file of an export as series: its name tells its kind, and whether it is packed."""

from __future__ import annotations

import gzip
from typing import IO, Any, cast

from resources.body import Unreadable
from strava_assets.export_archive import Export, limited
from strava_assets.track_fit import read_fit
from strava_assets.track_series import Series
from strava_assets.track_xml import read_xml

PACKED = ".gz"
XML_KINDS = ("gpx", "tcx")
KINDS = (*XML_KINDS, "fit")


def read_track(export: Export, name: str) -> tuple[str, dict[str, list[Any]]]:
    """The kind of a file and its series; Unreadable when it is refused, damaged or of no kind that we know."""
    kind, packed = kind_of(name)
    with export.open(name) as stored:
        if not packed:
            return kind, _read(kind, stored).finished()
        with gzip.GzipFile(fileobj=stored) as unpacked, limited(cast(IO[bytes], unpacked)) as stream:
            return kind, _read(kind, stream).finished()


def kind_of(name: str) -> tuple[str, bool]:
    """Which kind of file a name says, and whether it is packed."""
    lower = name.lower()
    kind = lower.removesuffix(PACKED).rpartition(".")[2]
    if kind not in KINDS:
        raise Unreadable("of no kind that we read (GPX, TCX, FIT)")
    return kind, lower.endswith(PACKED)


def _read(kind: str, stream: IO[bytes]) -> Series:
    return read_xml(kind, stream) if kind in XML_KINDS else read_fit(stream)
