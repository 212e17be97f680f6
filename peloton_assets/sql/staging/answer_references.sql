-- staging.references: what landed answers of /api/instructor and /api/ride/metadata_mappings say.
WITH entries AS (
    SELECT 'instructor' AS kind, fetched_at, unnest(json_extract(payload, '$.data[*]')) AS entry FROM landed
    UNION ALL
    SELECT 'class_type', fetched_at, unnest(json_extract(payload, '$.class_types[*]')) FROM landed
    UNION ALL
    SELECT 'equipment', fetched_at, unnest(json_extract(payload, '$.equipment[*]')) FROM landed
)
SELECT kind, entry ->> '$.id' AS id, entry::VARCHAR AS entry, fetched_at FROM entries
