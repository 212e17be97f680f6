-- check: Keys are unique: no class, play or instructor is there twice.
-- asset: rides
-- blocking: true
SELECT 'peloton.rides' AS table_name, ride_id AS key, count(*) AS times FROM rides GROUP BY ALL HAVING count(*) > 1
UNION ALL
SELECT 'peloton.songs', ride_id || ' ' || playlist_order, count(*) FROM songs GROUP BY ALL HAVING count(*) > 1
UNION ALL
SELECT 'peloton.playlists', ride_id, count(*) FROM playlists GROUP BY ALL HAVING count(*) > 1
UNION ALL
SELECT 'peloton.instructors', instructor_id, count(*) FROM instructors GROUP BY ALL HAVING count(*) > 1
