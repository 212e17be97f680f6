-- The first songs of the newest class with music that is shown.
SELECT s.title, s.artist_names, s.start_offset_s, s.ride_id, r.title AS class_title, r.instructor_id, i.name AS instructor_name
FROM songs AS s
LEFT JOIN rides AS r USING (ride_id)
LEFT JOIN instructors AS i USING (instructor_id)
ORDER BY r.original_air_time DESC NULLS LAST, s.ride_id, s.playlist_order
LIMIT 5
