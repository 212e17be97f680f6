-- table: iracing.events
-- about: Race weeks of seasons. When their races start is computed by iracing.race_times from the pattern, not stored.
-- key: season_id, race_week_num
-- season_id: see iracing.seasons
-- race_week_num: week of the season, from 0
-- series_id: see iracing.series
-- track_id: see iracing.tracks
-- schedule_name: the provider's name of the time table
-- start_date: first day, UTC; weeks off are gaps between these
-- week_end_time: end as the provider tells it: the last start, or later
-- event_month: first day of the month of start_date
-- category: licence category of the week
-- time_pattern: repeating starts: on each of day_offsets days after its own start_date, from first_session_time every repeat_minutes until midnight, UTC
-- starts_per_week: how many starts the pattern and iracing.time_slots give
-- race_lap_limit: laps of the race, NULL for no limit
-- race_time_limit_min: minutes of the race, NULL for no limit
-- practice_min: minutes of practice
-- qualify_laps: laps of qualifying
-- qualify_min: minutes of qualifying
-- warmup_min: minutes of warm-up
-- is_qualifying_attached: whether qualifying is a part of the session
-- start_type: rolling or standing
-- restart_type: how races restart
-- has_full_course_cautions: whether the safety car comes out
-- car_class_ids: classes of the week, else of the season
-- race_week_car_ids: cars of the week where they differ from week to week, else empty
-- simulated_start_time: date and time of day on the track, without zone
-- temp_value: temperature in temp_units, the setting of the week
-- temp_units: 0 Fahrenheit, 1 Celsius
-- rel_humidity_pct: relative humidity
-- precip_chance_pct: chance of rain
-- temp_low_c: lowest temperature of the forecast in degrees Celsius
-- temp_high_c: highest temperature of the forecast
-- first_seen_at: when the week was first seen as it is now
WITH counted AS (
    SELECT
        w.*,
        list_sum(list_transform(
            time_pattern,
            lambda p: len(p.day_offsets) * CASE
                WHEN p.repeat_minutes > 0 THEN len(range(epoch_us(p.first_session_time), 86400000000, p.repeat_minutes * 60000000::BIGINT))
                ELSE (p.first_session_time IS NOT NULL)::BIGINT
            END
        )) AS repeating_starts
    FROM current_weeks AS w
    WHERE start_date IS NOT NULL
)
SELECT
    c.season_id,
    c.race_week_num,
    c.series_id,
    c.track_id,
    c.schedule_name,
    c.start_date,
    c.week_end_time,
    date_trunc('month', c.start_date)::DATE AS event_month,
    c.category,
    coalesce(c.time_pattern, []) AS time_pattern,
    (coalesce(c.repeating_starts, 0) + len(coalesce(c.specific_times, [])))::INTEGER AS starts_per_week,
    c.race_lap_limit,
    c.race_time_limit_min,
    c.practice_min,
    c.qualify_laps,
    c.qualify_min,
    c.warmup_min,
    c.is_qualifying_attached,
    c.start_type,
    c.restart_type,
    c.has_full_course_cautions,
    CASE WHEN len(c.race_week_car_class_ids) > 0 THEN c.race_week_car_class_ids ELSE s.car_class_ids END AS car_class_ids,
    coalesce(c.race_week_car_ids, []) AS race_week_car_ids,
    TRY_CAST(c.weather.simulated_start_time AS TIMESTAMP) AS simulated_start_time,
    c.weather.temp_value AS temp_value,
    c.weather.temp_units AS temp_units,
    c.weather.rel_humidity AS rel_humidity_pct,
    c.weather.weather_summary.precip_chance AS precip_chance_pct,
    to_celsius(c.weather.weather_summary.temp_low, c.weather.weather_summary.temp_units) AS temp_low_c,
    to_celsius(c.weather.weather_summary.temp_high, c.weather.weather_summary.temp_units) AS temp_high_c,
    c.first_seen_at,
    strftime(c.start_date, '%Y-%m') AS lake_month
FROM counted AS c
LEFT JOIN (
    SELECT id AS season_id, from_json(json_extract(entity, '$.car_class_ids'), '["BIGINT"]') AS car_class_ids
    FROM iracing_entities
    WHERE kind = 'season'
) AS s USING (season_id)
ORDER BY season_id, race_week_num
