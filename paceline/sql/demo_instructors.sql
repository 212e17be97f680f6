-- Instructors by the number of different tracks in their classes.
SELECT
    i.name AS instructor,
    count(DISTINCT r.ride_id) AS classes,
    count(DISTINCT s.track_key) AS tracks,
    mode(s.artist_names[1]) AS "favourite artist"
FROM peloton.rides AS r
JOIN peloton.instructors AS i USING (instructor_id)
JOIN peloton.songs AS s USING (ride_id)
GROUP BY i.name
ORDER BY tracks DESC
LIMIT 5
