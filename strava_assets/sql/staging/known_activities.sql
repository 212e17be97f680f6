-- What is known of each activity that the API told of and that is not gone. Reads `strava_entities`.
WITH told AS (
    SELECT id, seen_at, entity FROM strava_entities WHERE kind = 'activity'
),
gone AS (
    SELECT id, seen_at FROM strava_entities WHERE kind = 'removal'
),
streams AS (
    SELECT id, entity FROM strava_entities WHERE kind = 'streams'
),
details AS (
    SELECT id, seen_at FROM strava_entities WHERE kind = 'detail'
),
zones AS (
    SELECT id, seen_at FROM strava_entities WHERE kind = 'zones'
)
SELECT
    t.id AS activity_id,
    json_extract_string(t.entity, '$.athlete.id') AS athlete_id,
    TRY_CAST(json_extract_string(t.entity, '$.start_date') AS TIMESTAMPTZ) AS start_date,
    strftime(TRY_CAST(json_extract_string(t.entity, '$.start_date') AS TIMESTAMPTZ), '%Y-%m') AS month,
    t.entity AS entity,
    coalesce(TRY_CAST(json_extract_string(t.entity, '$.manual') AS BOOLEAN), false) AS is_manual,
    d.seen_at IS NULL OR d.seen_at < t.seen_at AS wants_detail,
    coalesce(TRY_CAST(json_extract_string(t.entity, '$.has_heartrate') AS BOOLEAN), false)
        AND (z.seen_at IS NULL OR z.seen_at < t.seen_at) AS wants_zones,
    s.entity IS NULL
        OR number_at(s.entity, '$.distance') IS DISTINCT FROM number_at(t.entity, '$.distance')
        OR number_at(s.entity, '$.elapsed_time') IS DISTINCT FROM number_at(t.entity, '$.elapsed_time')
        AS wants_streams,
    nullif(json_extract_string(t.entity, '$.gear_id'), '') AS gear_id
FROM told AS t
LEFT JOIN gone AS g ON g.id = t.id AND g.seen_at >= t.seen_at
LEFT JOIN details AS d ON d.id = t.id
LEFT JOIN zones AS z ON z.id = t.id
LEFT JOIN streams AS s ON s.id = t.id
WHERE g.id IS NULL
ORDER BY start_date DESC, activity_id
