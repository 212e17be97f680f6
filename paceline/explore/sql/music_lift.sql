-- Output while a song played against the mean output of the same workout, by track or by artist. Only workouts with a
-- time series, in classes whose songs lie on a known clock; 20 seconds of a song at least.
WITH samples AS (
    SELECT
        w.workout_id,
        w.ride_id,
        s.second + r.pedaling_start_offset_s AS video_second,
        s.value,
        avg(s.value) OVER (PARTITION BY w.workout_id) AS mean_output
    FROM peloton.workout_samples AS s
    JOIN peloton.workouts AS w USING (workout_id)
    JOIN peloton.rides AS r USING (ride_id)
    WHERE s.metric = 'output'
        AND r.pedaling_start_offset_s IS NOT NULL
        AND w.removed_at IS NULL
        AND ($who IS NULL OR w.username = $who)
),
heard AS (
    SELECT s.workout_id, p.playlist_order, p.ride_id, p.track_key, avg(s.value) AS output, any_value(s.mean_output) AS mean_output
    FROM samples AS s
    ASOF JOIN (FROM peloton.songs WHERE start_offset_s IS NOT NULL) AS p
        ON p.ride_id = s.ride_id AND s.video_second >= p.start_offset_s
    WHERE s.mean_output > 0
    GROUP BY ALL
    HAVING max(s.video_second) - min(s.video_second) >= 20
),
named AS (
    SELECT h.*, t.title AS name, array_to_string(t.artist_names, ', ') AS by_whom, h.track_key AS key
    FROM heard AS h
    JOIN peloton.tracks AS t USING (track_key)
    WHERE $by = 'track'
    UNION ALL
    SELECT h.*, a.artist_name, NULL, peloton.plain_words(a.artist_name)
    FROM heard AS h
    JOIN peloton.song_artists AS a USING (ride_id, playlist_order)
    WHERE $by = 'artist'
)
SELECT
    mode(name) AS name,
    mode(by_whom) AS by_whom,
    count(*) AS heard,
    count(DISTINCT workout_id) AS workouts,
    avg(output) AS output,
    avg(output / mean_output) - 1 AS lift
FROM named
GROUP BY key
HAVING count(DISTINCT workout_id) >= $least
ORDER BY lift DESC, heard DESC, key
LIMIT 25
