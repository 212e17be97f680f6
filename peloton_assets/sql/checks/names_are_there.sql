-- check: Classes, songs, people and things have a name.
-- asset: warehouse
-- blocking: false
SELECT 'rides' AS table_name, ride_id AS id FROM rides WHERE coalesce(title, '') = ''
UNION ALL
SELECT 'songs', ride_id || ' ' || playlist_order FROM songs WHERE title IS NULL
UNION ALL
SELECT 'song_artists', ride_id || ' ' || playlist_order FROM song_artists WHERE artist_name IS NULL
UNION ALL
SELECT 'instructors', instructor_id FROM instructors WHERE name IS NULL
UNION ALL
SELECT 'class_types', class_type_id FROM class_types WHERE name IS NULL
UNION ALL
SELECT 'equipment', equipment_id FROM equipment WHERE name IS NULL
