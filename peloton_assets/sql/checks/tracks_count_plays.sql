-- check: Every play with a title is counted by its track, and no track counts another.
-- asset: tracks
-- blocking: true
SELECT track_key, t.plays, s.plays AS plays_found
FROM tracks AS t
FULL JOIN (SELECT track_key, count(*) AS plays FROM songs WHERE title IS NOT NULL GROUP BY ALL) AS s USING (track_key)
WHERE t.plays IS DISTINCT FROM s.plays
