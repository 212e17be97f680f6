-- table: strava.activity_streams
-- about: Time series of activities, a row per value; from the API, else from the athlete's own export.
-- key: activity_id, stream_type, sample_index
-- activity_id: see strava.activities
-- stream_type: time, distance, lat, lng, altitude, velocity_smooth, heartrate, cadence, watts, temp, moving (0 or 1), grade_smooth
-- sample_index: 0 for the first; samples of one index belong together
-- value: seconds, metres, degrees, metres a second, beats or revolutions a minute, watts, degrees Celsius, percent
-- source: api or export
WITH answers AS (
    SELECT item AS id, 'api' AS source, seen_at(fetched_at) AS seen_at, payload AS series
    FROM landed
    WHERE resource_of(filename) = 'activity_streams'
    UNION ALL
    SELECT item, 'export', seen_at(fetched_at), json_extract(payload, '$.streams')
    FROM landed
    WHERE resource_of(filename) = 'export_activities' AND json_type(payload, '$.streams') = 'OBJECT'
),
newest AS (
    SELECT *
    FROM answers
    SEMI JOIN (SELECT activity_id::VARCHAR AS id FROM activities WHERE deleted_at IS NULL OR source = 'export')
        USING (id)
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY source, seen_at DESC, md5(series::VARCHAR)) = 1
),
-- By name, by name without any more words (exports), or as a list of series that name themselves.
named AS (
    SELECT id, source, unnest(map_entries(from_json(series, '"MAP(VARCHAR, JSON)"'))) AS entry, NULL::JSON AS one
    FROM newest
    WHERE json_type(series) = 'OBJECT'
    UNION ALL
    SELECT id, source, NULL, unnest(json_extract(series, '$[*]'))
    FROM newest
    WHERE json_type(series) = 'ARRAY'
),
told AS (
    SELECT
        id,
        source,
        coalesce(entry.key, json_extract_string(one, '$.type')) AS name,
        coalesce(json_extract(entry.value, '$.data'), entry.value, json_extract(one, '$.data')) AS data
    FROM named
),
numbers AS (
    SELECT id, source, name AS stream_type, from_json(data, '["DOUBLE"]') AS numbers
    FROM told
    WHERE name NOT IN ('latlng', 'moving')
    UNION ALL
    SELECT id, source, 'moving', list_transform(from_json(data, '["BOOLEAN"]'), lambda b: b::INTEGER::DOUBLE)
    FROM told
    WHERE name = 'moving'
    UNION ALL
    SELECT id, source, 'lat', list_transform(from_json(data, '[["DOUBLE"]]'), lambda p: p[1])
    FROM told
    WHERE name = 'latlng'
    UNION ALL
    SELECT id, source, 'lng', list_transform(from_json(data, '[["DOUBLE"]]'), lambda p: p[2])
    FROM told
    WHERE name = 'latlng'
),
samples AS (
    SELECT
        TRY_CAST(id AS BIGINT) AS activity_id, source, stream_type, unnest(numbers) AS value,
        generate_subscripts(numbers, 1) - 1 AS sample_index
    FROM numbers
)
SELECT activity_id, stream_type, sample_index::INTEGER AS sample_index, value, source
FROM samples
WHERE activity_id IS NOT NULL AND value IS NOT NULL
ORDER BY activity_id, stream_type, sample_index
