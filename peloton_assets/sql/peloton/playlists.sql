-- table: peloton.playlists
-- about: One row per class whose details were fetched, with or without music.
-- key: ride_id
-- ride_id: the class
-- playlist_id: the provider's id; NULL where it sent none
-- song_count: number of plays in peloton.songs
-- has_music: false for a missing, null or empty playlist: fetched, and no songs
SELECT
    d.air_month AS lake_month,
    d.ride_id,
    d.playlist_id,
    len(d.songs)::INTEGER AS song_count,
    len(d.songs) > 0 AS has_music
FROM ride_details AS d
SEMI JOIN known_rides AS l USING (ride_id, air_month)
ORDER BY d.ride_id
