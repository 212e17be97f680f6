-- table: iracing.tracks
-- about: Every track layout, retired ones included, with the layers of its map.
-- key: track_id
-- track_id: the provider's id of one layout
-- track_name: the place
-- config_name: the layout; NULL where the place has only one
-- category: oval, road, dirt_oval or dirt_road: the kind of track, not the licence
-- location: town and country
-- latitude: degrees north
-- longitude: degrees east
-- timezone: zone of the place
-- length_miles: length of a lap
-- corners_per_lap: number of corners
-- pit_road_limit_mph: speed limit in the pit lane
-- number_pitstalls: pit stalls
-- grid_stalls: places on the grid
-- max_cars: most cars
-- package_id: what one buys; several layouts share one package
-- price_usd: list price in US dollars
-- is_free_with_subscription: as the provider says; it has been wrong at times
-- is_retired: no longer in use
-- is_fully_lit: whether it can race at night
-- is_rain_enabled: whether it can race in rain
-- first_sale: first day of sale
-- map_background_url: SVG layer of the map; the six layers lie over each other and need no sign-in
-- map_inactive_url: SVG layer of the roads that are not used
-- map_active_url: SVG layer of the lap
-- map_pitroad_url: SVG layer of the pit lane
-- map_start_finish_url: SVG layer of the line
-- map_turns_url: SVG layer of the numbers of the corners
-- about_html: the provider's description, HTML as it came
WITH assets AS (
    SELECT
        id AS track_id,
        from_json(entity, '{
            "detail_copy": "VARCHAR", "track_map": "VARCHAR", "track_map_layers": {
                "background": "VARCHAR", "inactive": "VARCHAR", "active": "VARCHAR", "pitroad": "VARCHAR",
                "start-finish": "VARCHAR", "turns": "VARCHAR"
            }
        }') AS told
    FROM iracing_entities
    WHERE kind = 'track_assets'
),
maps AS (
    SELECT
        track_id, told(told.detail_copy) AS about_html, rtrim(told(told.track_map), '/') || '/' AS base,
        told.track_map_layers AS layers
    FROM assets
)
SELECT
    id AS track_id,
    told(track.track_name) AS track_name,
    told(track.config_name) AS config_name,
    told(track.category) AS category,
    told(track.location) AS location,
    track.latitude AS latitude,
    track.longitude AS longitude,
    told(track.time_zone) AS timezone,
    track.track_config_length AS length_miles,
    track.corners_per_lap AS corners_per_lap,
    track.pit_road_speed_limit AS pit_road_limit_mph,
    track.number_pitstalls AS number_pitstalls,
    track.grid_stalls AS grid_stalls,
    track.max_cars AS max_cars,
    track.package_id AS package_id,
    track.price AS price_usd,
    track.free_with_subscription AS is_free_with_subscription,
    track.retired AS is_retired,
    track.fully_lit AS is_fully_lit,
    track.rain_enabled AS is_rain_enabled,
    TRY_CAST(track.first_sale AS TIMESTAMPTZ)::DATE AS first_sale,
    image_url(m.base || told(m.layers.background)) AS map_background_url,
    image_url(m.base || told(m.layers.inactive)) AS map_inactive_url,
    image_url(m.base || told(m.layers.active)) AS map_active_url,
    image_url(m.base || told(m.layers.pitroad)) AS map_pitroad_url,
    image_url(m.base || told(m.layers."start-finish")) AS map_start_finish_url,
    image_url(m.base || told(m.layers.turns)) AS map_turns_url,
    m.about_html AS about_html
FROM (
    SELECT
        id,
        from_json(entity, '{
            "track_name": "VARCHAR", "config_name": "VARCHAR", "category": "VARCHAR", "location": "VARCHAR",
            "latitude": "DOUBLE", "longitude": "DOUBLE", "time_zone": "VARCHAR", "track_config_length": "DOUBLE",
            "corners_per_lap": "INTEGER", "pit_road_speed_limit": "DOUBLE", "number_pitstalls": "INTEGER",
            "grid_stalls": "INTEGER", "max_cars": "INTEGER", "package_id": "BIGINT", "price": "DOUBLE",
            "free_with_subscription": "BOOLEAN", "retired": "BOOLEAN", "fully_lit": "BOOLEAN",
            "rain_enabled": "BOOLEAN", "first_sale": "VARCHAR"
        }') AS track
    FROM iracing_entities
    WHERE kind = 'track'
)
LEFT JOIN maps AS m ON m.track_id = id
ORDER BY id
