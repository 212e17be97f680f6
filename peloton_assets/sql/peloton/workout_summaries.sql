-- table: peloton.workout_summaries
-- about: Averages and maxima of each workout as the provider reckons them, in the member's units, and some in SI units.
-- key: workout_id
-- workout_id: the workout
-- duration_s: length of the performance graph in seconds
-- sample_count: points of the time series
-- total_output_kj: kilojoules
-- calories_kcal: kilocalories
-- distance: in distance_unit
-- distance_unit: mi, km or m
-- distance_m: metres
-- elevation: in elevation_unit
-- elevation_unit: ft or m
-- stroke_count: rowing
-- avg_output: in output_unit
-- max_output: in output_unit
-- output_unit: watts
-- avg_cadence: in cadence_unit
-- max_cadence: in cadence_unit
-- cadence_unit: rpm
-- avg_resistance: in resistance_unit
-- max_resistance: in resistance_unit
-- resistance_unit: percent sign
-- avg_speed: in speed_unit
-- max_speed: in speed_unit
-- speed_unit: mph or kph
-- avg_speed_kph: kilometres an hour
-- max_speed_kph: kilometres an hour
-- avg_pace: in pace_unit
-- max_pace: in pace_unit; the provider's maximum is the fastest
-- pace_unit: min/mi or min/km
-- avg_incline: in incline_unit
-- max_incline: in incline_unit
-- incline_unit: percent sign
-- avg_stroke_rate: in stroke_rate_unit
-- max_stroke_rate: in stroke_rate_unit
-- stroke_rate_unit: spm
-- avg_split_pace: in split_pace_unit
-- max_split_pace: in split_pace_unit; the provider's maximum is the fastest
-- split_pace_unit: min/500m
-- avg_heart_rate: in heart_rate_unit
-- max_heart_rate: in heart_rate_unit
-- heart_rate_unit: bpm
-- heart_rate_missing_s: seconds without heart rate as told; never below 0
-- heart_rate_zones_s: seconds in zones 1 to 5; empty without heart rate
-- peak_output: the highest output of the time series
-- peak_output_second: second since the start of pedalling at which it was first reached
-- graph_fetched_at: when the performance graph was fetched, UTC; NULL where only the CSV export tells
-- source: graph or csv
WITH graph AS (
    SELECT
        g.*,
        metric_named(metrics, 'output') AS output,
        metric_named(metrics, 'cadence') AS cadence,
        metric_named(metrics, 'resistance') AS resistance,
        metric_named(metrics, 'speed') AS speed,
        metric_named(metrics, 'pace') AS pace,
        metric_named(metrics, 'incline') AS incline,
        metric_named(metrics, 'stroke_rate') AS stroke_rate,
        metric_named(metrics, 'split_pace') AS split_pace,
        metric_named(metrics, 'heart_rate') AS heart_rate,
        summary_named(summaries, 'distance') AS distance_told,
        summary_named(summaries, 'elevation') AS elevation_told
    FROM workout_graphs AS g
    SEMI JOIN workout_months USING (workout_id, start_month)
)
SELECT
    start_month AS lake_month,
    workout_id,
    duration_s,
    len(seconds) AS sample_count,
    summary_named(summaries, 'total_output').value AS total_output_kj,
    summary_named(summaries, 'calories').value AS calories_kcal,
    distance_told.value AS distance,
    distance_told.display_unit AS distance_unit,
    in_metres(distance_told.value, distance_told.display_unit) AS distance_m,
    elevation_told.value AS elevation,
    elevation_told.display_unit AS elevation_unit,
    summary_named(summaries, 'stroke_count').value AS stroke_count,
    output.average AS avg_output,
    output.maximum AS max_output,
    output.unit AS output_unit,
    cadence.average AS avg_cadence,
    cadence.maximum AS max_cadence,
    cadence.unit AS cadence_unit,
    resistance.average AS avg_resistance,
    resistance.maximum AS max_resistance,
    resistance.unit AS resistance_unit,
    speed.average AS avg_speed,
    speed.maximum AS max_speed,
    speed.unit AS speed_unit,
    in_kph(speed.average, speed.unit) AS avg_speed_kph,
    in_kph(speed.maximum, speed.unit) AS max_speed_kph,
    pace.average AS avg_pace,
    pace.maximum AS max_pace,
    pace.unit AS pace_unit,
    incline.average AS avg_incline,
    incline.maximum AS max_incline,
    incline.unit AS incline_unit,
    stroke_rate.average AS avg_stroke_rate,
    stroke_rate.maximum AS max_stroke_rate,
    stroke_rate.unit AS stroke_rate_unit,
    split_pace.average AS avg_split_pace,
    split_pace.maximum AS max_split_pace,
    split_pace.unit AS split_pace_unit,
    heart_rate.average AS avg_heart_rate,
    heart_rate.maximum AS max_heart_rate,
    heart_rate.unit AS heart_rate_unit,
    -- Once -53: what the sensor sent late was counted twice.
    greatest(heart_rate.missing_s, 0) AS heart_rate_missing_s,
    coalesce(list_transform(list_sort(heart_rate.zones), lambda zone: zone.duration), []) AS heart_rate_zones_s,
    list_max(output.samples) AS peak_output,
    seconds[list_position(output.samples, list_max(output.samples))] AS peak_output_second,
    graph_fetched_at,
    'graph' AS source
FROM graph
UNION ALL BY NAME
SELECT
    start_month AS lake_month,
    workout_id,
    length_s AS duration_s,
    total_work_j / 1000 AS total_output_kj,
    calories_kcal,
    distance,
    distance_unit,
    in_metres(distance, distance_unit) AS distance_m,
    avg_output,
    CASE WHEN avg_output IS NOT NULL THEN 'watts' END AS output_unit,
    avg_cadence,
    CASE WHEN avg_cadence IS NOT NULL THEN 'rpm' END AS cadence_unit,
    avg_resistance,
    CASE WHEN avg_resistance IS NOT NULL THEN '%' END AS resistance_unit,
    avg_speed,
    speed_unit,
    in_kph(avg_speed, speed_unit) AS avg_speed_kph,
    avg_pace,
    pace_unit,
    avg_incline,
    CASE WHEN avg_incline IS NOT NULL THEN '%' END AS incline_unit,
    avg_heart_rate,
    CASE WHEN avg_heart_rate IS NOT NULL THEN 'bpm' END AS heart_rate_unit,
    []::BIGINT[] AS heart_rate_zones_s,
    'csv' AS source
FROM workout_csv
ANTI JOIN graph USING (workout_id)
ORDER BY workout_id
