"""The tables that `iracing.race_times` and `paceline races` read, made by hand and filled from Python."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import duckdb

from iracing_assets.recurrence import Event, Pattern, Slot, Start
from resources.settings import CHECKOUT

MACRO = CHECKOUT / "iracing_assets" / "sql" / "macro" / "race_times.sql"
RECORDED = CHECKOUT.parent / "shared" / "recorded" / "iracing"

PATTERN = {
    "start_date": "DATE",
    "day_offsets": ["INTEGER"],
    "first_session_time": "TIME",
    "repeat_minutes": "INTEGER",
    "session_minutes": "INTEGER",
    "super_session": "BOOLEAN",
}
TABLES: dict[str, dict[str, Any]] = {
    "events": {
        "season_id": "BIGINT",
        "race_week_num": "INTEGER",
        "series_id": "BIGINT",
        "track_id": "BIGINT",
        "start_date": "DATE",
        "week_end_time": "TIMESTAMPTZ",
        "event_month": "DATE",
        "time_pattern": [PATTERN],
        "schedule_name": "VARCHAR",
        "category": "VARCHAR",
        "race_lap_limit": "INTEGER",
        "race_time_limit_min": "INTEGER",
        "precip_chance_pct": "DOUBLE",
        "car_class_ids": ["BIGINT"],
        "race_week_car_ids": ["BIGINT"],
    },
    "time_slots": {
        "season_id": "BIGINT",
        "race_week_num": "INTEGER",
        "starts_at": "TIMESTAMPTZ",
        "session_minutes": "INTEGER",
        "super_session": "BOOLEAN",
        "event_month": "DATE",
    },
    "seasons": {
        "season_id": "BIGINT",
        "series_id": "BIGINT",
        "season_name": "VARCHAR",
        "series_name": "VARCHAR",
        "season_year": "INTEGER",
        "season_quarter": "INTEGER",
        "active": "BOOLEAN",
        "official": "BOOLEAN",
        "fixed_setup": "BOOLEAN",
        "license_group": "INTEGER",
        "car_class_ids": ["BIGINT"],
    },
    "series": {
        "series_id": "BIGINT",
        "series_name": "VARCHAR",
        "series_short_name": "VARCHAR",
        "category": "VARCHAR",
    },
    "tracks": {"track_id": "BIGINT", "track_name": "VARCHAR", "config_name": "VARCHAR"},
    "car_classes": {
        "car_class_id": "BIGINT",
        "name": "VARCHAR",
        "short_name": "VARCHAR",
        "car_ids": ["BIGINT"],
    },
    "cars": {"car_id": "BIGINT", "car_name": "VARCHAR"},
}
STARTS = """
    SELECT season_id, race_week_num, series_id, track_id, starts_at, ends_at, session_minutes, super_session
    FROM iracing.race_times($from_ts, $to_ts)
    ORDER BY starts_at, season_id, race_week_num
"""


def create(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The macro and the empty tables; the macro comes first, as in a warehouse that has none of them yet."""
    connection.execute(MACRO.read_text())
    for name, columns in TABLES.items():
        described = ", ".join(f"{column} {_sql_type(kind)}" for column, kind in columns.items())
        connection.execute(f"CREATE TABLE iracing.{name} ({described})")
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Add rows; columns that a row lacks are NULL. Texts of times that lack a zone are UTC."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        f"INSERT INTO iracing.{table} SELECT unnest(from_json($rows::JSON, $shape), max_depth := 2)",
        {"rows": json.dumps([*rows], default=_iso), "shape": json.dumps([TABLES[table]])},
    )


def fill(connection: duckdb.DuckDBPyConnection, events: Iterable[Event]) -> None:
    """These events instead of those that are there."""
    events = [*events]
    connection.execute("DELETE FROM iracing.events")
    connection.execute("DELETE FROM iracing.time_slots")
    insert(connection, "events", map(event_row, events))
    insert(connection, "time_slots", (row for event in events for row in slot_rows(event)))


def event_row(event: Event) -> dict[str, Any]:
    """An event as a row of iracing.events."""
    return {
        "season_id": event.season_id,
        "race_week_num": event.race_week_num,
        "series_id": event.series_id,
        "track_id": event.track_id,
        "time_pattern": [vars(pattern) for pattern in event.patterns],
    }


def slot_rows(event: Event) -> list[dict[str, Any]]:
    """Its single starts as rows of iracing.time_slots, one a moment as in the warehouse."""
    return [
        {"season_id": event.season_id, "race_week_num": event.race_week_num, **vars(slot)}
        for slot in {slot.starts_at: slot for slot in event.slots}.values()
    ]


def macro_starts(
    connection: duckdb.DuckDBPyConnection, from_ts: date | None, to_ts: date | None
) -> list[Start]:
    """What the macro says, as its twin would say it."""
    found = []
    for *names, starts_at, ends_at, minutes, super_session in connection.execute(
        STARTS, {"from_ts": from_ts, "to_ts": to_ts}
    ).fetchall():
        start = Start(*names, starts_at.astimezone(UTC), minutes, super_session)
        assert ends_at == start.ends_at
        found.append(start)
    return found


def recorded_seasons(name: str = "AllyMurray__1") -> list[dict[str, Any]]:
    """The seasons of a recorded answer of series/seasons."""
    seasons: list[dict[str, Any]] = json.loads((RECORDED / "series.seasons" / f"{name}.json").read_text())
    return seasons


def recorded_events(seasons: Iterable[dict[str, Any]]) -> list[Event]:
    """Their weeks."""
    return [_event(week) for season in seasons for week in season["schedules"]]


def _event(week: dict[str, Any]) -> Event:
    patterns, slots = [], []
    for told in week["race_time_descriptors"]:
        minutes, super_session = told["session_minutes"], told["super_session"]
        if told["repeating"]:
            patterns.append(
                Pattern(
                    date.fromisoformat(told["start_date"]),
                    tuple(told["day_offset"]),
                    time.fromisoformat(told["first_session_time"]),
                    told["repeat_minutes"],
                    minutes,
                    super_session,
                )
            )
        else:
            slots += [
                Slot(datetime.fromisoformat(each), minutes, super_session) for each in told["session_times"]
            ]
    return Event(
        week["season_id"],
        week["race_week_num"],
        week["series_id"],
        week["track"]["track_id"],
        tuple(patterns),
        tuple(slots),
    )


def _sql_type(kind: Any) -> str:
    if isinstance(kind, list):
        return f"{_sql_type(kind[0])}[]"
    if isinstance(kind, dict):
        return f"STRUCT({', '.join(f'{name} {_sql_type(each)}' for name, each in kind.items())})"
    return str(kind)


def _iso(value: object) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
