-- check: The number of songs of each playlist is the number of its plays.
-- asset: playlists
-- blocking: true
SELECT p.ride_id, p.song_count, count(s.ride_id) AS songs
FROM playlists AS p LEFT JOIN songs AS s USING (ride_id)
GROUP BY ALL HAVING p.song_count <> count(s.ride_id)
