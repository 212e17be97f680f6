-- When the members of this warehouse took a class.
SELECT workout_id, username, start_time, total_output_kj, avg_output, avg_heart_rate, peak_output, peak_song
FROM peloton.workout_overview
WHERE ride_id = $ride_id
ORDER BY start_time DESC
