-- Strava activities by week that begins on Monday, on the wall clock of the place.
SELECT
    date_trunc('week', coalesce(start_date_local, start_date::TIMESTAMP))::DATE AS week,
    count(*) AS count,
    coalesce(sum(coalesce(moving_time_s, elapsed_time_s)), 0) / 3600 AS hours,
    sum(kilojoules) AS output_kj,
    sum(distance_m) / 1000 AS km
FROM strava.activities
WHERE deleted_at IS NULL AND start_date IS NOT NULL
GROUP BY ALL
ORDER BY week DESC
LIMIT $weeks
