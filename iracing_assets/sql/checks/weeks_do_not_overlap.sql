-- check: The weeks of a season follow each other: none begins before the one before it, and none starts races in the next.
-- asset: race_calendar
-- blocking: false
WITH last_slots AS (
    SELECT season_id, race_week_num, max(starts_at)::DATE AS last_slot FROM time_slots GROUP BY ALL
),
last_starts AS (
    SELECT
        season_id, race_week_num, start_date,
        greatest(
            list_max(list_transform(time_pattern, lambda p: p.start_date + list_max(p.day_offsets))), last_slot
        ) AS last_day
    FROM events
    LEFT JOIN last_slots USING (season_id, race_week_num)
),
followed AS (
    SELECT *, lead(start_date) OVER (PARTITION BY season_id ORDER BY race_week_num) AS next_start
    FROM last_starts
)
SELECT season_id, race_week_num, start_date, last_day, next_start
FROM followed
WHERE next_start <= start_date OR last_day >= next_start
