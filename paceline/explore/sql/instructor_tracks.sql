-- The tracks that an instructor played most; of a year, where one is given. `share` is that of all classes' plays.
SELECT
    any_value(t.title) AS title,
    any_value(t.artist_names) AS artist_names,
    count(*) AS plays,
    max(r.original_air_time) AS last_played,
    arg_max(s.ride_id, r.original_air_time) AS ride_id,
    count(*) / any_value(t.plays) AS share
FROM peloton.songs AS s
JOIN peloton.rides AS r USING (ride_id)
JOIN peloton.tracks AS t USING (track_key)
WHERE r.instructor_id = $instructor_id AND ($year IS NULL OR year(r.original_air_time) = $year::INTEGER)
GROUP BY track_key
ORDER BY plays DESC, last_played DESC, track_key
LIMIT 25
