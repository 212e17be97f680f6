-- check: Every workout lies in the month of its start.
-- asset: workouts
-- blocking: true
SELECT workout_id, start_time, start_month
FROM workouts
WHERE strftime(epoch_ms(epoch_ms(start_time)), '%Y-%m') <> strftime(start_month, '%Y-%m')
