-- Classes to which an event happened in one month, the newest first.
SELECT
    r.ride_id, r.title, i.name AS instructor_name, r.fitness_discipline, r.duration_s // 60 AS minutes,
    r.original_air_time, r.first_listed_at, r.last_listed_at, r.removed_at, r.absences
FROM (
    SELECT ride_id, max(happened_at) AS happened_at
    FROM peloton.library_events
    WHERE event = $what AND date_trunc('month', happened_at)::DATE = $month::DATE
    GROUP BY ride_id
)
JOIN peloton.rides AS r USING (ride_id)
LEFT JOIN peloton.instructors AS i USING (instructor_id)
ORDER BY happened_at DESC, r.ride_id
LIMIT 200
