-- check: No race week has a start before its first day or after the end that the provider tells.
-- asset: race_calendar
-- blocking: false
WITH last_patterns AS (
    SELECT
        season_id, race_week_num, start_date, week_end_time,
        unnest(list_transform(time_pattern, lambda p: (
            (p.start_date + list_max(p.day_offsets)) + p.first_session_time
            + to_minutes(CASE
                WHEN p.repeat_minutes > 0
                    THEN (1439 - epoch(p.first_session_time)::BIGINT // 60) // p.repeat_minutes * p.repeat_minutes
                ELSE 0
            END)
        ))) AS last_start
    FROM events
)
SELECT season_id, race_week_num, last_start::TIMESTAMPTZ AS starts_at, week_end_time
FROM last_patterns
WHERE last_start::TIMESTAMPTZ > week_end_time
UNION ALL
SELECT season_id, race_week_num, s.starts_at, e.week_end_time
FROM time_slots AS s
JOIN events AS e USING (season_id, race_week_num)
WHERE s.starts_at > e.week_end_time OR s.starts_at < e.start_date::TIMESTAMPTZ - INTERVAL 1 DAY
