-- Classes that the rule wants and that were never answered. Reads `wanted` (wanted_details.sql) and `ride_details`.
-- A class that moved to another month is asked for again.
SELECT ride_id FROM wanted ANTI JOIN ride_details USING (ride_id, air_month)
