"""What may be wrong in the typed tables: statements for each row check, each of which it must find by itself."""

from __future__ import annotations

from peloton_assets.transform import TYPED_TABLES
from resources.table_docs import table_docs


def change(table: str, column: str, *values: str, where: str = "rowid = 0") -> list[str]:
    """Statements that each put a wrong value into one row."""
    return [f"UPDATE {table} SET {column} = {value} WHERE {where}" for value in values]


def other_classes(table: str) -> str:
    return f"DELETE FROM {table} WHERE ride_id <> (SELECT min(ride_id) FROM {table})"


LISTED = "rowid = (SELECT min(rowid) FROM rides WHERE NOT is_placeholder)"
NAMED = ("instructors", "class_types", "equipment")
# Check to the faults that it must find, each planted alone.
FAULTS: dict[str, list[str]] = {
    **{
        f"key_of_{name}": [
            f"INSERT INTO {name} FROM {name} LIMIT 1",
            *(fault for column in table_docs()[f"peloton.{name}"].key for fault in change(name, column, "NULL")),
        ]
        for name in (table.split(".")[1] for table in TYPED_TABLES)
    },
    "air_month_is_partition": [
        *change("rides", "original_air_time", "original_air_time - INTERVAL 40 DAY"),
        *change("rides", "air_month", "'2001-05-01'"),
        *change("rides", "filename", "'2001-05.parquet'"),
    ],
    "songs_have_classes": [*change("songs", "ride_id", "'of no class'"), other_classes("rides")],
    "credits_have_plays": [
        *change("song_artists", "ride_id", "'of no class'"),
        *change("song_artists", "playlist_order", "999"),
        other_classes("songs"),
    ],
    "playlists_count_songs": [
        *change("playlists", "song_count", "song_count + 1"),
        "DELETE FROM songs WHERE rowid = 0",
        "INSERT INTO songs FROM songs LIMIT 1",
    ],
    "plays_are_numbered": [
        *change("songs", "playlist_order", "playlist_order + 1", where="true"),
        "DELETE FROM songs WHERE playlist_order = 2",
        *change("song_artists", "artist_order", "artist_order * 2", where="true"),
    ],
    "tracks_count_plays": [
        "DELETE FROM tracks WHERE rowid = 0",
        *change("tracks", "plays", "plays + 1"),
        *change("songs", "track_key", "'no track'"),
    ],
    "removed_after_listed": [
        *change("rides", "removed_at", "last_listed_at", where=LISTED),
        *change("rides", "first_listed_at", "last_listed_at + INTERVAL 1 DAY", where=LISTED),
    ],
    "kinds_agree": [
        *change("rides", "is_power_zone", "NOT is_power_zone", "NULL"),
        *change("rides", "power_zone_kind", "CASE WHEN power_zone_kind IS NULL THEN 'max' END"),
    ],
    "names_are_there": [
        *change("rides", "title", "''", "NULL"),
        *(fault for name in NAMED for fault in change(name, "name", "NULL")),
        *change("songs", "title", "NULL"),
        *change("song_artists", "artist_name", "NULL"),
    ],
    "references_lead_somewhere": [
        *change("rides", "instructor_id", "'nobody'"),
        *change("rides", "class_type_ids", "['no type']"),
        *change("rides", "equipment_ids", "['no thing']"),
        *(f"DELETE FROM {name}" for name in NAMED),
    ],
    "workout_month_is_partition": [
        *change("workouts", "start_time", "start_time - INTERVAL 40 DAY"),
        *change("workouts", "start_month", "'2001-05-01'"),
    ],
    "series_have_workouts": [
        *change("workout_summaries", "workout_id", "'no workout'"),
        *change("workout_samples", "workout_id", "'no workout'"),
        "DELETE FROM workouts WHERE workout_id = (SELECT min(workout_id) FROM workout_summaries)",
    ],
    "samples_have_summaries": [
        "DELETE FROM workout_summaries WHERE peak_output IS NOT NULL",
        *change("workout_summaries", "peak_output", "peak_output + 1", where="peak_output > 0"),
        *change("workout_samples", "value", "99999", where="metric = 'output'"),
    ],
    "workouts_can_be_true": [
        *change("workouts", "duration_s", "-1", "9999999"),
        *change("workouts", "total_work_j", "-1", "1e9"),
        *change("workouts", "start_time", "'2001-01-01 00:00:00+00'", "'2099-01-01 00:00:00+00'"),
        *change("workouts", "end_time", "start_time - INTERVAL 1 SECOND"),
        *change("workouts", "created_at", "start_time - INTERVAL 9999 HOUR"),
        *change("workout_summaries", "avg_heart_rate", "-1", "300"),
        *change("workout_summaries", "max_heart_rate", "-1", "300"),
        *change("workout_summaries", "avg_output", "-1", "9999"),
        *change("workout_summaries", "max_output", "-1", "9999"),
        *change("workout_summaries", "avg_cadence", "-1", "9999"),
        *change("workout_summaries", "avg_resistance", "-1", "101"),
        *change("workout_summaries", "avg_speed_kph", "-1", "9999"),
        *change("workout_summaries", "distance_m", "-1", "1e9"),
        *change("workout_summaries", "sample_count", "-1"),
        *change("workout_samples", "second", "-1", "999999"),
        *change("workout_samples", "value", "-5", "'NaN'"),
    ],
    "values_can_be_true": [
        *change("rides", "duration_s", "0", "-1800", "86400", "1800000"),
        *change("rides", "video_length_s", "0", "86400"),
        *change("rides", "pedaling_start_offset_s", "-1", "99999"),
        *change("rides", "difficulty_rating_avg", "-0.1", "10.1", "'NaN'"),
        *change("rides", "overall_rating_avg", "-0.1", "1.1", "97"),
        *change("rides", "difficulty_rating_count", "-1"),
        *change("rides", "overall_rating_count", "-1"),
        *change("rides", "total_workouts", "-1"),
        *change("rides", "original_air_time", "'2001-01-01 00:00:00+00'", "'2099-01-01 00:00:00+00'"),
        *change("rides", "scheduled_start_time", "original_air_time + INTERVAL 9 DAY"),
        *change("songs", "start_offset_s", "-1", "99999"),
    ],
}  # fmt: skip
