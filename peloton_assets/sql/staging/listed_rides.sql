-- ride_rows of landed pages of /api/v2/ride/archived; `item` is the category asked for, or all.
SELECT
    item AS category,
    fetched_at,
    NULL::BIGINT AS moment,
    unnest(json_extract(payload, '$.data[*]')) AS ride_json
FROM landed
