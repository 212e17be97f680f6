"""One workout of a member: what is fixed about it before any payload is written.

Everything follows from the seed, the member, the workout's number and its time. `start_time` follows
`created_at` by seconds, except that a workout done offline and uploaded later starts before the one before it.
The oddities are dealt out by number; the table below says how often.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.peloton.classes import PelotonClass
from sandbox.peloton.members import Member
from sandbox.peloton.seeds import Seeds
from sandbox.peloton.zones import offset_s

COMPLETE, IN_PROGRESS = "COMPLETE", "IN_PROGRESS"
CLASS, SCENIC, JUST_RIDE = "class", "scenic", "freestyle"
UNKNOWN_ZONE = "Atlantis/Harbor"
UNKNOWN_ZONE_OFFSET_S = -7 * 3600
POSIX_ZONES_SINCE_S = 1_640_995_200  # 2022
NULL_ZONES_UNTIL_S = 1_609_459_200  # 2021

ODDITIES: dict[str, tuple[int, int]] = {  # name: (one workout in so many, the first)
    "just_ride": (19, 3),
    "unlisted_class": (29, 5),
    "details_gone": (43, 11),
    "scenic": (37, 8),
    "ride_null": (53, 17),
    "late_upload": (700, 350),
    "month_edge": (47, 23),
    "null_zone": (61, 7),
    "unknown_zone": (211, 31),
    "zones_null": (13, 4),
    "clock_off_by_one": (50, 20),
    "no_heart_rate": (7, 2),
    "app": (11, 6),
    "gaps": (9, 1),
    "nulls": (12, 10),
    "missing_negative": (97, 12),
    "not_in_csv": (40, 26),
}
EDGE_ZONES = (
    "America/Los_Angeles", "Asia/Tokyo", "Etc/GMT+10", "Pacific/Auckland", "America/Sao_Paulo", "Etc/GMT-12",
)  # fmt: skip
TRAVEL_ZONES = (
    "Europe/Berlin",
    "Asia/Kolkata",
    "Etc/GMT+6",
    "America/Denver",
    "Etc/GMT-9",
    "Australia/Sydney",
)
TRAVEL_SHARE = 0.06

BIKE = frozenset({"cycling", "bike_bootcamp"})
TREAD = frozenset({"running", "walking", "circuit"})
ROWER = frozenset({"caesar", "caesar_bootcamp"})
MACHINES = (  # disciplines, (device, platform), metrics type, average watts from and to
    (BIKE, ("home_bike_v1", "home_bike"), "cycling", (85, 215)),
    (TREAD, ("home_tread", "home_tread"), "running", (110, 260)),
    (ROWER, ("caesar", "caesar"), "caesar", (45, 140)),
)
APPS = (("iPhone", "iOS_app"), ("android", "android"), ("home_bike_v1", "home_bike"))


@dataclass(slots=True)
class Workout:
    number: int
    member: Member
    id: str
    peloton_id: str | None
    """The session it took part in; a Just Ride has none."""
    workout_type: str
    cls: PelotonClass | None
    discipline: str
    created_at: int
    start_time: int
    status: str
    timezone: str | None
    clock_offset_s: int
    length_s: int
    """Seconds of the whole workout."""
    done_s: int
    """Seconds of it done so far: less than the length while it is in progress."""
    device: tuple[str, str]
    metrics_type: str | None
    average_w: float
    has_heart_rate: bool
    oddities: frozenset[str]
    end_time_set: int | None = None
    total_work_set: float | None = None
    edits: dict[str, Any] = field(default_factory=dict)
    """What `POST /_sandbox/edit_workout` changed: dotted path to value, over whatever was made here."""

    @property
    def end_time(self) -> int | None:
        if self.status == IN_PROGRESS:
            return None
        return self.end_time_set if self.end_time_set is not None else self.start_time + self.done_s

    @property
    def total_work(self) -> float:
        """Joules."""
        if self.total_work_set is not None:
            return self.total_work_set
        return round(self.average_w * self.done_s, 2)

    @property
    def device_time_created_at(self) -> int:
        """What the device's clock on the wall showed, read as if it were UTC."""
        return self.created_at + self.clock_offset_s

    @property
    def has_metrics(self) -> bool:
        return self.metrics_type is not None

    @property
    def ride_is_shown(self) -> bool:
        return "ride_null" not in self.oddities

    def finish(self) -> None:
        self.status, self.done_s = COMPLETE, self.length_s

    def edit(self, fields: dict[str, Any]) -> None:
        """Change fields of the row; those that the rest follows from change the workout itself."""
        for path, value in fields.items():
            if path in ("created_at", "start_time"):
                setattr(self, path, int(value))
            elif path == "timezone":
                self.timezone = value
                known = offset_s(value, self.created_at)
                self.clock_offset_s = UNKNOWN_ZONE_OFFSET_S if known is None else known
            elif path == "status":
                self._set_status(str(value))
            elif path == "end_time":
                self.end_time_set = None if value is None else int(value)
            elif path == "total_work":
                self.total_work_set = None if value is None else float(value)
            else:
                self.edits[path] = value

    def _set_status(self, status: str) -> None:
        if status == COMPLETE and self.status == IN_PROGRESS:
            self.finish()
        elif status == IN_PROGRESS and self.status != IN_PROGRESS:
            self.done_s = max(1, self.length_s * 2 // 5)
        self.status = status


def oddities_of(number: int) -> frozenset[str]:
    return frozenset(name for name, (every, first) in ODDITIES.items() if number % every == first)


def make_workout(
    seeds: Seeds,
    member: Member,
    number: int,
    created_at: int,
    cls: PelotonClass | None,
    oddities: frozenset[str],
) -> Workout:
    """The workout with this number at this time, of a class or, without one, a Just Ride; not yet begun or ended."""
    key = f"{member.number}/{number}"
    rng = seeds.random("workout", key)
    discipline = cls.kind.discipline if cls else "cycling"
    length_s = cls.duration_s if cls else rng.choice((27, rng.randint(40, 110), rng.randrange(300, 2700, 60)))
    device, metrics_type, watts = APPS[rng.randrange(len(APPS))], None, (0, 0)
    is_outdoor = cls is not None and cls.kind.is_outdoor
    if not is_outdoor and ("app" not in oddities or cls is None):
        for disciplines, machine, kind, range_w in MACHINES:
            if discipline in disciplines:
                device, metrics_type, watts = machine, kind, range_w
    timezone, clock_offset_s = _clock(rng.random(), member, number, created_at, oddities)
    return Workout(
        number=number,
        member=member,
        id=seeds.hex_id("workout", key),
        peloton_id=seeds.hex_id("session", key) if cls else None,
        workout_type=JUST_RIDE if cls is None else SCENIC if cls.kind.is_scenic else CLASS,
        cls=cls,
        discipline=discipline,
        created_at=created_at,
        start_time=created_at + rng.choice((1, 3, rng.randint(2, 20), rng.randint(55, 95))),
        status=COMPLETE,
        timezone=timezone,
        clock_offset_s=clock_offset_s,
        length_s=length_s,
        done_s=length_s,
        device=device,
        metrics_type=metrics_type,
        average_w=round(rng.uniform(*watts), 3),
        has_heart_rate=metrics_type is not None and "no_heart_rate" not in oddities,
        oddities=oddities,
    )


def _clock(
    draw: float, member: Member, number: int, created_at: int, oddities: frozenset[str]
) -> tuple[str | None, int]:
    """The zone's name in the row, and how far the device's clock is ahead of UTC."""
    name: str | None = member.home_zone
    if "month_edge" in oddities:
        name = EDGE_ZONES[number // ODDITIES["month_edge"][0] % len(EDGE_ZONES)]
    elif draw < TRAVEL_SHARE:
        name = TRAVEL_ZONES[int(draw / TRAVEL_SHARE * len(TRAVEL_ZONES))]
    elif created_at >= POSIX_ZONES_SINCE_S and draw < (1 + TRAVEL_SHARE) / 2:
        name = member.home_posix_zone
    ahead = offset_s(name, created_at)
    if "unknown_zone" in oddities:
        name, ahead = UNKNOWN_ZONE, UNKNOWN_ZONE_OFFSET_S
    elif "null_zone" in oddities and created_at < NULL_ZONES_UNTIL_S:
        name = None
    return name, (ahead or 0) - ("clock_off_by_one" in oddities)
