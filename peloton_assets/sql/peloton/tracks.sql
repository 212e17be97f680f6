-- table: peloton.tracks
-- about: Distinct tracks (title and artists); what the song search looks through, some tens of thousands of rows.
-- key: track_key
-- track_key: joins peloton.songs
-- title: the commonest spelling
-- artist_names: of the same play
-- album_name: of the newest play that has one
-- plays: number of plays in the library
-- last_played: air time of the newest class that plays it, UTC
-- title_words: the title in the form in which words are compared
-- artist_words: the artists in that form
SELECT
    s.track_key,
    mode(s.title ORDER BY r.original_air_time DESC, s.ride_id) AS title,
    arg_max(s.artist_names, r.original_air_time) AS artist_names,
    arg_max(s.album_name, r.original_air_time) FILTER (s.album_name IS NOT NULL) AS album_name,
    count(*)::INTEGER AS plays,
    max(r.original_air_time) AS last_played,
    peloton.plain_words(any_value(s.title ORDER BY s.title)) AS title_words,
    peloton.plain_words(array_to_string(any_value(s.artist_names ORDER BY s.artist_names), ' ')) AS artist_words
FROM songs AS s
JOIN rides AS r USING (ride_id)
WHERE s.title IS NOT NULL
GROUP BY s.track_key
ORDER BY s.track_key
