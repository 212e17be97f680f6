-- Classes of `ride_listings` whose details the rule wants, newest first.
-- $rule: power-zone (of cycling only Power Zone, of other disciplines all, never warm-ups and cool-downs) or all.
-- $disciplines: category slugs, empty for all.
SELECT ride_id, air_month
FROM ride_listings
WHERE
    (len($disciplines::VARCHAR[]) = 0 OR list_has_any(categories, $disciplines::VARCHAR[]))
    AND (
        $rule = 'all'
        OR (
            NOT looks_warm_up(title, class_type_ids)
            AND NOT looks_cool_down(title, class_type_ids)
            AND (coalesce(fitness_discipline, '') <> 'cycling' OR looks_power_zone(title, class_type_ids))
        )
    )
    -- Just Ride and imported workouts share an id of zeros, which is no class.
    AND regexp_matches(ride_id, '[^0-]')
ORDER BY original_air_time DESC, ride_id
