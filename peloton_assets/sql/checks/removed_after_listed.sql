-- check: A removed class was last listed before it was missed, and every class was first listed before it was last.
-- asset: rides
-- blocking: true
SELECT ride_id, first_listed_at, last_listed_at, removed_at
FROM rides
WHERE removed_at <= last_listed_at OR first_listed_at > last_listed_at
