-- An instructor's newest classes; of a year, where one is given.
SELECT
    r.ride_id, r.title, r.original_air_time, r.duration_s // 60 AS minutes, r.fitness_discipline, r.removed_at,
    p.song_count
FROM peloton.rides AS r
LEFT JOIN peloton.playlists AS p USING (ride_id)
WHERE r.instructor_id = $instructor_id AND ($year IS NULL OR year(r.original_air_time) = $year::INTEGER)
ORDER BY r.original_air_time DESC, r.ride_id
LIMIT 60
