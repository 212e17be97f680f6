-- check: Every car class of a season and of a race week is known.
-- asset: race_calendar
-- blocking: false
WITH named AS (
    SELECT 'seasons' AS table_name, unnest(car_class_ids) AS car_class_id FROM seasons
    UNION ALL
    SELECT 'events', unnest(car_class_ids) FROM events
)
SELECT table_name, car_class_id, count(*) AS times
FROM named ANTI JOIN car_classes USING (car_class_id)
WHERE EXISTS (FROM car_classes)
GROUP BY ALL
