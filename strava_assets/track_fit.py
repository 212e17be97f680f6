"""FIT: the records of a device's file. Positions are semicircles, times count from 1989 in UTC.

What developers' fields say is left out, even where they carry the name of a usual one, and so are local times.
Surprising: a file is believed only to its checksum; one that breaks off gives no series at all, not half of them.
"""

from __future__ import annotations

import struct
from typing import IO, Any

from fitdecode import CrcCheck, ErrorHandling, FitDataMessage, FitError, FitReader

from resources.body import Unreadable
from resources.redact import one_line
from strava_assets.track_series import Series, Value, latlng, number

DEGREES_PER_SEMICIRCLE = 180 / 2**31
DEGREE_DIGITS = 7  # about a centimetre; a semicircle is 8.4e-8 degrees
MOST_MESSAGES = 1_000_000  # some 16 µs each; a ride of a day has 100,000
DECODER_ERRORS = (  # what the decoder raises on bytes that make no sense
    FitError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
)
BEST_FIRST = {
    "altitude": ("enhanced_altitude", "altitude"),
    "velocity_smooth": ("enhanced_speed", "speed"),
    "distance": ("distance",),
    "heartrate": ("heart_rate",),
    "cadence": ("cadence",),
    "watts": ("power",),
    "temp": ("temperature",),
    "time": ("timestamp",),
}


def read_fit(stream: IO[bytes]) -> Series:
    """The records of a FIT file; Unreadable when it is none, damaged, or of no activity."""
    series = Series()
    activity = False
    messages = 0
    try:
        with FitReader(
            stream, processor=None, check_crc=CrcCheck.RAISE, error_handling=ErrorHandling.IGNORE
        ) as reader:
            for frame in reader:
                messages += 1
                if messages > MOST_MESSAGES:
                    raise Unreadable(f"more than {MOST_MESSAGES:,} messages")
                if not isinstance(frame, FitDataMessage):
                    continue
                if frame.name == "record":
                    series.add(point_of(_own_values(frame)))
                activity = activity or frame.name in ("record", "session")
    except DECODER_ERRORS as error:
        raise Unreadable(f"no FIT file or a damaged one: {one_line(error, 80)}") from None
    if not activity:
        raise Unreadable("a FIT file that holds no activity")
    return series


def _own_values(message: Any) -> dict[str, Any]:
    """The values of a message's own fields by name. What is stored wins over what the decoder derives from others."""
    stored: dict[str, Any] = {}
    derived: dict[str, Any] = {}
    for field in message.fields:
        if field.value is None:
            continue
        if field.field_def is None:
            derived.setdefault(field.name, field.value)
        elif not field.field_def.is_dev:
            stored.setdefault(field.name, field.value)
    return derived | stored


def point_of(told: dict[str, Any]) -> dict[str, Value]:
    """Values of a record as values of the series."""
    point: dict[str, Value] = {
        series: next((value for name in names if (value := number(told.get(name))) is not None), None)
        for series, names in BEST_FIRST.items()
    }
    point["latlng"] = latlng(_degrees(told.get("position_lat")), _degrees(told.get("position_long")))
    return point


def _degrees(semicircles: object) -> float | None:
    value = number(semicircles)
    return None if value is None else round(value * DEGREES_PER_SEMICIRCLE, DEGREE_DIGITS)
