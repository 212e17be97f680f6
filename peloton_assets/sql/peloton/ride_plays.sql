-- table: peloton.ride_plays
-- about: What each class plays, one row per class with songs: the plays as the song search reads them.
-- key: ride_id
-- ride_id: the class
-- track_ids: its tracks in the order of play, see peloton.tracks
-- start_offsets_s: second of the video (pre-roll included) at which each starts
-- are_explicit: whether each is marked explicit
SELECT
    strftime(r.air_month, '%Y-%m') AS lake_month,
    s.ride_id,
    list(track_id(s.track_key) ORDER BY s.playlist_order) AS track_ids,
    list(s.start_offset_s ORDER BY s.playlist_order) AS start_offsets_s,
    list(s.is_explicit ORDER BY s.playlist_order) AS are_explicit
FROM songs AS s
JOIN rides AS r USING (ride_id)
WHERE s.title IS NOT NULL
GROUP BY s.ride_id, r.air_month
ORDER BY s.ride_id
