-- staging.workout_months: in which month each workout is. Reads `workout_listings`.
-- A month is written only when this changes, while the list is seen anew by every sync: time series are not built again.
SELECT start_month AS lake_month, start_month, workout_id
FROM workout_listings
ORDER BY ALL
