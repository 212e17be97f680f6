-- staging.iracing_weeks: race weeks as landed schedules tell them, typed, one row per week and document.
-- Reads `landed`: all active seasons, or the schedule of one.
WITH seasons AS (
    SELECT seen_at(fetched_at) AS seen_at, unnest(json_extract(payload, '$[*]')) AS season
    FROM landed
    WHERE resource_of(filename) = 'series_seasons'
    UNION ALL
    SELECT seen_at(fetched_at), payload FROM landed WHERE resource_of(filename) = 'series_season_schedule'
),
weeks AS (
    SELECT
        seen_at,
        TRY_CAST(json_extract_string(season, '$.season_id') AS BIGINT) AS asked_season_id,
        unnest(json_extract(season, '$.schedules[*]')) AS week
    FROM seasons
),
typed AS (
    SELECT
        seen_at,
        asked_season_id,
        from_json(week, '{
            "season_id": "BIGINT", "race_week_num": "INTEGER", "series_id": "BIGINT", "season_name": "VARCHAR",
            "series_name": "VARCHAR", "schedule_name": "VARCHAR", "start_date": "VARCHAR", "week_end_time": "VARCHAR",
            "category": "VARCHAR", "category_id": "INTEGER", "race_lap_limit": "INTEGER", "race_time_limit": "INTEGER",
            "practice_length": "INTEGER", "qualify_laps": "INTEGER", "qualify_length": "INTEGER",
            "warmup_length": "INTEGER", "start_type": "VARCHAR", "restart_type": "VARCHAR", "qual_attached": "BOOLEAN",
            "full_course_cautions": "BOOLEAN",
            "track": {"track_id": "BIGINT", "track_name": "VARCHAR", "config_name": "VARCHAR", "category": "VARCHAR"},
            "race_time_descriptors": [{
                "repeating": "BOOLEAN", "start_date": "VARCHAR", "day_offset": ["INTEGER"],
                "first_session_time": "VARCHAR", "repeat_minutes": "INTEGER", "session_minutes": "INTEGER",
                "super_session": "BOOLEAN", "session_times": ["VARCHAR"]
            }],
            "car_restrictions": [{
                "car_id": "BIGINT", "power_adjust_pct": "DOUBLE", "weight_penalty_kg": "DOUBLE",
                "max_pct_fuel_fill": "DOUBLE", "max_dry_tire_sets": "INTEGER", "race_setup_id": "BIGINT",
                "qual_setup_id": "BIGINT"
            }],
            "race_week_cars": [{"car_id": "BIGINT"}], "race_week_car_class_ids": ["BIGINT"],
            "weather": {
                "temp_value": "DOUBLE", "temp_units": "INTEGER", "rel_humidity": "DOUBLE", "wind_value": "DOUBLE",
                "wind_units": "INTEGER", "skies": "INTEGER", "time_of_day": "INTEGER", "track_water": "DOUBLE",
                "simulated_start_time": "VARCHAR", "simulated_time_multiplier": "DOUBLE",
                "weather_summary": {
                    "precip_chance": "DOUBLE", "max_precip_rate": "DOUBLE", "temp_low": "DOUBLE", "temp_high": "DOUBLE",
                    "temp_units": "INTEGER", "wind_low": "DOUBLE", "wind_high": "DOUBLE", "wind_units": "INTEGER"
                }
            }
        }') AS week
    FROM weeks
    WHERE json_type(week) = 'OBJECT'
),
read AS (
    SELECT
        coalesce(week.season_id, asked_season_id) AS season_id,
        week.race_week_num AS race_week_num,
        seen_at,
        week.series_id AS series_id,
        told(week.series_name) AS series_name,
        told(week.season_name) AS season_name,
        told(week.schedule_name) AS schedule_name,
        week.track.track_id AS track_id,
        told(week.track.track_name) AS track_name,
        told(week.track.config_name) AS config_name,
        TRY_CAST(week.start_date AS DATE) AS start_date,
        TRY_CAST(week.week_end_time AS TIMESTAMPTZ) AS week_end_time,
        coalesce(told(week.category), told(week.track.category)) AS category,
        -- Some descriptors do not say whether they repeat: those with a time of day do.
        list_sort(list_transform(
            list_filter(week.race_time_descriptors, lambda d: coalesce(d.repeating, d.first_session_time IS NOT NULL)),
            lambda d: {
                'start_date': TRY_CAST(d.start_date AS DATE), 'day_offsets': list_sort(list_distinct(d.day_offset)),
                'first_session_time': CASE WHEN d.first_session_time < '24' THEN TRY_CAST(d.first_session_time AS TIME) END,
                'repeat_minutes': d.repeat_minutes, 'session_minutes': d.session_minutes,
                'super_session': coalesce(d.super_session, false)
            }
        )) AS time_pattern,
        list_sort(flatten(list_transform(
            list_filter(
                week.race_time_descriptors, lambda d: NOT coalesce(d.repeating, d.first_session_time IS NOT NULL)
            ),
            lambda d: list_transform(coalesce(d.session_times, []), lambda t: {
                'starts_at': TRY_CAST(t AS TIMESTAMPTZ), 'session_minutes': d.session_minutes,
                'super_session': coalesce(d.super_session, false)
            })
        ))) AS specific_times,
        week.race_lap_limit AS race_lap_limit,
        week.race_time_limit AS race_time_limit_min,
        week.practice_length AS practice_min,
        week.qualify_laps AS qualify_laps,
        week.qualify_length AS qualify_min,
        week.warmup_length AS warmup_min,
        told(week.start_type) AS start_type,
        told(week.restart_type) AS restart_type,
        week.qual_attached AS is_qualifying_attached,
        week.full_course_cautions AS has_full_course_cautions,
        list_sort(list_filter(week.car_restrictions, lambda r: r.car_id IS NOT NULL)) AS restrictions,
        list_sort(list_transform(week.race_week_cars, lambda c: c.car_id)) AS race_week_car_ids,
        list_sort(week.race_week_car_class_ids) AS race_week_car_class_ids,
        week.weather AS weather
    FROM typed
),
whole AS (
    SELECT
        *,
        -- With its season's weeks, so that one that came or went is a change of all the others.
        list_sort(list_distinct(list(race_week_num) OVER (PARTITION BY season_id, seen_at))) AS season_weeks
    FROM read
    QUALIFY season_id IS NULL OR race_week_num IS NULL OR row_number() OVER (
        PARTITION BY season_id, race_week_num, seen_at ORDER BY start_date, track_id, time_pattern::VARCHAR
    ) = 1
)
SELECT
    *,
    -- Names change with sponsors and are no change of the schedule.
    md5(to_json(struct_pack(
        track_id, start_date, week_end_time, time_pattern, specific_times, race_lap_limit, race_time_limit_min,
        practice_min, qualify_laps, qualify_min, warmup_min, restrictions, race_week_car_ids,
        race_week_car_class_ids, weather, season_weeks
    ))::VARCHAR) AS content_hash
FROM whole
