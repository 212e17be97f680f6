-- The newest classes that are shown, and who leads them.
SELECT r.ride_id, r.title, r.instructor_id, i.name AS instructor_name, r.original_air_time, r.duration_s
FROM rides AS r
LEFT JOIN instructors AS i USING (instructor_id)
ORDER BY r.original_air_time DESC, r.ride_id
LIMIT 5
