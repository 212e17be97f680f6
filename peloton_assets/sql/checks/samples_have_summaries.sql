-- check: Every time series has a summary, and its peak is the highest output of the series.
-- asset: workout_samples
-- blocking: true
SELECT p.workout_id, s.peak_output, p.peak_output AS highest
FROM (
    SELECT workout_id, max(value) FILTER (metric = 'output') AS peak_output FROM workout_samples GROUP BY workout_id
) AS p
LEFT JOIN workout_summaries AS s USING (workout_id)
WHERE s.workout_id IS NULL OR s.peak_output IS DISTINCT FROM p.peak_output
