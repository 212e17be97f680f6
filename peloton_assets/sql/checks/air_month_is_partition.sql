-- check: Every class lies in the month of its air time, and in that month's file.
-- asset: rides
-- blocking: true
SELECT ride_id, original_air_time, air_month, parse_filename(filename, true) AS file
FROM rides
WHERE
    strftime(epoch_ms(epoch_ms(original_air_time)), '%Y-%m') <> strftime(air_month, '%Y-%m')
    OR parse_filename(filename, true) <> strftime(air_month, '%Y-%m')
