-- The plays of the tracks that match: FROM peloton.search_songs('...'), best track first, its newest class first.
-- Removed classes are left out, since nobody can take them; `plays` still counts them.
-- The tables are parameters as in peloton.find_songs; `tracks` may name a part of them.
CREATE OR REPLACE MACRO peloton.search_songs(
    query,
    tracks := 'peloton.tracks',
    terms := 'peloton.track_terms',
    songs := 'peloton.songs',
    rides := 'peloton.rides',
    instructors := 'peloton.instructors'
) AS TABLE
SELECT
    s.title AS track_title,
    s.artist_names,
    s.album_name,
    s.ride_id,
    r.title AS ride_title,
    i.name AS instructor_name,
    r.fitness_discipline,
    r.duration_s,
    r.original_air_time AS air_time,
    s.start_offset_s,
    f.score,
    f.why,
    f.plays,
    f.track_key
FROM peloton.find_songs(query, tracks := tracks, terms := terms) AS f
JOIN query_table(songs) AS s USING (track_key)
JOIN query_table(rides) AS r USING (ride_id)
LEFT JOIN query_table(instructors) AS i USING (instructor_id)
WHERE r.removed_at IS NULL
ORDER BY f.score DESC, f.track_no, air_time DESC, s.ride_id, s.playlist_order
