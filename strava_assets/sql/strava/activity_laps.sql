-- table: strava.activity_laps
-- about: Laps of activities, from their details.
-- key: activity_id, lap_index
-- activity_id: see strava.activities
-- lap_index: 1 for the first
-- name: title
-- start_date: start, UTC
-- elapsed_time_s: from start to end
-- moving_time_s: time in motion
-- distance_m: metres
-- total_elevation_gain_m: metres climbed
-- average_speed_mps: metres a second
-- max_speed_mps: metres a second
-- average_heartrate: beats a minute
-- max_heartrate: beats a minute
-- average_watts: watts
-- average_cadence: revolutions a minute, for runs of one leg
-- start_index: first sample in strava.activity_streams
-- end_index: last sample
WITH told AS (
    SELECT
        TRY_CAST(k.activity_id AS BIGINT) AS activity_id,
        k.month AS month,
        unnest(from_json(json_extract(d.entity, '$.laps'), '[{
            "lap_index": "INTEGER", "name": "VARCHAR", "start_date": "VARCHAR", "elapsed_time": "DOUBLE",
            "moving_time": "DOUBLE", "distance": "DOUBLE", "total_elevation_gain": "DOUBLE", "average_speed": "DOUBLE",
            "max_speed": "DOUBLE", "average_heartrate": "DOUBLE", "max_heartrate": "DOUBLE", "average_watts": "DOUBLE",
            "average_cadence": "DOUBLE", "start_index": "INTEGER", "end_index": "INTEGER"
        }]')) AS lap
    FROM known_activities AS k
    JOIN strava_entities AS d ON d.kind = 'detail' AND d.id = k.activity_id
)
SELECT
    activity_id,
    lap.lap_index AS lap_index,
    lap.name AS name,
    TRY_CAST(lap.start_date AS TIMESTAMPTZ) AS start_date,
    lap.elapsed_time AS elapsed_time_s,
    lap.moving_time AS moving_time_s,
    lap.distance AS distance_m,
    lap.total_elevation_gain AS total_elevation_gain_m,
    lap.average_speed AS average_speed_mps,
    lap.max_speed AS max_speed_mps,
    lap.average_heartrate AS average_heartrate,
    lap.max_heartrate AS max_heartrate,
    lap.average_watts AS average_watts,
    lap.average_cadence AS average_cadence,
    lap.start_index AS start_index,
    lap.end_index AS end_index,
    month AS lake_month
FROM told
WHERE activity_id IS NOT NULL AND lap.lap_index IS NOT NULL AND month IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY activity_id, lap.lap_index ORDER BY lap::VARCHAR) = 1
ORDER BY activity_id, lap_index
