-- staging.ride_placeholders: classes that members took and that no list page ever showed. Reads `ridden` and `ride_listings`.
SELECT air_month AS lake_month, *
FROM ridden ANTI JOIN ride_listings USING (ride_id)
ORDER BY original_air_time DESC, ride_id
