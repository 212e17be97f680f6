-- Classes of one month by what happened to them: aired, listed (first seen), late, or removed.
SELECT
    r.ride_id, r.title, i.name AS instructor_name, r.fitness_discipline, r.duration_s // 60 AS minutes,
    r.original_air_time, r.first_listed_at, r.last_listed_at, r.removed_at
FROM peloton.rides AS r
LEFT JOIN peloton.instructors AS i USING (instructor_id)
WHERE NOT coalesce(r.is_placeholder, false)
    AND date_trunc('month', CASE $what WHEN 'aired' THEN r.original_air_time WHEN 'removed' THEN r.removed_at ELSE r.first_listed_at END)::DATE = $month::DATE
    AND (
        $what <> 'late'
        OR (
            r.first_listed_at > (SELECT min(first_listed_at) + INTERVAL 2 DAY FROM peloton.rides)
            AND r.first_listed_at > r.original_air_time + INTERVAL 45 DAY
        )
    )
ORDER BY CASE $what WHEN 'aired' THEN r.original_air_time WHEN 'removed' THEN r.removed_at ELSE r.first_listed_at END DESC, r.ride_id
LIMIT 200
