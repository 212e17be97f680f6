-- Classes of $months that the rule wants and that were never answered. Reads `wanted` (wanted_details.sql) and `ride_details`.
-- A class that moved to another month is asked for again; one of before the library's first month never is.
SELECT ride_id
FROM wanted ANTI JOIN ride_details USING (ride_id, air_month)
WHERE list_contains($months::VARCHAR[], air_month)
