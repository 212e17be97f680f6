-- Series whose past seasons were never asked for: those named, or all that are known.
SELECT DISTINCT series_id
FROM (
    SELECT id AS series_id FROM iracing_entities WHERE kind IN ('series', 'series_assets')
    UNION
    SELECT series_id FROM iracing_weeks
    UNION
    SELECT TRY_CAST(json_extract_string(entity, '$.series_id') AS BIGINT)
    FROM iracing_entities
    WHERE kind IN ('season', 'listed_season', 'past_season')
    UNION
    SELECT unnest($series_ids::BIGINT[])
)
WHERE series_id IS NOT NULL
    AND ($all_series OR list_contains($series_ids::BIGINT[], series_id))
    AND series_id NOT IN (SELECT id FROM iracing_entities WHERE kind = 'past_series')
ORDER BY series_id
