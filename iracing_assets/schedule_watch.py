"""What changed in the schedule since a person looked: for the alert in the UI and for `paceline race-changes`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from iracing_assets.transform import connect, show_typed, statement
from resources.lake import Lake
from resources.redact import one_line
from resources.state import State
from resources.workspace import now

LOOKED_AT = "iracing schedule looked at"


@dataclass(frozen=True)
class ScheduleChange:
    """One thing that changed in one race week that is not over."""

    seen_at: datetime
    season_id: int
    season_name: str | None
    race_week_num: int
    start_date: date | None
    field: str
    old_value: str | None
    new_value: str | None


def changes_since_looked(
    lake: Lake, state: State, since: datetime | None = None, today: date | None = None
) -> list[ScheduleChange]:
    """Changes of running and coming weeks, newest first, since `since` or else since the mark of the last look."""
    looked_at = since or state.mark(LOOKED_AT)
    with connect() as connection:
        for table in ("iracing.schedule_changes", "iracing.seasons", "iracing.tracks"):
            show_typed(connection, lake, table)
        rows = connection.execute(
            statement("people.changes_since"), {"since": looked_at, "today": today or now().date()}
        )
        return [ScheduleChange(*row) for row in rows.fetchall()]


def look(state: State, moment: datetime) -> None:
    """Note that a person has seen all changes up to a moment."""
    state.set_mark(LOOKED_AT, moment)


def worded(change: ScheduleChange) -> str:
    """One change in a line."""
    week = f"{one_line(change.season_name or change.season_id, 80)}, week {change.race_week_num + 1}"
    when = f" of {change.start_date}" if change.start_date else ""
    what = f"{change.field}: {_short(change.old_value)} is now {_short(change.new_value)}"
    what = change.field if change.field in ("added", "removed") else what
    return f"{change.seen_at:%Y-%m-%d %H:%M} {week}{when}: {what}"


def _short(value: str | None) -> str:
    return one_line(value, 120) if value is not None else "nothing"
