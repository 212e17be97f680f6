-- A class whose list row lost its time keeps the one it had: without it, it could not be placed in a month, and a
-- full walk would take it for removed. Changes `fresh`, reads `ride_listings`.
UPDATE fresh
SET air_month = known.air_month, original_air_time = known.original_air_time
FROM (
    SELECT ride_id, arg_max(air_month, seen_at(last_listed_at)) AS air_month,
        arg_max(original_air_time, seen_at(last_listed_at)) AS original_air_time
    FROM (
        SELECT ride_id, air_month, original_air_time, last_listed_at FROM fresh
        UNION ALL SELECT ride_id, air_month, original_air_time, last_listed_at FROM ride_listings
    )
    WHERE air_month IS NOT NULL
    GROUP BY ride_id
) AS known
WHERE fresh.ride_id = known.ride_id AND fresh.air_month IS NULL
