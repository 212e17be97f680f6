-- What of a member's workouts was never answered, a row an item. Reads `wanted` (wanted_workouts.sql), `class_sessions`,
-- `ride_details` and `workout_graphs`.
SELECT DISTINCT 'class_sessions' AS resource, session_id AS item
FROM wanted ANTI JOIN class_sessions AS s ON s.class_session_id = wanted.session_id AND s.start_month = wanted.start_month
WHERE session_id IS NOT NULL
UNION ALL
SELECT DISTINCT 'ride_details', ride_id FROM wanted ANTI JOIN ride_details USING (ride_id, air_month)
WHERE ride_id IS NOT NULL
UNION ALL
SELECT 'performance_graphs', workout_id FROM wanted ANTI JOIN workout_graphs USING (workout_id, start_month)
WHERE status <> 'IN_PROGRESS'
