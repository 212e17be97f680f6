-- table: strava.athletes
-- about: The athletes who signed in.
-- key: athlete_id
-- athlete_id: the provider's id
-- username: as they chose it
-- first_name: first name
-- last_name: last name
-- sex: as told
-- weight_kg: kilograms
-- ftp_w: functional threshold power in watts
-- measurement_preference: feet or meters
-- is_subscriber: whether they pay
-- created_at: when the account was made
-- fetched_at: when it was asked
SELECT
    TRY_CAST(id AS BIGINT) AS athlete_id,
    athlete.username AS username,
    athlete.firstname AS first_name,
    athlete.lastname AS last_name,
    athlete.sex AS sex,
    athlete.weight AS weight_kg,
    athlete.ftp AS ftp_w,
    athlete.measurement_preference AS measurement_preference,
    coalesce(athlete.summit, athlete.premium) AS is_subscriber,
    TRY_CAST(athlete.created_at AS TIMESTAMPTZ) AS created_at,
    seen_at AS fetched_at
FROM (
    SELECT
        id,
        seen_at,
        from_json(entity, '{
            "username": "VARCHAR", "firstname": "VARCHAR", "lastname": "VARCHAR", "sex": "VARCHAR", "weight": "DOUBLE",
            "ftp": "DOUBLE", "measurement_preference": "VARCHAR", "summit": "BOOLEAN", "premium": "BOOLEAN",
            "created_at": "VARCHAR"
        }') AS athlete
    FROM strava_entities
    WHERE kind = 'athlete'
)
WHERE TRY_CAST(id AS BIGINT) IS NOT NULL
ORDER BY athlete_id
