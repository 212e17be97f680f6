-- Starts of the chosen weeks in [from, to), the next one first; all_starts is how many there are without a limit.
SELECT
    t.starts_at,
    t.ends_at,
    t.season_id,
    e.season_name,
    e.series_id,
    e.series_name,
    e.track_id,
    e.track_name,
    e.config_name,
    t.race_week_num,
    t.super_session,
    t.session_minutes,
    e.category,
    e.license_group,
    e.official,
    e.fixed_setup,
    e.race_lap_limit,
    e.race_time_limit_min,
    e.precip_chance_pct,
    e.car_classes,
    e.cars,
    count(*) OVER () AS all_starts
FROM iracing.race_times($from_ts, $to_ts, events := 'chosen_events', time_slots := 'chosen_slots') AS t
JOIN chosen_events AS e USING (season_id, race_week_num)
ORDER BY t.starts_at, e.series_name, t.season_id, t.race_week_num
LIMIT $limit
