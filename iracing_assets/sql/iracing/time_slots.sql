-- table: iracing.time_slots
-- about: Race starts that do not repeat. Those that repeat are no rows: ask iracing.race_times for all.
-- key: season_id, race_week_num, starts_at
-- season_id: see iracing.seasons
-- race_week_num: week of the season, from 0
-- starts_at: start of the session
-- session_minutes: length of the whole session; the longest where several start at once
-- super_session: whether a super session starts then
-- event_month: first day of the month of the race week, which may be the month before the start
WITH told_times AS (
    SELECT season_id, race_week_num, start_date, unnest(specific_times) AS told
    FROM current_weeks
    WHERE start_date IS NOT NULL
)
SELECT
    season_id,
    race_week_num,
    told.starts_at AS starts_at,
    max(told.session_minutes) AS session_minutes,
    bool_or(told.super_session) AS super_session,
    date_trunc('month', start_date)::DATE AS event_month,
    strftime(start_date, '%Y-%m') AS lake_month
FROM told_times
WHERE told.starts_at IS NOT NULL
GROUP BY season_id, race_week_num, told.starts_at, start_date
ORDER BY season_id, race_week_num, starts_at
