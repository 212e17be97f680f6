-- staging.workout_listings: workouts as they stood in landed answers, one row per workout and answer.
-- Reads `landed`: pages of /api/user/{id}/workouts (`item` is the member) and single workouts (`item` is the workout).
WITH told AS (
    SELECT
        fetched_at,
        CASE WHEN json_extract(payload, '$.data') IS NOT NULL THEN item END AS listed_for,
        unnest(CASE WHEN json_extract(payload, '$.data') IS NULL THEN [payload] ELSE json_extract(payload, '$.data[*]') END) AS workout_json
    FROM landed
),
typed AS (
    SELECT
        fetched_at,
        listed_for,
        from_json(workout_json, '{
            "id": "VARCHAR", "user_id": "VARCHAR", "created_at": "BIGINT", "start_time": "BIGINT", "end_time": "BIGINT",
            "status": "VARCHAR", "fitness_discipline": "VARCHAR", "workout_type": "VARCHAR", "name": "VARCHAR",
            "title": "VARCHAR", "timezone": "VARCHAR", "total_work": "DOUBLE", "peloton_id": "VARCHAR",
            "device_type": "VARCHAR", "platform": "VARCHAR", "is_outdoor": "BOOLEAN",
            "has_pedaling_metrics": "BOOLEAN", "has_leaderboard_metrics": "BOOLEAN",
            "is_total_work_personal_record": "BOOLEAN",
            "v2_total_video_watch_time_seconds": "BIGINT", "total_video_watch_time_seconds": "BIGINT",
            "effort_zones": {"total_effort_points": "DOUBLE"},
            "ride": {"id": "VARCHAR", "title": "VARCHAR"},
            "peloton": {"ride": {"id": "VARCHAR", "title": "VARCHAR"}}
        }') AS workout
    FROM told
)
SELECT
    workout.id AS workout_id,
    coalesce(workout.user_id, listed_for) AS user_id,
    workout.peloton_id AS class_session_id,
    nullif(regexp_replace(coalesce(workout.ride.id, workout.peloton.ride.id, ''), '^[0-]*$', ''), '') AS ride_id,
    -- Just Ride and the like: an id of zeros says that there is no class, none at all that nobody told.
    coalesce(regexp_full_match(coalesce(workout.ride.id, workout.peloton.ride.id), '[0-]*'), false) AS is_without_class,
    unix_time(workout.created_at) AS created_at,
    coalesce(unix_time(workout.start_time), unix_time(workout.created_at)) AS start_time,
    unix_time(workout.end_time) AS end_time,
    coalesce(unix_month(workout.start_time), unix_month(workout.created_at)) AS start_month,
    workout.timezone AS timezone,
    workout.status AS status,
    workout.fitness_discipline AS fitness_discipline,
    workout.workout_type AS workout_type,
    coalesce(workout.title, workout.ride.title, workout.peloton.ride.title, workout.name) AS title,
    workout.total_work AS total_work_j,
    workout.is_total_work_personal_record AS is_personal_record,
    workout.effort_zones.total_effort_points AS effort_points,
    workout.device_type AS device_type,
    workout.platform AS platform,
    workout.is_outdoor AS is_outdoor,
    workout.has_pedaling_metrics AS has_pedaling_metrics,
    workout.has_leaderboard_metrics AS has_leaderboard_metrics,
    coalesce(workout.v2_total_video_watch_time_seconds, workout.total_video_watch_time_seconds) AS video_watched_s,
    fetched_at AS first_listed_at,
    fetched_at AS last_listed_at
FROM typed
