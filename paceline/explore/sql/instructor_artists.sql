-- The artists whom an instructor played most; of a year, where one is given. Other spellings count as one artist.
SELECT
    mode(a.artist_name) AS artist_name,
    count(*) AS plays,
    count(DISTINCT s.track_key) AS tracks
FROM peloton.song_artists AS a
JOIN peloton.songs AS s USING (ride_id, playlist_order)
JOIN peloton.rides AS r USING (ride_id)
WHERE r.instructor_id = $instructor_id AND ($year IS NULL OR year(r.original_air_time) = $year::INTEGER)
GROUP BY peloton.plain_words(a.artist_name)
ORDER BY plays DESC, artist_name
LIMIT 25
