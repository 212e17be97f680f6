-- staging.references: what the side tables of landed list pages say of instructors and class types.
-- Every page repeats all class types, so a page's table is read once per distinct text.
WITH side_tables AS (
    SELECT max(fetched_at) AS fetched_at, 'instructor' AS kind, json_extract(payload, '$.instructors') AS entries
    FROM landed GROUP BY ALL
    UNION ALL
    SELECT max(fetched_at), 'class_type', json_extract(payload, '$.class_types') FROM landed GROUP BY ALL
    UNION ALL
    SELECT max(fetched_at), 'category', json_extract(payload, '$.browse_categories') FROM landed GROUP BY ALL
)
SELECT kind, entry ->> '$.id' AS id, entry::VARCHAR AS entry, fetched_at
FROM (SELECT kind, fetched_at, unnest(json_extract(entries, '$[*]')) AS entry FROM side_tables)
