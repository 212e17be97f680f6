-- table: strava.activities
-- about: Activities, a row each, whether they came from the API or from a bulk export. SI units.
-- key: activity_id
-- activity_id: the provider's id
-- athlete_id: see strava.athletes; NULL where only an export told of it
-- source: api or export; API rows may have to go after a time, rows of your own export may stay
-- name: title
-- sport_type: kind of sport, such as Run or GravelRide; new kinds appear
-- start_date: start, UTC
-- start_date_local: start on the wall clock of the place
-- timezone: name of the zone as told; the offset in effect is utc_offset_s
-- utc_offset_s: seconds that the wall clock was ahead of UTC
-- start_month: first day of the month of start_date
-- elapsed_time_s: from start to end
-- moving_time_s: time in motion; may exceed the elapsed time by a second
-- distance_m: metres
-- total_elevation_gain_m: metres climbed
-- elev_low_m: lowest point
-- elev_high_m: highest point
-- average_speed_mps: metres a second
-- max_speed_mps: metres a second
-- average_heartrate: beats a minute
-- max_heartrate: beats a minute
-- average_watts: power in watts, estimated where is_power_measured is false
-- max_watts: highest power
-- weighted_average_watts: power weighted for its swings
-- kilojoules: work
-- is_power_measured: whether a power meter was there
-- average_cadence: revolutions a minute, for runs of one leg
-- average_temp_c: degrees Celsius
-- calories: kilocalories
-- relative_effort: the provider's measure of strain
-- perceived_exertion: 1 to 10 as the athlete said
-- description: the athlete's text
-- gear_id: see strava.gear
-- gear_name: as the export tells it
-- device_name: what recorded it
-- workout_type: the provider's number for race, long run, work-out
-- is_trainer: indoors on a trainer
-- is_commute: on the way to work
-- is_manual: typed in, without a recording
-- is_private: only the athlete sees it
-- visibility: everyone, followers_only or only_me
-- start_lat: degrees north
-- start_lng: degrees east
-- end_lat: degrees north
-- end_lng: degrees east
-- summary_polyline: the way, encoded and simplified
-- kudos_count: as of the last change of the activity, like the other counts
-- achievement_count: achievements
-- upload_id: id of the upload; NULL for what was typed in
-- external_id: name of the uploaded file
-- details_fetched_at: when its details were fetched
-- last_changed_at: when a change of it was last seen
-- deleted_at: when it was found to be gone; then only what your own export tells is kept of it
WITH api AS (
    SELECT id, seen_at, entity FROM strava_entities WHERE kind = 'activity'
),
details AS (
    SELECT id, seen_at, entity FROM strava_entities WHERE kind = 'detail'
),
exports AS (
    SELECT id, seen_at, entity FROM strava_entities WHERE kind = 'export'
),
removals AS (
    SELECT id, seen_at, entity FROM strava_entities WHERE kind = 'removal'
),
ids AS (
    SELECT id FROM api
    UNION
    SELECT id FROM exports
    UNION
    SELECT id FROM removals
),
joined AS (
    SELECT
        i.id,
        -- What is gone from the provider stays in the athlete's own export.
        CASE WHEN r.seen_at >= a.seen_at THEN NULL ELSE a.entity END AS api,
        d.entity AS detail,
        e.entity AS export,
        a.seen_at AS api_seen_at,
        d.seen_at AS detail_seen_at,
        e.seen_at AS export_seen_at,
        CASE WHEN a.id IS NULL OR r.seen_at >= a.seen_at THEN r.entity END AS removal
    FROM ids AS i
    LEFT JOIN api AS a USING (id)
    LEFT JOIN details AS d USING (id)
    LEFT JOIN exports AS e USING (id)
    LEFT JOIN removals AS r USING (id)
),
typed AS (
    SELECT
        *,
        from_json(coalesce(api, '{}'), '{
            "athlete": {"id": "BIGINT"}, "name": "VARCHAR", "type": "VARCHAR", "sport_type": "VARCHAR",
            "start_date": "VARCHAR", "start_date_local": "VARCHAR", "timezone": "VARCHAR", "utc_offset": "DOUBLE",
            "elapsed_time": "DOUBLE", "moving_time": "DOUBLE", "distance": "DOUBLE", "total_elevation_gain": "DOUBLE",
            "elev_low": "DOUBLE", "elev_high": "DOUBLE", "average_speed": "DOUBLE", "max_speed": "DOUBLE",
            "average_heartrate": "DOUBLE", "max_heartrate": "DOUBLE", "average_watts": "DOUBLE", "max_watts": "DOUBLE",
            "weighted_average_watts": "DOUBLE", "kilojoules": "DOUBLE", "device_watts": "BOOLEAN",
            "average_cadence": "DOUBLE", "average_temp": "DOUBLE", "suffer_score": "DOUBLE", "gear_id": "VARCHAR",
            "device_name": "VARCHAR", "workout_type": "INTEGER", "trainer": "BOOLEAN", "commute": "BOOLEAN",
            "manual": "BOOLEAN", "private": "BOOLEAN", "visibility": "VARCHAR", "kudos_count": "BIGINT",
            "achievement_count": "BIGINT", "upload_id": "BIGINT", "external_id": "VARCHAR",
            "start_latlng": ["DOUBLE"], "end_latlng": ["DOUBLE"], "map": {"summary_polyline": "VARCHAR"}
        }') AS a,
        from_json(coalesce(CASE WHEN api IS NOT NULL THEN detail END, '{}'), '{
            "calories": "DOUBLE", "description": "VARCHAR", "perceived_exertion": "DOUBLE", "device_name": "VARCHAR"
        }') AS d,
        from_json(coalesce(export, '{}'), '{
            "name": "VARCHAR", "sport_type": "VARCHAR", "start_date": "VARCHAR", "elapsed_time": "DOUBLE",
            "moving_time": "DOUBLE", "distance": "DOUBLE", "total_elevation_gain": "DOUBLE", "elev_low": "DOUBLE",
            "elev_high": "DOUBLE", "average_speed": "DOUBLE", "max_speed": "DOUBLE", "average_heartrate": "DOUBLE",
            "max_heartrate": "DOUBLE", "average_watts": "DOUBLE", "max_watts": "DOUBLE",
            "weighted_average_watts": "DOUBLE", "average_cadence": "DOUBLE", "average_temp": "DOUBLE",
            "calories": "DOUBLE", "suffer_score": "DOUBLE", "perceived_exertion": "DOUBLE", "description": "VARCHAR",
            "commute": "BOOLEAN", "gear_name": "VARCHAR", "filename": "VARCHAR"
        }') AS e
    FROM joined
),
placed AS (
    SELECT
        *,
        coalesce(
            TRY_CAST(a.start_date AS TIMESTAMPTZ), TRY_CAST(e.start_date AS TIMESTAMPTZ),
            TRY_CAST(json_extract_string(removal, '$.start_date') AS TIMESTAMPTZ)
        ) AS start_date
    FROM typed
)
SELECT
    TRY_CAST(id AS BIGINT) AS activity_id,
    coalesce(a.athlete.id, TRY_CAST(json_extract_string(removal, '$.athlete_id') AS BIGINT)) AS athlete_id,
    CASE WHEN api IS NOT NULL OR export IS NULL THEN 'api' ELSE 'export' END AS source,
    coalesce(a.name, e.name) AS name,
    coalesce(a.sport_type, a.type, e.sport_type) AS sport_type,
    start_date,
    -- Its Z is a lie: it is the wall clock.
    TRY_CAST(rtrim(a.start_date_local, 'Z') AS TIMESTAMP) AS start_date_local,
    nullif(regexp_replace(a.timezone, '^\(GMT[^)]*\) ?', ''), '') AS timezone,
    TRY_CAST(a.utc_offset AS INTEGER) AS utc_offset_s,
    date_trunc('month', start_date)::DATE AS start_month,
    coalesce(a.elapsed_time, e.elapsed_time) AS elapsed_time_s,
    coalesce(a.moving_time, e.moving_time) AS moving_time_s,
    coalesce(a.distance, e.distance) AS distance_m,
    coalesce(a.total_elevation_gain, e.total_elevation_gain) AS total_elevation_gain_m,
    coalesce(a.elev_low, e.elev_low) AS elev_low_m,
    coalesce(a.elev_high, e.elev_high) AS elev_high_m,
    coalesce(a.average_speed, e.average_speed) AS average_speed_mps,
    coalesce(a.max_speed, e.max_speed) AS max_speed_mps,
    coalesce(a.average_heartrate, e.average_heartrate) AS average_heartrate,
    coalesce(a.max_heartrate, e.max_heartrate) AS max_heartrate,
    coalesce(a.average_watts, e.average_watts) AS average_watts,
    coalesce(a.max_watts, e.max_watts) AS max_watts,
    coalesce(a.weighted_average_watts, e.weighted_average_watts) AS weighted_average_watts,
    a.kilojoules AS kilojoules,
    a.device_watts AS is_power_measured,
    coalesce(a.average_cadence, e.average_cadence) AS average_cadence,
    coalesce(a.average_temp, e.average_temp) AS average_temp_c,
    coalesce(d.calories, e.calories) AS calories,
    coalesce(a.suffer_score, e.suffer_score) AS relative_effort,
    coalesce(d.perceived_exertion, e.perceived_exertion) AS perceived_exertion,
    coalesce(d.description, e.description) AS description,
    a.gear_id AS gear_id,
    e.gear_name AS gear_name,
    coalesce(a.device_name, d.device_name) AS device_name,
    a.workout_type AS workout_type,
    a.trainer AS is_trainer,
    coalesce(a.commute, e.commute) AS is_commute,
    a.manual AS is_manual,
    a.private AS is_private,
    a.visibility AS visibility,
    a.start_latlng[1] AS start_lat,
    a.start_latlng[2] AS start_lng,
    a.end_latlng[1] AS end_lat,
    a.end_latlng[2] AS end_lng,
    nullif(a.map.summary_polyline, '') AS summary_polyline,
    a.kudos_count AS kudos_count,
    a.achievement_count AS achievement_count,
    a.upload_id AS upload_id,
    coalesce(a.external_id, e.filename) AS external_id,
    CASE WHEN api IS NOT NULL THEN detail_seen_at END AS details_fetched_at,
    CASE WHEN api IS NOT NULL THEN api_seen_at ELSE export_seen_at END AS last_changed_at,
    CASE
        WHEN api IS NULL AND removal IS NOT NULL
            THEN TRY_CAST(json_extract_string(removal, '$.deleted_at') AS TIMESTAMPTZ)
    END AS deleted_at,
    strftime(start_date, '%Y-%m') AS lake_month
FROM placed
WHERE start_date IS NOT NULL AND TRY_CAST(id AS BIGINT) IS NOT NULL
ORDER BY start_date, activity_id
