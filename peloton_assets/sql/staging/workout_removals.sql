-- staging.workout_removals: workouts that a member's list no longer showed. Reads `landed` (our own records: a walk over
-- a whole month whose rows were as many as the provider counts).
SELECT unnest(json_extract_string(payload, '$.workout_ids[*]')) AS workout_id, fetched_at AS missed_at
FROM landed
