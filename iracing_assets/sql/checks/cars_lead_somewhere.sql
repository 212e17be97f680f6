-- check: Every car of a race week and of a car class is known.
-- asset: race_calendar
-- blocking: false
WITH named AS (
    SELECT 'event_car_restrictions' AS table_name, car_id FROM event_car_restrictions
    UNION ALL
    SELECT 'events', unnest(race_week_car_ids) FROM events
    UNION ALL
    SELECT 'car_classes', unnest(car_ids) FROM car_classes
)
SELECT table_name, car_id, count(*) AS times
FROM named ANTI JOIN cars USING (car_id)
WHERE EXISTS (FROM cars)
GROUP BY ALL
