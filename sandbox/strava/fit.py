"""A FIT file, as small as one may be: file_id, a record for each point, lap, session and activity.

The format is binary: a header, messages of which each kind is defined once before its first data, and a
checksum. Times are seconds since the last day of 1989, places are "semicircles": 2^31 of them are half a turn.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.strava.activities import Activity
from sandbox.strava.streams import Streams

EPOCH_S = 631_065_600
SEMICIRCLES = 2**31 / 180
CRC_TABLE = (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
)  # fmt: skip
TYPES = {  # a letter of ours: the letter of struct, the format's own number, its word for nothing
    "e": ("B", 0x00, 0xFF),
    "b": ("b", 0x01, 0x7F),
    "B": ("B", 0x02, 0xFF),
    "H": ("H", 0x84, 0xFFFF),
    "i": ("i", 0x85, 0x7FFFFFFF),
    "I": ("I", 0x86, 0xFFFFFFFF),
    "z": ("I", 0x8C, 0),
}
SPORTS = {"Run": 1, "Ride": 2, "VirtualRide": 2, "Swim": 5, "Walk": 11, "Hike": 17, "Rowing": 15}
DEVELOPMENT = 255  # the maker of devices that do not exist

Field = tuple[int, str]  # number in its message, type
Values = Sequence[float | None]


@dataclass(frozen=True)
class Message:
    number: int
    fields: tuple[Field, ...]

    def definition(self, local: int) -> bytes:
        head = struct.pack("<BBBHB", 0x40 | local, 0, 0, self.number, len(self.fields))
        rows = (
            struct.pack("BBB", number, struct.calcsize(TYPES[kind][0]), TYPES[kind][1])
            for number, kind in self.fields
        )
        return head + b"".join(rows)

    def data(self, local: int, values: Values) -> bytes:
        """Values in the order of the fields; None is told as the type's word for nothing."""
        layout = "<B" + "".join(TYPES[kind][0] for _, kind in self.fields)
        raw = (
            TYPES[kind][2] if value is None else round(value)
            for (_, kind), value in zip(self.fields, values, strict=True)
        )
        return struct.pack(layout, local, *raw)


FILE_ID = Message(0, ((0, "e"), (1, "H"), (2, "H"), (3, "z"), (4, "I")))
RECORD = Message(
    20,
    ((253, "I"), (0, "i"), (1, "i"), (2, "H"), (5, "I"), (6, "H"), (3, "B"), (4, "B"), (7, "H"), (13, "b")),
)
LAP = Message(19, ((253, "I"), (2, "I"), (7, "I"), (8, "I"), (9, "I")))
SESSION = Message(
    18, ((253, "I"), (2, "I"), (7, "I"), (8, "I"), (9, "I"), (5, "e"), (16, "B"), (17, "B"), (22, "H"))
)
ACTIVITY = Message(34, ((253, "I"), (0, "I"), (1, "H"), (2, "e")))


def fit_crc(data: bytes) -> int:
    crc = 0
    for byte in data:
        for half in (byte & 0xF, byte >> 4):
            crc = (crc >> 4) ^ CRC_TABLE[crc & 0xF] ^ CRC_TABLE[half]
    return crc


def fit_file(activity: Activity, streams: Streams) -> bytes:
    """The activity as a device would have written it."""
    start = activity.start - EPOCH_S
    end = start + streams["time"][-1]
    whole_ms, moving_ms, centimetres = (
        1_000 * activity.elapsed_time,
        1_000 * activity.moving_time,
        100 * activity.distance,
    )
    sport = SPORTS.get(activity.sport.type, 0)
    parts = [
        FILE_ID.definition(0),
        FILE_ID.data(0, (4, DEVELOPMENT, 1, activity.number + 1, start)),
        RECORD.definition(1),
        *(RECORD.data(1, values) for values in _records(start, streams)),
        LAP.definition(2),
        LAP.data(2, (end, start, whole_ms, moving_ms, centimetres)),
        SESSION.definition(3),
        SESSION.data(
            3,
            (
                end, start, whole_ms, moving_ms, centimetres, sport,
                activity.average_heartrate, activity.max_heartrate, activity.gain,
            ),
        ),
        ACTIVITY.definition(4),
        ACTIVITY.data(4, (end, moving_ms, 1, 0)),
    ]  # fmt: skip
    body = b"".join(parts)
    head = struct.pack("<BBHI4s", 14, 0x20, 2_132, len(body), b".FIT")
    whole = head + struct.pack("<H", fit_crc(head)) + body
    return whole + struct.pack("<H", fit_crc(whole))


def _records(start: int, streams: Streams) -> list[Values]:
    nothing = [None] * len(streams["time"])
    places = streams.get("latlng", nothing)
    heights = streams.get("altitude", nothing)
    speeds = streams.get("velocity_smooth", nothing)
    rest = [streams.get(key, nothing) for key in ("heartrate", "cadence", "watts", "temp")]
    return [
        (
            start + seconds,
            place and place[0] * SEMICIRCLES,
            place and place[1] * SEMICIRCLES,
            None if height is None else (height + 500) * 5,
            metres * 100,
            None if speed is None else speed * 1_000,
            *others,
        )
        for seconds, place, height, metres, speed, *others in zip(
            streams["time"], places, heights, streams["distance"], speeds, *rest, strict=True
        )
    ]
