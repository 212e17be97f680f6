-- table: iracing.cars
-- about: Every car, retired ones included.
-- key: car_id
-- car_id: the provider's id
-- car_name: full name
-- car_name_abbreviated: short name
-- categories: licence categories it races in
-- car_types: words for its kind
-- hp: engine power in horsepower
-- car_weight_lb: weight in pounds
-- package_id: what one buys; a package may hold several cars
-- sku: article number, the other unit of ownership
-- price_usd: list price in US dollars
-- is_free_with_subscription: as the provider says; it has been wrong at times
-- is_retired: no longer sold
-- is_rain_enabled: whether it can race in rain
-- first_sale: first day of sale
-- logo_url: address of the maker's logo
-- image_url: address of a picture
-- about_html: the provider's description, HTML as it came
WITH assets AS (
    SELECT id AS car_id, from_json(entity, '{"detail_copy": "VARCHAR", "folder": "VARCHAR", "large_image": "VARCHAR"}') AS told
    FROM iracing_entities
    WHERE kind = 'car_assets'
)
SELECT
    id AS car_id,
    told(car.car_name) AS car_name,
    told(car.car_name_abbreviated) AS car_name_abbreviated,
    car.categories AS categories,
    list_transform(car.car_types, lambda t: t.car_type) AS car_types,
    car.hp AS hp,
    car.car_weight AS car_weight_lb,
    car.package_id AS package_id,
    car.sku AS sku,
    car.price AS price_usd,
    car.free_with_subscription AS is_free_with_subscription,
    car.retired AS is_retired,
    car.rain_enabled AS is_rain_enabled,
    TRY_CAST(car.first_sale AS TIMESTAMPTZ)::DATE AS first_sale,
    image_url(car.logo) AS logo_url,
    image_url(told(coalesce(a.told.folder, car.folder)) || '/' || told(coalesce(a.told.large_image, car.small_image)))
        AS image_url,
    told(a.told.detail_copy) AS about_html
FROM (
    SELECT
        id,
        from_json(entity, '{
            "car_name": "VARCHAR", "car_name_abbreviated": "VARCHAR", "categories": ["VARCHAR"],
            "car_types": [{"car_type": "VARCHAR"}], "hp": "DOUBLE", "car_weight": "DOUBLE", "package_id": "BIGINT",
            "sku": "BIGINT", "price": "DOUBLE", "free_with_subscription": "BOOLEAN", "retired": "BOOLEAN",
            "rain_enabled": "BOOLEAN", "first_sale": "VARCHAR", "logo": "VARCHAR", "folder": "VARCHAR",
            "small_image": "VARCHAR"
        }') AS car
    FROM iracing_entities
    WHERE kind = 'car'
)
LEFT JOIN assets AS a ON a.car_id = id
ORDER BY car_id
