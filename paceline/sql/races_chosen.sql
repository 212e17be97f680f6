-- Weeks of active seasons that pass the filters of the races command, with the names a person reads.
-- A NULL filter lets all pass. Cars are those of the week where it names some, else those of its classes.
CREATE OR REPLACE TEMP TABLE chosen_events AS
WITH weeks AS (
    SELECT
        e.* EXCLUDE (category, car_class_ids),
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
),
named AS (
    SELECT
        *,
        list_sort(list_filter(
            list_transform(class_ids, lambda id: class_named[id].name), lambda name: name IS NOT NULL
        )) AS car_classes,
        list_sort(list_distinct(list_filter(
            list_transform(
                coalesce(
                    nullif(race_week_car_ids, []),
                    flatten(list_transform(class_ids, lambda id: coalesce(class_named[id].car_ids, [])))
                ),
                lambda id: car_named[id]
            ),
            lambda name: name IS NOT NULL
        ))) AS cars
    FROM weeks, (
        SELECT
            (SELECT coalesce(map_from_entries(list((car_class_id, {'name': name, 'car_ids': car_ids}))), map {})
                FROM iracing.car_classes) AS class_named,
            (SELECT coalesce(map_from_entries(list((car_id, car_name))), map {}) FROM iracing.cars) AS car_named
    )
)
SELECT * EXCLUDE (class_named, car_named, class_ids)
FROM named
WHERE ($series IS NULL OR series_id::VARCHAR = $series::VARCHAR
        OR says(concat_ws(' ', series_name, series_short_name, season_name), $series::VARCHAR))
    AND ($license IS NULL OR list_contains($license::INTEGER[], license_group))
    AND says(category, $category::VARCHAR)
    AND says(concat_ws(' ', track_name, config_name), $track::VARCHAR)
    AND ($car IS NULL OR len(list_filter(list_concat(cars, car_classes), lambda name: says(name, $car::VARCHAR))) > 0)
    AND (NOT $official OR official)
