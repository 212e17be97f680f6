-- Output of one workout over its time, in steps of at most a 240th of it, on the clock of the video as the songs are.
WITH samples AS (
    SELECT second + coalesce(r.pedaling_start_offset_s, 0) AS second, value, max(second) OVER () AS last_second
    FROM peloton.workout_samples
    JOIN peloton.workouts USING (workout_id)
    JOIN peloton.rides AS r USING (ride_id)
    WHERE workout_id = $workout_id AND metric = 'output'
)
SELECT min(second) AS second, avg(value) AS output
FROM samples
GROUP BY second // greatest(1, ceil(last_second / 240)::INTEGER)
ORDER BY second
