-- view: peloton.workout_overview
-- about: What a person wants to see first: one row per workout with class, instructor, length, output, averages and the song of its peak.
-- reads: peloton.workouts, peloton.workout_summaries, peloton.rides, peloton.instructors, peloton.songs
-- key: workout_id
-- workout_id: references peloton.workouts
-- username: whose workout it is
-- start_time: UTC
-- start_time_local: wall clock of the device; NULL where its zone is unknown
-- status: COMPLETE or IN_PROGRESS
-- fitness_discipline: cycling, running, ...
-- title: title of the class, or name of the workout
-- ride_id: the class; NULL for Just Ride and the like
-- instructor_name: who led it
-- class_minutes: advertised length of the class
-- duration_s: length of the workout in seconds
-- total_output_kj: kilojoules
-- avg_output: watts
-- avg_cadence: rpm
-- avg_resistance: percent
-- avg_speed_kph: kilometres an hour
-- avg_heart_rate: bpm
-- max_heart_rate: bpm
-- distance_m: metres
-- calories_kcal: kilocalories
-- peak_output: highest output of the time series, watts
-- peak_output_second: second since the start of pedalling at which it was reached
-- peak_song: title of the song that was playing then; NULL where the class has no songs
-- peak_song_artists: its artists
-- peak_song_margin_s: seconds between the peak and the nearest change of song
-- peak_song_certainty: sure; near a change (less than 15 s, more than the clocks of video and bike may differ); offset unknown (nobody told where in the video the class starts)
CREATE OR REPLACE VIEW peloton.workout_overview AS
WITH peaks AS (
    SELECT
        w.workout_id,
        w.ride_id,
        s.peak_output_second,
        r.pedaling_start_offset_s IS NULL AS is_offset_unknown,
        -- Songs are on the clock of the video, samples on that of the ride: the pre-roll lies between them.
        s.peak_output_second + coalesce(r.pedaling_start_offset_s, 0) AS video_second
    FROM peloton.workouts AS w
    JOIN peloton.workout_summaries AS s USING (workout_id)
    LEFT JOIN peloton.rides AS r USING (ride_id)
    WHERE s.peak_output_second IS NOT NULL
),
playing AS (
    SELECT
        p.workout_id,
        p.is_offset_unknown,
        p.video_second,
        song.title,
        song.artist_names,
        song.start_offset_s,
        (
            SELECT min(later.start_offset_s) FROM peloton.songs AS later
            WHERE later.ride_id = p.ride_id AND later.start_offset_s > p.video_second
        ) AS next_start_s
    FROM peaks AS p
    ASOF JOIN (FROM peloton.songs WHERE start_offset_s IS NOT NULL) AS song
        ON song.ride_id = p.ride_id AND p.video_second >= song.start_offset_s
)
SELECT
    w.workout_id,
    w.username,
    w.start_time,
    w.start_time_local,
    w.status,
    w.fitness_discipline,
    w.title,
    w.ride_id,
    i.name AS instructor_name,
    r.duration_s / 60 AS class_minutes,
    coalesce(s.duration_s, w.duration_s) AS duration_s,
    coalesce(s.total_output_kj, w.total_work_j / 1000) AS total_output_kj,
    s.avg_output,
    s.avg_cadence,
    s.avg_resistance,
    s.avg_speed_kph,
    s.avg_heart_rate,
    s.max_heart_rate,
    s.distance_m,
    s.calories_kcal,
    s.peak_output,
    s.peak_output_second,
    p.title AS peak_song,
    p.artist_names AS peak_song_artists,
    least(p.video_second - p.start_offset_s, p.next_start_s - p.video_second) AS peak_song_margin_s,
    CASE
        WHEN p.title IS NULL THEN NULL
        WHEN p.is_offset_unknown THEN 'offset unknown'
        WHEN least(p.video_second - p.start_offset_s, p.next_start_s - p.video_second) < 15 THEN 'near a change'
        ELSE 'sure'
    END AS peak_song_certainty
FROM peloton.workouts AS w
LEFT JOIN peloton.workout_summaries AS s USING (workout_id)
LEFT JOIN peloton.rides AS r USING (ride_id)
LEFT JOIN peloton.instructors AS i USING (instructor_id)
LEFT JOIN playing AS p USING (workout_id)
WHERE w.removed_at IS NULL
