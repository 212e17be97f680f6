-- check: Every pattern of starts tells first day, days and first time, and its repeats divide a day.
-- asset: race_calendar
-- blocking: false
WITH patterns AS (SELECT season_id, race_week_num, unnest(time_pattern) AS pattern FROM events)
SELECT season_id, race_week_num, pattern::VARCHAR AS pattern
FROM patterns
WHERE pattern.start_date IS NULL
    OR pattern.first_session_time IS NULL
    OR coalesce(len(pattern.day_offsets), 0) = 0
    OR list_min(pattern.day_offsets) < 0
    OR list_max(pattern.day_offsets) > 6
    OR coalesce(pattern.repeat_minutes, 0) <= 0
    OR 1440 % pattern.repeat_minutes <> 0
