-- The playlist of a class; how many classes play each track.
SELECT
    s.playlist_order, s.title, s.artist_names, s.album_name, s.start_offset_s, s.is_explicit, s.track_key,
    coalesce(t.plays, 1) AS plays
FROM peloton.songs AS s
LEFT JOIN peloton.tracks AS t USING (track_key)
WHERE s.ride_id = $ride_id
ORDER BY s.playlist_order
