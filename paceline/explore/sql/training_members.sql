-- Whose workouts are here.
SELECT username, count(*) AS workouts
FROM peloton.workouts
WHERE removed_at IS NULL
GROUP BY ALL
ORDER BY workouts DESC, username
