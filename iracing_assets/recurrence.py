"""When races start, computed from the patterns of a season's weeks.

The published warehouse answers this in SQL, by the macro `iracing.race_times`, which says the same rule; this is
its twin, which tests hold it to. The surprising thing: everything is UTC and nothing knows of daylight saving. A
series that keeps its evening hour in America has other patterns in summer than in winter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True)
class Pattern:
    """Starts that repeat within some days; `day_offsets` are counted from `start_date`, its own and not the week's."""

    start_date: date | None
    day_offsets: tuple[int | None, ...] | None
    first_session_time: time | None
    repeat_minutes: int | None
    session_minutes: int | None
    super_session: bool | None = False


@dataclass(frozen=True)
class Slot:
    """One start by itself."""

    starts_at: datetime
    session_minutes: int | None
    super_session: bool | None = False


@dataclass(frozen=True)
class Event:
    """A week of a season."""

    season_id: int
    race_week_num: int
    series_id: int | None = None
    track_id: int | None = None
    patterns: tuple[Pattern, ...] = ()
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True)
class Start:
    """A moment at which an event's race can be entered; `session_minutes` is the whole session."""

    season_id: int
    race_week_num: int
    series_id: int | None
    track_id: int | None
    starts_at: datetime
    session_minutes: int | None
    super_session: bool

    @property
    def ends_at(self) -> datetime | None:
        """The end of the session, practice and qualifying included."""
        if self.session_minutes is None:
            return None
        return self.starts_at + timedelta(minutes=self.session_minutes)


def race_times(events: Iterable[Event], from_: date | None, to: date | None) -> list[Start]:
    """Every start with from_ <= starts_at < to, sorted by moment, season and week.

    A day means its midnight, a moment without a zone UTC. Where several starts of an event meet in one moment, they
    are one: a super session if one of them is, and as long as the longest.
    """
    if from_ is None or to is None:
        return []
    begin, end = as_utc(from_), as_utc(to)
    found: dict[tuple[datetime, int, int], Start] = {}
    for event in events:
        for start in _starts(event, begin, end):
            key = (start.starts_at, start.season_id, start.race_week_num)
            found[key] = _merged(found[key], start) if key in found else start
    return [found[key] for key in sorted(found)]


def as_utc(moment: date) -> datetime:
    """A day or a moment as a moment in UTC."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def pattern_starts(pattern: Pattern, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The starts of one pattern within [begin, end), by day and time."""
    first = pattern.first_session_time
    if first is None or pattern.start_date is None:
        return
    repeats = pattern.repeat_minutes is not None and pattern.repeat_minutes > 0
    step = timedelta(minutes=pattern.repeat_minutes or 0) if repeats else timedelta(days=1)
    for offset in pattern.day_offsets or ():
        if offset is None:
            continue
        # As a number, because a date cannot be counted on beyond the years 1 and 9999.
        ordinal = pattern.start_date.toordinal() + offset
        if not begin.toordinal() <= ordinal <= end.toordinal():
            continue
        midnight = datetime.combine(date.fromordinal(ordinal), time(), UTC)
        since_midnight = timedelta(
            hours=first.hour, minutes=first.minute, seconds=first.second, microseconds=first.microsecond
        )
        while since_midnight < timedelta(days=1):
            if begin <= midnight + since_midnight < end:
                yield midnight + since_midnight
            since_midnight += step


def _starts(event: Event, begin: datetime, end: datetime) -> Iterator[Start]:
    for pattern in event.patterns:
        for moment in pattern_starts(pattern, begin, end):
            yield _start(event, moment, pattern.session_minutes, pattern.super_session)
    for slot in event.slots:
        moment = as_utc(slot.starts_at)
        if begin <= moment < end:
            yield _start(event, moment, slot.session_minutes, slot.super_session)


def _start(event: Event, moment: datetime, minutes: int | None, super_session: bool | None) -> Start:
    return Start(
        event.season_id,
        event.race_week_num,
        event.series_id,
        event.track_id,
        moment,
        minutes,
        bool(super_session),
    )


def _merged(one: Start, other: Start) -> Start:
    lengths = [each.session_minutes for each in (one, other) if each.session_minutes is not None]
    return Start(
        one.season_id,
        one.race_week_num,
        one.series_id,
        one.track_id,
        one.starts_at,
        max(lengths, default=None),
        one.super_session or other.super_session,
    )
