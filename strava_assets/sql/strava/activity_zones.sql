-- table: strava.activity_zones
-- about: Time in zones of heart rate, pace and power.
-- key: activity_id, zone_type, zone_index
-- activity_id: see strava.activities
-- zone_type: heartrate, pace or power
-- zone_index: 1 for the lowest
-- min_value: lower end of the zone, in the unit of its kind
-- max_value: upper end; NULL where it is open
-- time_s: seconds in the zone
-- is_sensor_based: whether a sensor measured it
WITH told AS (
    SELECT
        TRY_CAST(k.activity_id AS BIGINT) AS activity_id,
        k.month AS month,
        unnest(from_json(json_extract(z.entity, '$.zones'), '[{
            "type": "VARCHAR", "sensor_based": "BOOLEAN",
            "distribution_buckets": [{"min": "DOUBLE", "max": "DOUBLE", "time": "DOUBLE"}]
        }]')) AS zone
    FROM known_activities AS k
    JOIN strava_entities AS z ON z.kind = 'zones' AND z.id = k.activity_id
),
buckets AS (
    SELECT
        activity_id, month, zone.type AS zone_type, zone.sensor_based AS is_sensor_based,
        unnest(zone.distribution_buckets) AS bucket,
        generate_subscripts(zone.distribution_buckets, 1) AS zone_index
    FROM told
)
SELECT
    activity_id,
    zone_type,
    zone_index::INTEGER AS zone_index,
    bucket.min AS min_value,
    CASE WHEN bucket.max >= 0 THEN bucket.max END AS max_value,
    bucket.time AS time_s,
    is_sensor_based,
    month AS lake_month
FROM buckets
WHERE activity_id IS NOT NULL AND zone_type IS NOT NULL AND month IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY activity_id, zone_type, zone_index ORDER BY bucket::VARCHAR) = 1
ORDER BY activity_id, zone_type, zone_index
