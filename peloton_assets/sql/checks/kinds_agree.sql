-- check: A class has a kind of Power Zone exactly if it is a Power Zone class.
-- asset: rides
-- blocking: true
SELECT ride_id, is_power_zone, power_zone_kind
FROM rides
WHERE is_power_zone IS DISTINCT FROM (power_zone_kind IS NOT NULL)
