-- check: The track of every race week is known.
-- asset: race_calendar
-- blocking: false
SELECT track_id, count(*) AS weeks
FROM events ANTI JOIN tracks USING (track_id)
WHERE EXISTS (FROM tracks)
GROUP BY ALL
