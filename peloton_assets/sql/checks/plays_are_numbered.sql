-- check: Plays of a class, and artists of a play, are numbered 1, 2, 3 without a gap.
-- asset: songs
-- blocking: true
SELECT ride_id, NULL AS play, count(*) AS found, max(playlist_order) AS last_number
FROM songs GROUP BY ALL HAVING min(playlist_order) <> 1 OR max(playlist_order) <> count(*)
UNION ALL
SELECT ride_id, playlist_order, count(*), max(artist_order)
FROM song_artists GROUP BY ALL HAVING min(artist_order) <> 1 OR max(artist_order) <> count(*)
