-- table: peloton.workouts
-- about: Every workout of every connected member, one row per workout, whichever door it came by.
-- key: workout_id
-- workout_id: the provider's id; csv- and a hash for one that is only known from the CSV export
-- user_id: the provider's id of the member; NULL where only the CSV export tells of the workout
-- username: the member's name at the provider; for the CSV export the name given at the import
-- ride_id: the class that was taken; references peloton.rides; NULL for Just Ride and the like
-- class_session_id: the provider's id of the session of the class, which is no class id
-- title: title of the class, or the name of the workout where there is none
-- fitness_discipline: cycling, running, strength, caesar (rowing), ...
-- workout_type: class, freestyle, scenic
-- status: COMPLETE or IN_PROGRESS
-- created_at: when the workout was begun or uploaded, UTC; the provider lists by it
-- start_time: UTC
-- end_time: UTC; NULL while it is in progress
-- start_month: first day of the UTC month of start_time; the partition
-- timezone: the device's zone as told; Etc/GMT+5 means UTC-5
-- start_time_local: the wall clock at the start in that zone; NULL where the zone is unknown
-- duration_s: from start to end, seconds
-- total_work_j: joules
-- is_personal_record: whether the provider calls its output a record
-- effort_points: the provider's measure of time in heart rate zones
-- device_type: home_bike_v1, caesar, ...
-- platform: home_bike, iOS_app, ...
-- is_outdoor: told since about 2022
-- has_pedaling_metrics: whether a bike measured it
-- video_watched_s: seconds of video played
-- source: api, csv, or both
-- first_listed_at: when we first saw it listed, UTC
-- last_listed_at: when we last saw it listed, UTC
-- removed_at: when a whole month of the list no longer showed it, UTC; NULL while it is listed
SELECT
    w.start_month AS lake_month,
    w.workout_id,
    w.user_id,
    m.username,
    coalesce(w.ride_id, s.ride_id) AS ride_id,
    w.class_session_id,
    coalesce(w.title, c.title) AS title,
    w.fitness_discipline,
    w.workout_type,
    w.status,
    w.created_at,
    w.start_time,
    w.end_time,
    (w.start_month || '-01')::DATE AS start_month,
    w.timezone,
    timezone(z.name, w.start_time) AS start_time_local,
    date_diff('second', w.start_time, w.end_time) AS duration_s,
    w.total_work_j,
    w.is_personal_record,
    w.effort_points,
    w.device_type,
    w.platform,
    w.is_outdoor,
    w.has_pedaling_metrics,
    w.video_watched_s,
    CASE WHEN c.workout_id IS NULL THEN 'api' ELSE 'both' END AS source,
    w.first_listed_at,
    w.last_listed_at,
    (
        SELECT min(r.missed_at) FROM workout_removals AS r
        WHERE r.workout_id = w.workout_id AND seen_at(r.missed_at) > seen_at(w.last_listed_at)
    ) AS removed_at
FROM workout_listings AS w
LEFT JOIN members AS m USING (user_id)
LEFT JOIN class_sessions AS s USING (class_session_id, start_month)
LEFT JOIN workout_csv AS c USING (workout_id)
-- A zone that is not known would be an error, and end the table. Etc/GMT+5 is one like others: UTC-5.
LEFT JOIN (SELECT DISTINCT name FROM pg_timezone_names()) AS z ON z.name = w.timezone
UNION ALL BY NAME
SELECT
    start_month AS lake_month,
    workout_id,
    account AS username,
    title,
    fitness_discipline,
    'COMPLETE' AS status,
    start_time AS created_at,
    start_time,
    start_time + to_seconds(length_s) AS end_time,
    (start_month || '-01')::DATE AS start_month,
    timezone,
    start_time_local,
    length_s AS duration_s,
    total_work_j,
    'csv' AS source
FROM workout_csv
ANTI JOIN workout_listings USING (workout_id)
ORDER BY start_time DESC, workout_id
