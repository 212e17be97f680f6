-- Instructors by how much music they play.
WITH music AS (
    SELECT r.instructor_id, count(*) AS plays, count(DISTINCT s.track_key) AS tracks
    FROM peloton.songs AS s
    JOIN peloton.rides AS r USING (ride_id)
    GROUP BY ALL
),
classes AS (
    SELECT instructor_id, count(*) AS classes, max(original_air_time) AS latest FROM peloton.rides GROUP BY ALL
)
SELECT
    i.instructor_id, i.name, c.classes, c.latest, coalesce(m.plays, 0) AS plays, coalesce(m.tracks, 0) AS tracks,
    i.fitness_disciplines
FROM peloton.instructors AS i
JOIN classes AS c USING (instructor_id)
LEFT JOIN music AS m USING (instructor_id)
ORDER BY i.name, i.instructor_id
