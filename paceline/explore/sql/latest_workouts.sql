-- The newest workouts.
SELECT
    workout_id, username, coalesce(start_time_local, start_time::TIMESTAMP) AS at, title, ride_id, instructor_name,
    fitness_discipline, duration_s, total_output_kj, avg_output, avg_heart_rate, peak_song, peak_song_artists,
    peak_song_certainty
FROM peloton.workout_overview
WHERE $who IS NULL OR username = $who
ORDER BY start_time DESC
LIMIT 30
