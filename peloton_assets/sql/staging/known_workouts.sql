-- What the walk over a member's list has to know of the stored workouts. Times are Unix seconds. $user_id: the member.
SELECT
    w.workout_id,
    w.start_month,
    epoch(w.created_at),
    epoch(w.start_time),
    coalesce(w.timezone, ''),
    coalesce(w.status, ''),
    epoch(seen_at(w.last_listed_at)),
    EXISTS (
        FROM workout_removals AS r
        WHERE r.workout_id = w.workout_id AND seen_at(r.missed_at) > seen_at(w.last_listed_at)
    )
FROM workout_listings AS w
WHERE w.user_id = $user_id
ORDER BY w.created_at DESC
