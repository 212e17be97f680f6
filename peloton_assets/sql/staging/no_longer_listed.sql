-- Per month: known classes not listed since $started and not marked as removed before, and all known classes.
SELECT
    air_month,
    count(*) FILTER (
        seen_at(last_listed_at) < $started
        AND NOT EXISTS (
            SELECT 1 FROM full_walks WHERE seen_at(full_walks.started_at) > seen_at(ride_listings.last_listed_at)
        )
    ) AS missing,
    count(*) AS known
FROM ride_listings
GROUP BY air_month
