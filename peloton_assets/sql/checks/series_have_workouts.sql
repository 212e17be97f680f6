-- check: Every summary and every time series belongs to a workout that is there.
-- asset: warehouse
-- blocking: false
SELECT 'workout_summaries' AS table_name, workout_id FROM workout_summaries ANTI JOIN workouts USING (workout_id)
UNION ALL
SELECT DISTINCT 'workout_samples', workout_id FROM workout_samples ANTI JOIN workouts USING (workout_id)
