-- The newest activities.
SELECT
    activity_id, coalesce(start_date_local, start_date::TIMESTAMP) AS at, name, sport_type, distance_m,
    coalesce(moving_time_s, elapsed_time_s) AS duration_s, total_elevation_gain_m, average_heartrate, average_watts,
    kilojoules, source
FROM strava.activities
WHERE deleted_at IS NULL
ORDER BY start_date DESC
LIMIT 30
