-- Changes of race weeks that are not over, newest first; all of them where nobody looked yet. Tracks by their names.
WITH named AS (
    SELECT track_id::VARCHAR AS track_id, concat_ws(' - ', track_name, config_name) AS track_name FROM tracks
)
SELECT
    c.seen_at,
    c.season_id,
    s.season_name,
    c.race_week_num,
    c.start_date,
    c.field,
    CASE WHEN c.field = 'track' THEN coalesce(o.track_name, c.old_value) ELSE c.old_value END AS old_value,
    CASE WHEN c.field = 'track' THEN coalesce(n.track_name, c.new_value) ELSE c.new_value END AS new_value
FROM schedule_changes AS c
LEFT JOIN seasons AS s USING (season_id)
LEFT JOIN named AS o ON o.track_id = c.old_value
LEFT JOIN named AS n ON n.track_id = c.new_value
WHERE ($since::TIMESTAMPTZ IS NULL OR c.seen_at > $since::TIMESTAMPTZ)
    AND (c.start_date IS NULL OR c.start_date >= $today::DATE - 7)
ORDER BY c.seen_at DESC, c.season_id, c.race_week_num, c.field
