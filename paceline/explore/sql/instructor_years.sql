-- Classes and plays of an instructor by year, oldest first.
WITH music AS (SELECT ride_id, count(*) AS plays FROM peloton.songs GROUP BY ALL)
SELECT
    year(r.original_air_time)::INTEGER AS year,
    count(*) AS classes,
    coalesce(sum(m.plays), 0)::BIGINT AS plays
FROM peloton.rides AS r
LEFT JOIN music AS m USING (ride_id)
WHERE r.instructor_id = $instructor_id AND r.original_air_time IS NOT NULL
GROUP BY ALL
ORDER BY year
