-- table: strava.gear
-- about: Bikes and shoes, retired ones included.
-- key: gear_id
-- gear_id: the provider's id: b... for bikes, g... for shoes
-- name: as the athlete calls it
-- nickname: short name
-- kind: bike or shoe
-- brand_name: maker
-- model_name: model
-- description: the athlete's text
-- distance_m: metres so far, as of when it was asked
-- is_retired: no longer used
-- is_primary: used unless said otherwise
-- fetched_at: when it was asked
SELECT
    id AS gear_id,
    gear.name AS name,
    nullif(gear.nickname, '') AS nickname,
    CASE left(id, 1) WHEN 'b' THEN 'bike' WHEN 'g' THEN 'shoe' END AS kind,
    nullif(gear.brand_name, '') AS brand_name,
    nullif(gear.model_name, '') AS model_name,
    nullif(gear.description, '') AS description,
    gear.distance AS distance_m,
    gear.retired AS is_retired,
    gear.primary AS is_primary,
    seen_at AS fetched_at
FROM (
    SELECT
        id,
        seen_at,
        from_json(entity, '{
            "name": "VARCHAR", "nickname": "VARCHAR", "brand_name": "VARCHAR", "model_name": "VARCHAR",
            "description": "VARCHAR", "distance": "DOUBLE", "retired": "BOOLEAN", "primary": "BOOLEAN"
        }') AS gear
    FROM strava_entities
    WHERE kind = 'gear'
)
ORDER BY gear_id
