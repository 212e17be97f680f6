-- The week of each chosen season that runs at a moment, by series. A week's end is its last start, inclusive.
WITH running AS (
    SELECT *
    FROM chosen_events
    WHERE start_date <= $at::TIMESTAMPTZ
        AND coalesce(week_end_time, start_date + INTERVAL 7 DAY) >= $at::TIMESTAMPTZ
    QUALIFY row_number() OVER (PARTITION BY season_id ORDER BY start_date DESC, race_week_num DESC) = 1
),
coming AS (
    SELECT season_id, race_week_num, min(starts_at) AS next_start
    FROM iracing.race_times(
        $at, $at::TIMESTAMPTZ + INTERVAL 60 DAY, events := 'chosen_events', time_slots := 'chosen_slots'
    )
    GROUP BY ALL
),
slots AS (
    SELECT season_id, race_week_num, list(starts_at ORDER BY starts_at) AS single_starts
    FROM chosen_slots
    GROUP BY ALL
)
SELECT
    r.season_id,
    r.season_name,
    r.series_id,
    r.series_name,
    r.license_group,
    r.race_week_num,
    r.start_date,
    r.week_end_time,
    r.category,
    r.track_id,
    r.track_name,
    r.config_name,
    r.race_lap_limit,
    r.race_time_limit_min,
    r.precip_chance_pct,
    r.official,
    r.fixed_setup,
    r.car_classes,
    r.cars,
    coalesce(r.race_week_car_ids, []) <> [] AS cars_of_the_week,
    r.time_pattern,
    coalesce(s.single_starts, []) AS single_starts,
    c.next_start
FROM running AS r
LEFT JOIN coming AS c USING (season_id, race_week_num)
LEFT JOIN slots AS s USING (season_id, race_week_num)
ORDER BY r.series_name, r.season_id
