-- Hits of the songs command, best first: plays in chosen_songs of the tracks that the question finds; all of them
-- where there is no question but filters. When the list is cut, each further class of a song counts a little less,
-- so that a song played everywhere does not hide the next one, which may be the one that was meant.
WITH hits AS (
    FROM peloton.search_songs($question, tracks := 'chosen_tracks', songs := 'chosen_songs')
    UNION ALL
    SELECT
        s.title,
        s.artist_names,
        s.album_name,
        s.ride_id,
        r.title,
        i.name,
        r.fitness_discipline,
        r.duration_s,
        r.original_air_time,
        s.start_offset_s,
        round(s.fit, 2),
        'filters',
        t.plays,
        s.track_key
    FROM chosen_songs AS s
    JOIN chosen_tracks AS t USING (track_key)
    JOIN peloton.rides AS r USING (ride_id)
    LEFT JOIN peloton.instructors AS i USING (instructor_id)
    WHERE $question IS NULL
),
numbered AS (
    SELECT
        *,
        count(*) OVER () AS all_hits,
        max(air_time) OVER (PARTITION BY track_key) AS last_played,
        row_number() OVER (PARTITION BY track_key ORDER BY air_time DESC, ride_id, start_offset_s) AS nth_class
    FROM hits
),
picked AS (
    FROM numbered
    ORDER BY score - 0.03 * (nth_class - 1) DESC, plays DESC, last_played DESC, track_key, nth_class
    LIMIT $limit
)
SELECT
    track_title,
    artist_names,
    album_name,
    ride_id,
    ride_title,
    instructor_name,
    fitness_discipline,
    duration_s,
    air_time,
    start_offset_s,
    score,
    why,
    plays,
    all_hits
FROM picked
ORDER BY score DESC, plays DESC, last_played DESC, track_key, nth_class
