-- table: peloton.workout_samples
-- about: The time series of each workout, one row per workout, metric and moment. Moments without a value have no row.
-- key: workout_id, metric, second
-- workout_id: the workout
-- metric: output, cadence, resistance, speed, heart_rate, pace, incline, stroke_rate, split_pace
-- second: seconds since the start of pedalling; samples may be missing, so never count rows for time
-- value: in unit
-- unit: as the provider showed it to the member: watts, rpm, mph or kph, min/mi, ...
WITH series AS (
    SELECT start_month, workout_id, seconds, seconds_are_distinct, unnest(metrics) AS metric
    FROM workout_graphs
    SEMI JOIN workout_months USING (workout_id, start_month)
),
points AS (
    SELECT
        start_month AS lake_month,
        workout_id,
        metric.metric AS metric,
        unnest(seconds)::INTEGER AS second,
        unnest(metric.samples) AS value,
        metric.unit AS unit,
        seconds_are_distinct
    FROM series
)
SELECT * EXCLUDE (seconds_are_distinct)
FROM points
WHERE seconds_are_distinct AND second IS NOT NULL AND value IS NOT NULL
UNION ALL
-- A moment that is told twice: the first value counts.
SELECT lake_month, workout_id, metric, second, first(value), unit
FROM points
WHERE NOT seconds_are_distinct AND second IS NOT NULL AND value IS NOT NULL
GROUP BY ALL
