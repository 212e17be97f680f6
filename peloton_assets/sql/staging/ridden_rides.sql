-- ride_rows of landed workouts, on list pages and alone: the class that was taken, with the member's own moment for
-- classes that have no time. Ids of zeros are Just Ride, Lanebreak and imported workouts, which are no classes.
SELECT
    'all' AS category,
    fetched_at,
    TRY_CAST(json_extract_string(workout, '$.created_at') AS BIGINT) AS moment,
    coalesce(json_extract(workout, '$.ride'), json_extract(workout, '$.peloton.ride')) AS ride_json
FROM (
    SELECT
        fetched_at,
        unnest(CASE WHEN json_extract(payload, '$.data') IS NULL THEN [payload] ELSE json_extract(payload, '$.data[*]') END) AS workout
    FROM landed
)
WHERE regexp_matches(coalesce(json_extract_string(workout, '$.ride.id'), json_extract_string(workout, '$.peloton.ride.id'), ''), '[^0-]')
