"""GPX and TCX, read as a stream of elements: no tree is kept, so that no file can fill the memory.

Document types and entities are refused. Surprising: the TCX files of an export begin with blanks before the XML
declaration, which no parser takes; and what devices add stands in namespaces with any prefix, so elements are known by
their local names.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import IO, Any
from xml.sax import ContentHandler, SAXException  # only its interface; what parses is defused

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from resources.body import Unreadable
from resources.redact import one_line
from strava_assets.track_series import Series, Value, latlng, number

PIECE_BYTES = 64 * 1024
MOST_TOKEN_BYTES = 2**20  # of one tag with its attributes, or whatever else makes the parser wait
MOST_DEPTH = 100
MOST_ELEMENTS = 5_000_000  # some seconds; a track file of 64 MB has half of them
MOST_NAMES = 1000  # of elements and attributes; the parser keeps each of them
MOST_TEXT_CHARS = 100  # of a number or a time
ROOTS = {"gpx": "gpx", "tcx": "TrainingCenterDatabase"}
POINTS = {"gpx": "trkpt", "tcx": "Trackpoint"}
LEADING_BLANKS = b" \t\r\n"

VALUES = {
    "gpx": {
        "time": "time",
        "ele": "altitude",
        "hr": "heartrate",
        "heartrate": "heartrate",
        "cad": "cadence",
        "cadence": "cadence",
        "atemp": "temp",
        "temp": "temp",
        "power": "watts",
        "PowerInWatts": "watts",
        "speed": "velocity_smooth",
        "distance": "distance",
    },
    "tcx": {
        "Time": "time",
        "LatitudeDegrees": "lat",
        "LongitudeDegrees": "lng",
        "AltitudeMeters": "altitude",
        "DistanceMeters": "distance",
        "Value": "heartrate",  # within a point only HeartRateBpm has one
        "Cadence": "cadence",
        "RunCadence": "cadence",
        "Watts": "watts",
        "Speed": "velocity_smooth",
    },
}


def read_xml(kind: str, stream: IO[bytes]) -> Series:
    """The points of a GPX or TCX file; Unreadable when it is none."""
    points = _Points(kind)
    parser = create_parser(forbid_dtd=True)
    parser.setContentHandler(points)
    waiting = 0
    piece = _first_piece(stream)
    try:
        while piece:
            events = points.events
            parser.feed(piece)
            waiting = waiting + len(piece) if points.events == events else 0
            if waiting > MOST_TOKEN_BYTES:
                raise Unreadable("no track file: one of its elements is endless")
            piece = stream.read(PIECE_BYTES)
        parser.close()
    except SAXException as error:
        raise Unreadable(f"not XML: {one_line(error.getMessage(), 80)}") from None
    except DefusedXmlException:
        raise Unreadable("it has a document type or entities of its own, which are refused") from None
    return points.series


def _first_piece(stream: IO[bytes]) -> bytes:
    """The first bytes that are no blanks."""
    while piece := stream.read(PIECE_BYTES):
        if kept := piece.lstrip(LEADING_BLANKS):
            return kept
    raise Unreadable("empty")


class _Points(ContentHandler):
    """Gathers what stands within points; all else goes by."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.series = Series()
        self.events = 0
        self._kind = kind
        self._values = VALUES[kind]
        self._depth = 0
        self._elements = 0
        self._names: set[str] = set()
        self._point: dict[str, Any] | None = None
        self._name: str | None = None
        self._text = ""

    def startElement(self, name: str, attrs: Any) -> None:
        self.events += 1
        local = name.rpartition(":")[2]
        if self._depth == 0 and local != ROOTS[self._kind]:
            raise Unreadable(f"it holds no {self._kind.upper()}")
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise Unreadable("its elements are nested too deep")
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise Unreadable("more elements than a track file has")
        self._names.add(name)
        self._names.update(attrs.keys())
        if len(self._names) > MOST_NAMES:
            raise Unreadable("more kinds of elements than a track file has")
        if local == POINTS[self._kind]:
            self._point = {"lat": attrs.get("lat"), "lng": attrs.get("lon")} if self._kind == "gpx" else {}
        self._name = self._values.get(local) if self._point is not None else None
        self._text = ""

    def characters(self, content: str) -> None:
        self.events += 1
        if self._name is not None:
            self._text += content
            if len(self._text) > MOST_TEXT_CHARS:
                self._name = None

    def endElement(self, name: str) -> None:
        self.events += 1
        self._depth -= 1
        if self._point is None:
            return
        if self._name is not None:
            self._point.setdefault(self._name, self._text.strip())
            self._name = None
        elif name.rpartition(":")[2] == POINTS[self._kind]:
            self.series.add(point_of(self._point))
            self._point = None


def point_of(told: dict[str, str | None]) -> dict[str, Value]:
    """Texts of a point as values of the series."""
    point: dict[str, Value] = {
        name: number(text) for name, text in told.items() if name not in ("lat", "lng", "time")
    }
    point["latlng"] = latlng(number(told.get("lat")), number(told.get("lng")))
    point["time"] = _seconds(told.get("time"))
    return point


def _seconds(text: str | None) -> float | None:
    """A moment as seconds of the epoch. One without a zone counts as UTC: only the differences are used."""
    try:
        moment = datetime.fromisoformat(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
