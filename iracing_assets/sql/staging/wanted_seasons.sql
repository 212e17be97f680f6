-- Past seasons of these series (or of all) whose schedule is not stored, newest first.
SELECT id
FROM iracing_entities
WHERE kind = 'past_season'
    AND ($all_series OR list_contains($series_ids::BIGINT[], TRY_CAST(json_extract_string(entity, '$.series_id') AS BIGINT)))
    AND id NOT IN (SELECT season_id FROM iracing_weeks)
ORDER BY id DESC
