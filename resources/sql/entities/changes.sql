-- How many things came, were new, said something else than before, and had no id. Reads `fresh` and `stored`.
WITH newest AS (
    SELECT kind, id, entity
    FROM fresh
    WHERE id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY kind, id ORDER BY seen_at DESC, md5(entity::VARCHAR)) = 1
)
SELECT
    count(*)::BIGINT AS seen,
    count(*) FILTER (s.id IS NULL)::BIGINT AS created,
    count(*) FILTER (s.id IS NOT NULL AND n.entity::VARCHAR <> s.entity::VARCHAR)::BIGINT AS updated,
    (SELECT count(*) FROM fresh WHERE id IS NULL)::BIGINT AS without_id
FROM newest AS n
LEFT JOIN stored AS s USING (kind, id)
