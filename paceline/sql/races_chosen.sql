-- Weeks of active seasons that pass the filters of the races command, with the names a person reads.
-- A NULL filter lets all pass; a number that is a series' id means that series. Cars are those of the week where it
-- names some, else those of its classes.
CREATE OR REPLACE TEMP TABLE chosen_events AS
WITH weeks AS (
    SELECT
        e.season_id,
        e.race_week_num,
        e.series_id,
        e.track_id,
        e.start_date,
        e.week_end_time,
        e.time_pattern,
        e.race_lap_limit,
        e.race_time_limit_min,
        e.precip_chance_pct,
        e.race_week_car_ids,
        s.season_name,
        coalesce(r.series_name, s.series_name, s.season_name) AS series_name,
        r.series_short_name,
        coalesce(e.category, r.category) AS category,
        t.track_name,
        t.config_name,
        s.license_group,
        s.official,
        s.fixed_setup,
        coalesce(nullif(e.car_class_ids, []), s.car_class_ids) AS class_ids
    FROM iracing.events AS e
    JOIN iracing.seasons AS s USING (season_id)
    LEFT JOIN iracing.series AS r ON r.series_id = e.series_id
    LEFT JOIN iracing.tracks AS t ON t.track_id = e.track_id
    WHERE s.active
        AND ($license IS NULL OR list_contains($license::INTEGER[], s.license_group))
        AND (NOT $official::BOOLEAN OR s.official)
),
fitting AS (
    FROM weeks
    WHERE says(category, $category::VARCHAR)
        AND says(concat_ws(' ', track_name, config_name), $track::VARCHAR)
        AND CASE
            WHEN trim($series::VARCHAR) IN (SELECT series_id::VARCHAR FROM weeks)
                THEN series_id::VARCHAR = trim($series::VARCHAR)
            ELSE says(concat_ws(' ', series_name, series_short_name, season_name), $series::VARCHAR)
        END
),
classes AS (
    SELECT f.season_id, f.race_week_num, c.name, c.car_ids, f.race_week_car_ids
    FROM (SELECT season_id, race_week_num, race_week_car_ids, unnest(class_ids) AS car_class_id FROM fitting) AS f
    JOIN iracing.car_classes AS c USING (car_class_id)
),
car_numbers AS (
    SELECT season_id, race_week_num, unnest(race_week_car_ids) AS car_id FROM fitting
    UNION
    SELECT season_id, race_week_num, unnest(car_ids)
    FROM classes
    WHERE coalesce(race_week_car_ids, []) = []
),
class_names AS (
    SELECT season_id, race_week_num, list(DISTINCT name ORDER BY name) AS car_classes
    FROM classes
    GROUP BY ALL
),
car_names AS (
    SELECT season_id, race_week_num, list(DISTINCT car_name ORDER BY car_name) AS cars
    FROM car_numbers
    JOIN iracing.cars USING (car_id)
    GROUP BY ALL
)
SELECT
    f.* EXCLUDE (class_ids),
    coalesce(n.car_classes, []) AS car_classes,
    coalesce(c.cars, []) AS cars
FROM fitting AS f
LEFT JOIN class_names AS n USING (season_id, race_week_num)
LEFT JOIN car_names AS c USING (season_id, race_week_num)
WHERE $car IS NULL
    OR says(array_to_string(n.car_classes, ' / '), $car::VARCHAR)
    OR len(list_filter(c.cars, lambda name: says(name, $car::VARCHAR))) > 0
