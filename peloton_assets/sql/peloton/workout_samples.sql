-- table: peloton.workout_samples
-- about: The time series of each workout, one row per workout, metric and moment. Moments without a value have no row.
-- key: workout_id, metric, second
-- workout_id: the workout
-- metric: output, cadence, resistance, speed, heart_rate, pace, incline, stroke_rate, split_pace
-- second: seconds since the start of pedalling; samples may be missing, so never count rows for time
-- value: in unit
-- unit: as the provider showed it to the member: watts, rpm, mph or kph, min/mi, ...
WITH series AS (
    SELECT start_month, workout_id, seconds, unnest(metrics) AS metric, len(seconds) = len(list_distinct(seconds)) AS is_plain
    FROM workout_graphs
    SEMI JOIN workout_listings USING (workout_id, start_month)
),
known AS (
    FROM series WHERE metric.metric IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY start_month, workout_id, metric.metric ORDER BY len(metric.samples) DESC) = 1
),
points AS (
    SELECT
        start_month AS lake_month,
        workout_id,
        metric.metric AS metric,
        unnest(seconds)::INTEGER AS second,
        unnest(metric.samples) AS value,
        metric.unit AS unit,
        is_plain
    FROM (FROM known ORDER BY start_month, workout_id, metric.metric)
)
SELECT * EXCLUDE (is_plain) FROM points WHERE is_plain AND second IS NOT NULL AND value IS NOT NULL
UNION ALL
-- A moment that is told twice: the first value counts.
SELECT lake_month, workout_id, metric, second, first(value), unit
FROM points WHERE NOT is_plain AND second IS NOT NULL AND value IS NOT NULL
GROUP BY ALL
