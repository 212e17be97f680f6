-- One row per workout from `sightings` (stored rows and new ones): the newest wins. The order of merging does not matter.
SELECT
    start_month AS lake_month,
    * REPLACE (min(first_listed_at) OVER same_workout AS first_listed_at)
FROM sightings
WHERE workout_id IS NOT NULL AND start_month IS NOT NULL
WINDOW same_workout AS (PARTITION BY workout_id)
QUALIFY row_number() OVER (
    PARTITION BY workout_id
    ORDER BY seen_at(last_listed_at) DESC, last_listed_at DESC, status, start_time DESC
) = 1
ORDER BY start_time DESC, workout_id
