-- view: peloton.library_events
-- about: What happened to the classes of the library and when, one row per class and event.
-- reads: peloton.rides
-- key: ride_id, event, happened_at
-- ride_id: the class
-- event: aired; listed (we saw it in the list for the first time); late (so seen more than 45 days after it was aired, and not with the first look at the library); removed; relisted
-- happened_at: UTC; of removed and relisted the end of the full walk that noticed it, since the provider tells neither
CREATE OR REPLACE VIEW peloton.library_events AS
WITH listed AS (
    SELECT * FROM peloton.rides WHERE NOT coalesce(is_placeholder, false)
),
late AS (
    SELECT ride_id, first_listed_at
    FROM listed
    WHERE first_listed_at > original_air_time + INTERVAL 45 DAY
        AND first_listed_at > (SELECT min(first_listed_at) + INTERVAL 2 DAY FROM peloton.rides)
)
SELECT ride_id, 'aired' AS event, original_air_time AS happened_at FROM listed WHERE original_air_time IS NOT NULL
UNION ALL
SELECT ride_id, 'listed', first_listed_at FROM listed
UNION ALL
SELECT ride_id, 'late', first_listed_at FROM late
UNION ALL
SELECT ride_id, 'removed', removed_at FROM listed WHERE removed_at IS NOT NULL
UNION ALL
SELECT ride_id, 'removed', unnest(absences).removed_at FROM listed
UNION ALL
SELECT ride_id, 'relisted', unnest(absences).relisted_at FROM listed
