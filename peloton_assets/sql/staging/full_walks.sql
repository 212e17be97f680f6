-- staging.full_walks: clean walks over the whole list; a class not seen since one began had been removed.
-- Reads `landed` (our own records of finished walks).
SELECT
    (payload ->> '$.started_at')::TIMESTAMPTZ AS started_at,
    (payload ->> '$.ended_at')::TIMESTAMPTZ AS ended_at,
    (payload ->> '$.total')::INTEGER AS total,
    (payload ->> '$.hide_explicit_rides')::BOOLEAN AS hide_explicit_rides,
    (payload ->> '$.hide_prenatal_rides')::BOOLEAN AS hide_prenatal_rides,
    -- What it no longer listed and what it listed again; walks of older versions do not say.
    coalesce(json_extract_string(payload, '$.removed_ids[*]'), []) AS removed_ids,
    coalesce(json_extract_string(payload, '$.relisted_ids[*]'), []) AS relisted_ids
FROM landed
