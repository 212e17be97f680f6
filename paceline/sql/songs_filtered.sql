-- Plays that pass the filters of the songs command, in classes that were not removed. A NULL filter lets all pass.
-- `fit`, 0 to 1, says how well the names asked for fit the track.
CREATE TEMP TABLE chosen_songs AS
WITH typed AS (
    SELECT *
    FROM (VALUES ($artist::VARCHAR, $title::VARCHAR, $album::VARCHAR, $instructor::VARCHAR, $discipline::VARCHAR))
        AS typed(artist, title, album, instructor, discipline)
),
asked AS MATERIALIZED (
    SELECT
        asked_form(artist) AS artist,
        asked_form(title) AS title,
        asked_form(album) AS album,
        asked_form(instructor) AS instructor,
        asked_form(discipline) AS discipline
    FROM typed
),
fitting_tracks AS (
    SELECT
        t.track_key,
        least(
            fit(a.artist, t.artist_words || ' ' || lower(array_to_string(t.artist_names, ' '))),
            fit(a.title, t.title_words || ' ' || lower(t.title))
        ) AS fit
    FROM peloton.tracks AS t, asked AS a
),
fitting_albums AS (
    SELECT n.album_name
    FROM (SELECT DISTINCT album_name FROM peloton.songs WHERE album_name IS NOT NULL) AS n, asked AS a
    WHERE a.album IS NOT NULL
        AND fit(a.album, peloton.plain_words(n.album_name) || ' ' || lower(n.album_name)) >= 0.75
),
fitting_instructors AS (
    SELECT i.instructor_id
    FROM peloton.instructors AS i, asked AS a
    WHERE fit(a.instructor, peloton.plain_words(i.name) || ' ' || lower(i.name)) >= 0.75
),
known_disciplines AS (
    SELECT DISTINCT fitness_discipline, replace(fitness_discipline, '_', ' ') AS name FROM peloton.rides
    UNION ALL
    FROM (VALUES
        ('caesar', 'rowing'), ('caesar_bootcamp', 'row bootcamp'), ('circuit', 'tread bootcamp'),
        ('circuit', 'bootcamp'), ('cycling', 'bike')
    )
),
fitting_disciplines AS (
    SELECT d.fitness_discipline
    FROM known_disciplines AS d, asked AS a
    WHERE peloton.alike(a.discipline, d.name) >= 0.75
    QUALIFY peloton.alike(a.discipline, d.name) = max(peloton.alike(a.discipline, d.name)) OVER ()
),
fitting_rides AS (
    SELECT r.ride_id
    FROM peloton.rides AS r, asked AS a
    WHERE r.removed_at IS NULL
        AND (a.instructor IS NULL OR r.instructor_id IN (FROM fitting_instructors))
        AND (a.discipline IS NULL OR r.fitness_discipline IN (FROM fitting_disciplines))
        AND ($minutes IS NULL OR r.duration_s = 60 * $minutes::INTEGER)
        AND ($since IS NULL OR r.original_air_time >= $since::DATE)
)
SELECT s.track_key, s.ride_id, s.playlist_order, s.title, s.artist_names, s.album_name, s.start_offset_s, f.fit
FROM peloton.songs AS s
JOIN fitting_tracks AS f USING (track_key)
SEMI JOIN fitting_rides AS r USING (ride_id)
WHERE f.fit >= 0.75 AND ($album IS NULL OR s.album_name IN (FROM fitting_albums))
