-- What a walk that began at $started found: known classes it no longer listed (those marked as removed before aside),
-- classes that an earlier walk missed and that are listed again, and how many classes are known.
WITH marks AS (
    SELECT seen_at(started_at) AS noticed_at, unnest(removed_ids) AS ride_id, true AS is_removal FROM full_walks
    UNION ALL
    SELECT seen_at(started_at), unnest(relisted_ids), false FROM full_walks
),
newest_marks AS (
    SELECT ride_id, arg_max(is_removal, noticed_at) AS is_away FROM marks GROUP BY ride_id
)
SELECT
    coalesce(list(ride_id ORDER BY ride_id) FILTER (
        seen_at(last_listed_at) < $started
        AND NOT EXISTS (
            SELECT 1 FROM full_walks WHERE seen_at(full_walks.started_at) > seen_at(ride_listings.last_listed_at)
        )
    ), []) AS removed,
    coalesce(list(ride_id ORDER BY ride_id) FILTER (is_away AND seen_at(last_listed_at) >= $started), []) AS relisted,
    count(*) AS known
FROM ride_listings
LEFT JOIN newest_marks USING (ride_id)
