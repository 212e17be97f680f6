-- One row per class from `sightings` (stored rows and new ones): the newest wins, first and last time seen
-- and categories are kept of all. The order of merging does not matter.
SELECT
    air_month AS lake_month,
    * REPLACE (
        min(first_listed_at) OVER same_class AS first_listed_at,
        list_sort(list_distinct(flatten(list(categories) OVER same_class))) AS categories
    )
FROM sightings
WHERE ride_id IS NOT NULL AND air_month IS NOT NULL
WINDOW same_class AS (PARTITION BY ride_id)
QUALIFY row_number() OVER (
    PARTITION BY ride_id
    ORDER BY seen_at(last_listed_at) DESC, last_listed_at DESC, original_air_time DESC, title DESC
) = 1
ORDER BY original_air_time DESC, ride_id
