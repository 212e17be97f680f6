-- Starts of active seasons in the next seven days, by day and hour (UTC).
SELECT date_trunc('hour', starts_at) AS hour, count(*) AS starts
FROM iracing.race_times($from::TIMESTAMPTZ, $from::TIMESTAMPTZ + INTERVAL 7 DAY)
JOIN iracing.seasons USING (season_id)
WHERE active
GROUP BY ALL
ORDER BY hour
