-- table: iracing.car_classes
-- about: Classes of cars that race each other. Class 0 is a catch-all of every car.
-- key: car_class_id
-- car_class_id: the provider's id
-- name: full name
-- short_name: short name
-- relative_speed: the provider's measure of how fast the class is
-- car_ids: cars of the class, see iracing.cars
-- is_rain_enabled: whether it can race in rain
SELECT
    id AS car_class_id,
    told(entity.name) AS name,
    told(entity.short_name) AS short_name,
    entity.relative_speed AS relative_speed,
    list_sort(list_filter(list_transform(entity.cars_in_class, lambda c: c.car_id), lambda c: c IS NOT NULL)) AS car_ids,
    entity.rain_enabled AS is_rain_enabled
FROM (
    SELECT
        id,
        from_json(entity, '{
            "name": "VARCHAR", "short_name": "VARCHAR", "relative_speed": "INTEGER", "rain_enabled": "BOOLEAN",
            "cars_in_class": [{"car_id": "BIGINT"}]
        }') AS entity
    FROM iracing_entities
    WHERE kind = 'car_class'
)
ORDER BY car_class_id
