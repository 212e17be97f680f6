-- Who took which class how often, and when last.
SELECT ride_id, username, max(start_time) AS last_taken, count(*)::INTEGER AS times
FROM peloton.workouts
WHERE ride_id IS NOT NULL AND removed_at IS NULL
GROUP BY ride_id, username
