-- table: peloton.ride_tracks
-- about: What each class plays, one row per class with songs: the plays as the song search reads them.
-- key: ride_id
-- ride_id: the class
-- track_nos: its tracks in the order of play, see peloton.tracks
-- start_offsets_s: second of the video (pre-roll included) at which each starts
SELECT
    s.ride_id,
    list(t.track_no ORDER BY s.playlist_order) AS track_nos,
    list(s.start_offset_s ORDER BY s.playlist_order) AS start_offsets_s
FROM songs AS s
JOIN tracks AS t USING (track_key)
GROUP BY s.ride_id
ORDER BY s.ride_id
