-- check: Activities start after 1970 and before tomorrow, and last no longer than a month.
-- asset: training_log
-- blocking: false
SELECT activity_id, start_date, elapsed_time_s, distance_m
FROM activities
WHERE deleted_at IS NULL
    AND (
        start_date < TIMESTAMPTZ '1970-01-02 00:00:00+00'
        OR start_date > now() + INTERVAL 1 DAY
        OR elapsed_time_s NOT BETWEEN 0 AND 2678400
        OR distance_m < 0
    )
