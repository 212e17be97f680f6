-- check: Lengths, ratings, counts and times lie where they can lie.
-- asset: warehouse
-- blocking: false
SELECT 'rides' AS table_name, ride_id AS id, title
FROM rides
WHERE
    duration_s NOT BETWEEN 60 AND 6 * 3600
    OR video_length_s NOT BETWEEN 60 AND 8 * 3600
    OR pedaling_start_offset_s NOT BETWEEN 0 AND video_length_s
    OR difficulty_rating_avg NOT BETWEEN 0 AND 10
    OR overall_rating_avg NOT BETWEEN 0 AND 1
    OR least(difficulty_rating_count, overall_rating_count, total_workouts) < 0
    -- The first class was in 2012; a class is shown days before its time at most.
    OR original_air_time NOT BETWEEN '2012-01-01 00:00:00+00' AND last_listed_at + INTERVAL 60 DAY
    OR abs(date_diff('hour', original_air_time, scheduled_start_time)) > 48
UNION ALL
SELECT 'songs', s.ride_id, s.title
FROM songs AS s JOIN rides AS r USING (ride_id)
WHERE s.start_offset_s NOT BETWEEN 0 AND coalesce(r.video_length_s, 8 * 3600)
