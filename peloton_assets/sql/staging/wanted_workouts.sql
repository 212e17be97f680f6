-- A member's workouts with the class that was taken and its month, newest first. $user_id: the member.
-- A class is kept under the month in which the list has it, else under the one that its workouts tell. The last column
-- is the session to ask about where a workout names no class.
SELECT
    w.workout_id,
    w.start_month,
    coalesce(w.ride_id, s.ride_id) AS ride_id,
    coalesce(l.air_month, r.air_month, w.start_month) AS air_month,
    coalesce(w.status, '') AS status,
    CASE WHEN w.ride_id IS NULL AND NOT w.is_without_class AND regexp_matches(w.class_session_id, '[^0-]')
        THEN w.class_session_id END AS session_id
FROM workout_listings AS w
LEFT JOIN class_sessions AS s USING (class_session_id, start_month)
LEFT JOIN ride_listings AS l ON l.ride_id = coalesce(w.ride_id, s.ride_id)
LEFT JOIN ridden AS r ON r.ride_id = coalesce(w.ride_id, s.ride_id)
WHERE
    w.user_id = $user_id
    AND NOT EXISTS (
        FROM workout_removals AS gone
        WHERE gone.workout_id = w.workout_id AND seen_at(gone.missed_at) > seen_at(w.last_listed_at)
    )
ORDER BY w.start_time DESC, w.workout_id
