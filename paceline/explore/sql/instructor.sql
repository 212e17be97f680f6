-- One instructor with figures.
SELECT
    i.instructor_id, i.name, i.bio, i.quote, i.fitness_disciplines,
    count(r.ride_id) AS classes,
    min(r.original_air_time) AS first_class,
    max(r.original_air_time) AS last_class,
    count(r.removed_at) AS removed,
    count(*) FILTER (r.is_explicit) AS explicit
FROM peloton.instructors AS i
LEFT JOIN peloton.rides AS r USING (instructor_id)
WHERE i.instructor_id = $instructor_id
GROUP BY ALL
