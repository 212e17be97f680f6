-- check: What workouts measure lies where it can lie.
-- asset: warehouse
-- blocking: false
SELECT 'workouts' AS table_name, workout_id, title
FROM workouts
WHERE
    duration_s NOT BETWEEN 0 AND 24 * 3600
    OR total_work_j NOT BETWEEN 0 AND 20e6
    OR start_time NOT BETWEEN '2012-01-01 00:00:00+00' AND first_listed_at + INTERVAL 1 DAY
    OR end_time < start_time
    OR abs(date_diff('hour', created_at, start_time)) > 24 * 365
UNION ALL
SELECT 'workout_summaries', workout_id, NULL
FROM workout_summaries
WHERE
    avg_heart_rate NOT BETWEEN 20 AND 250
    OR max_heart_rate NOT BETWEEN 20 AND 250
    OR avg_output NOT BETWEEN 0 AND 2500
    OR max_output NOT BETWEEN 0 AND 5000
    OR avg_cadence NOT BETWEEN 0 AND 250
    OR avg_resistance NOT BETWEEN 0 AND 100
    OR avg_speed_kph NOT BETWEEN 0 AND 120
    OR distance_m NOT BETWEEN 0 AND 500000
    OR sample_count < 0
UNION ALL
SELECT DISTINCT 'workout_samples', workout_id, metric
FROM workout_samples
WHERE second NOT BETWEEN 0 AND 24 * 3600 OR value < 0 AND metric <> 'incline' OR isnan(value)
