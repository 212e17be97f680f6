-- Classes that play songs and can be taken, as the song search filters and shows them.
SELECT
    r.ride_id,
    r.title AS ride_title,
    r.instructor_id,
    i.name AS instructor_name,
    r.individual_instructor_ids,
    r.fitness_discipline,
    r.duration_s,
    r.difficulty_level AS difficulty,
    r.language,
    r.power_zone_kind,
    r.original_air_time AS air_time,
    p.track_ids AS track_id,
    p.start_offsets_s AS start_offset_s
FROM peloton.rides AS r
JOIN peloton.ride_plays AS p USING (ride_id)
LEFT JOIN peloton.instructors AS i USING (instructor_id)
WHERE r.removed_at IS NULL
