"""One activity as it truly is: planned figures from which every answer about it is made.

The surprising thing is that nothing is stored but these figures. Averages, the line on the map and the
streams are computed from them, so that an edit of the distance is seen in all of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.strava.vocabulary import Sport, sport_named

COUNTERS = (
    "achievement_count",
    "kudos_count",
    "comment_count",
    "athlete_count",
    "pr_count",
    "total_photo_count",
)
ABSENT = "absent"
EDITABLE = frozenset((
    "name", "description", "private_note", "sport_type", "gear_id", "workout_type", "device_name", "start",
    "distance", "moving_time", "elapsed_time", "average_heartrate", "max_heartrate", "average_watts",
    "perceived_exertion", "commute", "trainer", "manual", "flagged", "hides_start", "visibility", "private",
    "from_accepted_tag",
))  # fmt: skip


@dataclass(slots=True)
class Activity:
    """Times are Unix seconds; `start` is the true one even if it is hidden."""

    number: int
    id: int
    athlete_id: int
    sport_type: str
    start: int
    uploaded: int
    zone: tuple[str, str]  # as it is shown, and by the name that machines know
    name: str
    distance: float
    moving_time: int
    elapsed_time: int
    description: str | None = ""
    manual: bool = False
    trainer: bool = False
    has_gps: bool = True
    commute: bool = False
    private: bool = False
    visibility: str = "everyone"
    hides_start: bool = False
    flagged: bool = False
    from_accepted_tag: bool = False
    gear_id: str | None = None
    device_name: str | None = None
    workout_type: int | str | None = None  # ABSENT leaves the key out
    average_heartrate: float | None = None
    max_heartrate: float | None = None
    average_watts: float | None = None
    device_watts: bool = False
    cadence: float | None = None
    temperature: int | None = None
    low: float | None = None
    high: float | None = None
    climbs: int = 1
    perceived_exertion: int | None = None
    private_note: str | None = None
    counters: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(COUNTERS, 0) | {"athlete_count": 1}
    )
    streams_from: float = 0.0  # before that its streams are not there yet
    deleted: bool = False

    @property
    def sport(self) -> Sport:
        return sport_named(self.sport_type)

    @property
    def utc_offset(self) -> int:
        offset = datetime.fromtimestamp(self.start, ZoneInfo(self.zone[1])).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    @property
    def shown_start(self) -> datetime:
        """The start as the answers give it: one second past the local midnight when it is hidden."""
        start = datetime.fromtimestamp(self.start, UTC)
        if not self.hides_start:
            return start
        shift = timedelta(seconds=self.utc_offset)
        return (start + shift).replace(hour=0, minute=0, second=1) - shift

    @property
    def shown_local(self) -> datetime:
        """Local wall time, which the answers wrongly mark with a Z."""
        return self.shown_start + timedelta(seconds=self.utc_offset)

    @property
    def order(self) -> tuple[datetime, int]:
        """The place in a list."""
        return self.shown_start, self.id

    @property
    def is_private(self) -> bool:
        return self.private or self.visibility == "only_me"

    @property
    def average_speed(self) -> float:
        return self.distance / self.moving_time if self.moving_time else 0.0

    @property
    def max_speed(self) -> float:
        return 0.0 if self.manual else 1.2 * self.average_speed

    @property
    def gain(self) -> float:
        """The climb: from the lowest to the highest point, so many times."""
        if self.manual or self.low is None or self.high is None:
            return 0.0
        return round(self.climbs * (self.high - self.low), 1)

    def change(self, fields: dict[str, Any]) -> None:
        """An edit by its owner. A shorter activity has moved no longer than it took."""
        if unknown := sorted(set(fields) - EDITABLE):
            raise ValueError(f"cannot edit {unknown}; known: {', '.join(sorted(EDITABLE))}")
        for name, value in fields.items():
            setattr(self, name, value)
        if "elapsed_time" in fields and "moving_time" not in fields:
            self.moving_time = min(self.moving_time, self.elapsed_time)
        if "private" in fields:
            self.visibility = "only_me" if self.private else "everyone"
        elif "visibility" in fields:
            self.private = self.visibility == "only_me"

    def bump(self, count: int) -> None:
        """Everything moves that others can move."""
        for name in COUNTERS:
            self.counters[name] += count


def stamp(moment: datetime) -> str:
    """The form of all times; the zone is whatever the reader believes."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
