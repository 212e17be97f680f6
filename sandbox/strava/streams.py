"""The second-by-second values of an activity, and its line on the map; both from the planned figures alone.

Every series is a sum of waves with a whole number of periods, so that its mean is the planned average without
adding anything up, and a value at any second can be had without the ones before. A recorded pause is a jump in
`time`: there are no samples in it. The places lie in the middle of the Indian Ocean.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from sandbox.strava.activities import Activity

KEYS = (
    "time", "distance", "latlng", "altitude", "velocity_smooth", "heartrate", "cadence", "watts", "temp", "moving",
    "grade_smooth",
)  # fmt: skip
OCEAN = (-43.0, 94.0)
METRES_A_DEGREE = 111_195.0
CURVE_POINTS = 180
SLOW_WAVE, FAST_WAVE = 0.15, 0.05  # the speed changes by so much of itself; `max_speed` is just above the sum

Streams = dict[str, list[Any]]
Place = tuple[float, float]


class Route:
    """A closed curve of the activity's length, walked by metres."""

    def __init__(self, activity: Activity) -> None:
        number = activity.number
        turns, lean, phase = 2 + number % 3, 0.25 + number % 7 / 14, number * 0.7
        curve = []
        for step in range(CURVE_POINTS + 1):
            angle = 2 * math.pi * step / CURVE_POINTS
            curve.append(
                (
                    math.sin(angle + phase) + lean * math.sin(turns * angle),
                    math.cos(angle + phase) + lean * math.cos(turns * angle + phase),
                )
            )
        legs = [math.dist(a, b) for a, b in pairwise(curve)]
        self._length = sum(legs)
        self._curve, self._legs = curve, legs
        self._anchor = (OCEAN[0] + number % 40 / 10, OCEAN[1] + number % 70 / 10)
        self._metres = activity.distance

    def points(self, every: int = 1) -> list[Place]:
        """The corners of the curve, as latitude and longitude."""
        return [self._place(*corner) for corner in self._curve[::every]]

    def walk(self, distances: list[float]) -> list[list[float]]:
        """The places at these distances from the start, which must not decrease."""
        scale = self._length / self._metres if self._metres else 0.0
        leg, done, found = 0, 0.0, []
        for metres in distances:
            wanted = metres * scale
            while leg < len(self._legs) - 1 and done + self._legs[leg] < wanted:
                done += self._legs[leg]
                leg += 1
            share = min(1.0, (wanted - done) / self._legs[leg])
            (north, east), (north_after, east_after) = self._curve[leg], self._curve[leg + 1]
            place = self._place(north + share * (north_after - north), east + share * (east_after - east))
            found.append([round(place[0], 6), round(place[1], 6)])
        return found

    def _place(self, north: float, east: float) -> Place:
        metres = self._metres / self._length
        latitude = self._anchor[0] + north * metres / METRES_A_DEGREE
        squeeze = METRES_A_DEGREE * math.cos(math.radians(self._anchor[0]))
        return latitude, self._anchor[1] + east * metres / squeeze


def sample_count(activity: Activity) -> int:
    """One sample a second that was recorded, and the one at the start."""
    return max(2, min(activity.moving_time, activity.elapsed_time) + 1)


def make_streams(activity: Activity, every: int = 1) -> Streams | None:
    """All series that the activity has, of every n-th sample and the last; None for a manual entry."""
    if activity.manual:
        return None
    count = sample_count(activity)
    last = count - 1
    places = list(range(0, count, every))
    if places[-1] != last:
        places.append(last)
    turn = 2 * math.pi / last
    slow, fast, phase = max(1, last // 600), max(2, last // 90), activity.number * 1.3
    pause, pause_at = max(0, activity.elapsed_time - last), count * 2 // 5 + 1
    speed = activity.distance / last

    def wave(place: int, periods: int, shift: float = 0.0) -> float:
        return math.sin(place * turn * periods + shift)

    def way(place: int) -> float:
        """The speed's waves, added up from the start."""
        slowly = (math.cos(phase) - math.cos(place * turn * slow + phase)) / (turn * slow)
        quickly = (1 - math.cos(place * turn * fast)) / (turn * fast)
        return speed * (place + SLOW_WAVE * slowly + FAST_WAVE * quickly)

    metres = [min(activity.distance, max(0.0, way(place))) for place in places]
    streams: Streams = {
        "time": [place if place < pause_at else place + pause for place in places],
        "distance": [round(value, 1) for value in metres],
        "moving": [not (place == pause_at and pause) and place > 0 for place in places],
    }
    if activity.distance:
        streams["velocity_smooth"] = [
            round(speed * (1 + SLOW_WAVE * wave(p, slow, phase) + FAST_WAVE * wave(p, fast)), 3)
            for p in places
        ]
    if activity.has_gps:
        streams["latlng"] = Route(activity).walk(metres)
    if activity.low is not None and activity.high is not None:
        height, low = (activity.high - activity.low) / 2, activity.low
        streams["altitude"] = [
            round(low + height * (1 - math.cos(p * turn * activity.climbs)), 1) for p in places
        ]
        steepest = 100 * height * turn * activity.climbs / speed if speed else 0.0
        streams["grade_smooth"] = [round(steepest * wave(p, activity.climbs), 1) + 0.0 for p in places]
    if activity.average_heartrate is not None:
        top = (activity.max_heartrate or activity.average_heartrate) - activity.average_heartrate
        mean = activity.average_heartrate
        streams["heartrate"] = [round(mean - top * wave(p, slow, 0.4)) for p in places]
    if activity.cadence is not None:
        cadence = activity.cadence
        streams["cadence"] = [round(cadence + 3 * wave(p, fast, 0.9)) for p in places]
    if activity.average_watts is not None and activity.device_watts:
        watts = activity.average_watts
        streams["watts"] = [
            round(watts * (1 + 0.3 * wave(p, slow, phase) + 0.2 * wave(p, fast))) for p in places
        ]
    if activity.temperature is not None:
        streams["temp"] = [activity.temperature for _ in places]
    return {key: streams[key] for key in KEYS if key in streams}


def polyline(points: list[Place]) -> str:
    """Encoded as maps encode lines: differences of 1e-5 degrees, five bits a letter."""
    text, before = [], (0, 0)
    for point in points:
        now = (round(point[0] * 1e5), round(point[1] * 1e5))
        for new, old in zip(now, before, strict=True):
            value = (new - old) << 1
            value = ~value if value < 0 else value
            while value >= 0x20:
                text.append(chr((0x20 | (value & 0x1F)) + 63))
                value >>= 5
            text.append(chr(value + 63))
        before = now
    return "".join(text)
