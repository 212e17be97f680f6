-- table: iracing.schedule_changes
-- about: What changed in race weeks after they were first seen, a row per thing that changed, with the time it was seen.
-- key: season_id, race_week_num, seen_at, field
-- season_id: see iracing.seasons
-- race_week_num: week of the season, from 0
-- seen_at: when a document first told it differently
-- field: what changed: track, dates, start times, length, cars, car restrictions, weather; added or removed for a whole week
-- old_value: before, JSON where it is more than one value
-- new_value: since then
-- start_date: first day of the week, as it was told last
-- series_id: see iracing.series
WITH versions AS (
    SELECT *, lag(season_id) OVER one_week IS NOT NULL AS has_before
    FROM iracing_weeks
    WINDOW one_week AS (PARTITION BY season_id, race_week_num ORDER BY first_seen_at)
),
worded AS (
    SELECT
        season_id, race_week_num, first_seen_at AS seen_at, last_seen_at, start_date, series_id, season_weeks, has_before,
        [
            {'field': 'track', 'said': track_id::VARCHAR},
            {'field': 'dates', 'said': to_json({'start_date': start_date, 'week_end_time': week_end_time})::VARCHAR},
            {
                'field': 'start times',
                'said': to_json({'time_pattern': time_pattern, 'specific_times': specific_times})::VARCHAR
            },
            {
                'field': 'length',
                'said': to_json({
                    'race_lap_limit': race_lap_limit, 'race_time_limit_min': race_time_limit_min,
                    'practice_min': practice_min, 'qualify_laps': qualify_laps, 'qualify_min': qualify_min,
                    'warmup_min': warmup_min
                })::VARCHAR
            },
            {
                'field': 'cars',
                'said': to_json({
                    'race_week_car_ids': race_week_car_ids, 'race_week_car_class_ids': race_week_car_class_ids
                })::VARCHAR
            },
            {'field': 'car restrictions', 'said': to_json(restrictions)::VARCHAR},
            {'field': 'weather', 'said': to_json(weather)::VARCHAR}
        ] AS said
    FROM versions
),
paired AS (
    SELECT
        *,
        lag(said) OVER one_week AS said_before,
        lag(season_weeks) OVER one_week AS weeks_before
    FROM worded
    WINDOW one_week AS (PARTITION BY season_id, race_week_num ORDER BY seen_at)
),
changed AS (
    SELECT
        season_id, race_week_num, seen_at, start_date, series_id,
        unnest(list_filter(
            list_transform(said, lambda s, i: {'field': s.field, 'old': said_before[i].said, 'new': s.said}),
            lambda c: c.old IS DISTINCT FROM c.new
        )) AS change
    FROM paired
    WHERE has_before
),
-- A week that came or went is told by the weeks that were there before and after.
season_changes AS (
    SELECT DISTINCT
        season_id, seen_at, series_id,
        list_filter(season_weeks, lambda w: NOT list_contains(weeks_before, w)) AS added,
        list_filter(weeks_before, lambda w: NOT list_contains(season_weeks, w)) AS removed
    FROM paired
    WHERE has_before AND season_weeks IS DISTINCT FROM weeks_before
),
came_or_went AS (
    SELECT season_id, unnest(added) AS race_week_num, seen_at, series_id, 'added' AS field FROM season_changes
    UNION
    SELECT season_id, unnest(removed), seen_at, series_id, 'removed' FROM season_changes
),
last_dates AS (
    SELECT season_id, race_week_num, arg_max(start_date, last_seen_at) AS start_date
    FROM iracing_weeks
    GROUP BY ALL
)
SELECT season_id, race_week_num, seen_at, change.field AS field, change.old AS old_value, change.new AS new_value, start_date, series_id
FROM changed
UNION ALL
SELECT c.season_id, c.race_week_num, c.seen_at, c.field, NULL, NULL, d.start_date, c.series_id
FROM came_or_went AS c
LEFT JOIN last_dates AS d USING (season_id, race_week_num)
ORDER BY season_id, race_week_num, seen_at, field
