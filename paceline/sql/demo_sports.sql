-- Activities of the last year by sport.
SELECT sport_type AS sport, count(*) AS activities, round(sum(distance_m) / 1000)::INTEGER AS km, round(sum(moving_time_s) / 3600)::INTEGER AS hours
FROM strava.activities
WHERE deleted_at IS NULL AND start_date > now() - INTERVAL 1 YEAR
GROUP BY ALL
ORDER BY km DESC
LIMIT 5
