-- Versions of race weeks: a new one begins where the content of a week differs from what was seen before.
-- Reads `stored` (versions; each counts as two sightings, its first and its last) and `fresh` (weeks of documents).
WITH sightings AS (
    SELECT * EXCLUDE (first_seen_at, last_seen_at), first_seen_at AS seen_at FROM stored
    UNION ALL BY NAME
    SELECT * EXCLUDE (first_seen_at, last_seen_at), last_seen_at AS seen_at FROM stored
    UNION ALL BY NAME
    SELECT * FROM fresh WHERE season_id IS NOT NULL AND race_week_num IS NOT NULL
),
single AS (
    SELECT *
    FROM sightings
    QUALIFY row_number() OVER (PARTITION BY season_id, race_week_num, seen_at ORDER BY content_hash) = 1
),
marked AS (
    SELECT
        *,
        content_hash IS DISTINCT FROM lag(content_hash) OVER one_week AS is_new
    FROM single
    WINDOW one_week AS (PARTITION BY season_id, race_week_num ORDER BY seen_at)
),
numbered AS (
    SELECT *, count(*) FILTER (is_new) OVER (PARTITION BY season_id, race_week_num ORDER BY seen_at) AS version
    FROM marked
),
spans AS (
    SELECT
        * EXCLUDE (is_new),
        min(seen_at) OVER one_version AS first_seen_at,
        max(seen_at) OVER one_version AS last_seen_at
    FROM numbered
    WINDOW one_version AS (PARTITION BY season_id, race_week_num, version)
)
SELECT * EXCLUDE (seen_at, version)
FROM spans
WHERE seen_at = last_seen_at
ORDER BY season_id, race_week_num, first_seen_at
