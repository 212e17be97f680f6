-- staging.iracing_entities: what each landed document says of one thing of the catalogue, as it came.
-- Reads `landed`: documents of any kind; those without such things give no row.
WITH documents AS (
    SELECT resource_of(filename) AS resource, item, seen_at(fetched_at) AS seen_at, payload FROM landed
),
found AS (
    SELECT
        CASE resource
            WHEN 'series_get' THEN 'series' WHEN 'carclass_get' THEN 'car_class' WHEN 'car_get' THEN 'car'
            WHEN 'track_get' THEN 'track'
        END AS kind,
        seen_at,
        unnest(json_extract(payload, '$[*]')) AS entity
    FROM documents
    WHERE resource IN ('series_get', 'carclass_get', 'car_get', 'track_get')
    UNION ALL
    SELECT
        CASE resource
            WHEN 'series_assets' THEN 'series_assets' WHEN 'car_assets' THEN 'car_assets'
            WHEN 'track_assets' THEN 'track_assets'
        END,
        seen_at,
        unnest(json_extract(payload, '$.*'))
    FROM documents
    WHERE resource IN ('series_assets', 'car_assets', 'track_assets')
    UNION ALL
    SELECT 'season', seen_at, unnest(json_extract(payload, '$[*]')) FROM documents WHERE resource = 'series_seasons'
    UNION ALL
    SELECT 'listed_season', seen_at, unnest(json_extract(payload, '$.seasons[*]'))
    FROM documents
    WHERE resource IN ('season_list', 'series_season_list')
    UNION ALL
    SELECT 'past_series', seen_at, json_extract(payload, '$.series') FROM documents WHERE resource = 'series_past_seasons'
    UNION ALL
    SELECT 'past_series', seen_at, unnest(json_extract(payload, '$[*]'))
    FROM documents
    WHERE resource = 'series_stats_series'
    UNION ALL
    SELECT 'past_season', seen_at, unnest(json_extract(payload, '$.series.seasons[*]'))
    FROM documents
    WHERE resource = 'series_past_seasons'
    UNION ALL
    SELECT 'past_season', seen_at, unnest(json_extract(payload, '$[*].seasons[*]'))
    FROM documents
    WHERE resource = 'series_stats_series'
)
SELECT
    kind,
    TRY_CAST(json_extract_string(entity, CASE
        WHEN kind IN ('series', 'series_assets', 'past_series') THEN '$.series_id'
        WHEN kind = 'car_class' THEN '$.car_class_id'
        WHEN kind IN ('car', 'car_assets') THEN '$.car_id'
        WHEN kind IN ('track', 'track_assets') THEN '$.track_id'
        ELSE '$.season_id'
    END) AS BIGINT) AS id,
    seen_at,
    -- What has a place of its own, moves by the minute or is about the account is no part of the thing (facts 4.3).
    json_merge_patch(entity, CASE kind
        WHEN 'season' THEN '{"schedules": null, "reg_user_count": null, "next_race_session": null, "race_week": null}'
        WHEN 'listed_season' THEN '{"current_week_sched": null, "elig": null, "reg_user_count": null, "race_week": null}'
        WHEN 'past_series' THEN '{"seasons": null}'
        WHEN 'series' THEN '{"eligible": null}'
        ELSE '{}'
    END::JSON) AS entity
FROM found
WHERE json_type(entity) = 'OBJECT'
