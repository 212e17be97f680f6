-- Who teaches the most classes.
SELECT i.instructor_id, i.name, count(r.ride_id) AS classes, max(r.original_air_time) AS newest
FROM instructors AS i
LEFT JOIN rides AS r USING (instructor_id)
GROUP BY ALL
ORDER BY classes DESC, i.instructor_id
LIMIT 5
