"""What may be wrong in iRacing's tables: statements for each row check, each of which it must find by itself."""

from __future__ import annotations

from iracing_assets.transform import TABLES
from resources.table_docs import table_docs


def change(table: str, column: str, *values: str, where: str = "rowid = 0") -> list[str]:
    """Statements that each put a wrong value into one row."""
    return [f"UPDATE {table} SET {column} = {value} WHERE {where}" for value in values]


REPEATING = "rowid = (SELECT min(rowid) FROM events WHERE len(time_pattern) > 0)"
SECOND = "rowid = (SELECT min(rowid) FROM events WHERE race_week_num = 1 AND len(time_pattern) > 0)"


def pattern(**fields: str) -> str:
    """The first pattern of a week with other fields, alone."""
    told = {
        name: f"time_pattern[1].{name}"
        for name in (
            "start_date", "day_offsets", "first_session_time", "repeat_minutes", "session_minutes", "super_session",
        )
    } | fields  # fmt: skip
    return f"[{{{', '.join(f'{name!r}: {value}' for name, value in told.items())}}}]"


# Check to the faults that it must find, each planted alone.
FAULTS: dict[str, list[str]] = {
    **{
        f"key_of_{name}": [
            f"INSERT INTO {name} FROM {name} LIMIT 1",
            *(
                fault
                for column in table_docs()[f"iracing.{name}"].key
                for fault in change(name, column, "NULL")
            ),
        ]
        for name in (table.split(".")[1] for table in TABLES)
    },
    "cars_lead_somewhere": [
        "DELETE FROM cars WHERE car_id = (SELECT min(car_id) FROM event_car_restrictions)",
        *change("event_car_restrictions", "car_id", "-1"),
        *change("events", "race_week_car_ids", "[-1]"),
        *change("car_classes", "car_ids", "[-1]"),
    ],
    "classes_lead_somewhere": [
        "DELETE FROM car_classes WHERE list_contains((SELECT car_class_ids FROM seasons LIMIT 1), car_class_id)",
        *change("seasons", "car_class_ids", "[-1]"),
        *change("events", "car_class_ids", "[-1]"),
    ],
    "tracks_lead_somewhere": [
        "DELETE FROM tracks WHERE track_id = (SELECT min(track_id) FROM events)",
        *change("events", "track_id", "-1", "NULL"),
    ],
    "events_have_seasons": [
        "DELETE FROM seasons WHERE season_id = (SELECT min(season_id) FROM events)",
        *change("events", "season_id", "-1"),
    ],
    "parts_have_events": [
        *change("time_slots", "season_id", "-1"),
        *change("time_slots", "race_week_num", "99"),
        *change("event_car_restrictions", "season_id", "-1"),
        *change("event_car_restrictions", "race_week_num", "99"),
    ],
    "patterns_are_understood": [
        fault
        for fields in (
            {"start_date": "NULL"}, {"first_session_time": "NULL"}, {"day_offsets": "[]"}, {"day_offsets": "NULL"},
            {"day_offsets": "[-1, 0]"}, {"day_offsets": "[0, 7]"}, {"repeat_minutes": "0"},
            {"repeat_minutes": "NULL"}, {"repeat_minutes": "-60"}, {"repeat_minutes": "50"},
        )
        for fault in change("events", "time_pattern", pattern(**fields), where=REPEATING)
    ],
    "starts_lie_in_their_week": [
        *change("events", "week_end_time", "week_end_time - INTERVAL 9 DAY", where=REPEATING),
        *change("events", "time_pattern", pattern(start_date="start_date + 40"), where=REPEATING),
        *change("time_slots", "starts_at", "starts_at + INTERVAL 400 DAY", "starts_at - INTERVAL 400 DAY"),
    ],
    "weeks_do_not_overlap": [
        *change("events", "start_date", "start_date - 30", "start_date + 300", where=SECOND),
        *change("events", "time_pattern", pattern(day_offsets="[0, 9]"), where=SECOND),
        *change("time_slots", "starts_at", "starts_at + INTERVAL 400 DAY"),
    ],
}  # fmt: skip
