-- check: Every single start and every car restriction belongs to a race week.
-- asset: seasons
-- blocking: true
SELECT 'time_slots' AS table_name, season_id, race_week_num
FROM time_slots ANTI JOIN events USING (season_id, race_week_num)
UNION ALL
SELECT 'event_car_restrictions', season_id, race_week_num
FROM event_car_restrictions ANTI JOIN events USING (season_id, race_week_num)
