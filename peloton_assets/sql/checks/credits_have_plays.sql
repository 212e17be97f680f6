-- check: Every artist is credited for a play that is there.
-- asset: song_artists
-- blocking: true
SELECT ride_id, playlist_order, count(*) AS artists
FROM song_artists ANTI JOIN songs USING (ride_id, playlist_order)
GROUP BY ALL
