-- Peloton workouts by week that begins on Monday, on the wall clock of the device where it is known.
SELECT
    date_trunc('week', coalesce(w.start_time_local, w.start_time::TIMESTAMP))::DATE AS week,
    count(*) AS count,
    coalesce(sum(coalesce(s.duration_s, w.duration_s)), 0) / 3600 AS hours,
    sum(coalesce(s.total_output_kj, w.total_work_j / 1000)) AS output_kj,
    sum(s.distance_m) / 1000 AS km
FROM peloton.workouts AS w
LEFT JOIN peloton.workout_summaries AS s USING (workout_id)
WHERE w.removed_at IS NULL AND w.start_time IS NOT NULL AND ($who IS NULL OR w.username = $who)
GROUP BY ALL
ORDER BY week DESC
LIMIT $weeks
