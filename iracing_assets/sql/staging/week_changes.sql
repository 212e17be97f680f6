-- How many weeks came, were new and changed, and which could not be stored. Reads `fresh` and `stored`.
WITH newest AS (
    SELECT season_id, race_week_num, content_hash
    FROM fresh
    WHERE season_id IS NOT NULL AND race_week_num IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY season_id, race_week_num ORDER BY seen_at DESC, content_hash) = 1
),
known AS (
    SELECT season_id, race_week_num, content_hash
    FROM stored
    QUALIFY row_number() OVER (PARTITION BY season_id, race_week_num ORDER BY last_seen_at DESC) = 1
)
SELECT
    count(*)::BIGINT AS seen,
    count(*) FILTER (k.season_id IS NULL)::BIGINT AS created,
    count(*) FILTER (k.season_id IS NOT NULL AND k.content_hash <> n.content_hash)::BIGINT AS updated,
    (SELECT count(*) FROM fresh WHERE season_id IS NULL OR race_week_num IS NULL)::BIGINT AS without_id
FROM newest AS n
LEFT JOIN known AS k USING (season_id, race_week_num)
