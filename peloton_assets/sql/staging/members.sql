-- staging.members: whose accounts these are; the newest record of each member. Reads `landed` (our own records, made of
-- what /api/me says: nothing else of it is kept).
SELECT
    payload ->> '$.user_id' AS user_id,
    arg_max(payload ->> '$.username', seen_at(fetched_at)) AS username,
    arg_max(payload ->> '$.account', seen_at(fetched_at)) AS account
FROM landed
WHERE payload ->> '$.user_id' IS NOT NULL
GROUP BY ALL
ORDER BY user_id
