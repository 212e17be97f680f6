-- check: No activity is there twice under two ids: same athlete, same start, same sport and time.
-- asset: training_log
-- blocking: false
SELECT start_date, sport_type, elapsed_time_s, count(*) AS times, list(activity_id ORDER BY activity_id) AS activity_ids
FROM activities
WHERE deleted_at IS NULL
GROUP BY athlete_id, start_date, sport_type, elapsed_time_s
HAVING count(*) > 1
