-- staging.class_sessions: which class a session was of. Reads `landed` (answers of /api/peloton/{id}; the segment is the
-- month of the workout whose class was looked for).
SELECT
    parse_path(filename, 'both_slash')[-2] AS lake_month,
    parse_path(filename, 'both_slash')[-2] AS start_month,
    item AS class_session_id,
    arg_max(payload ->> '$.ride_id', seen_at(fetched_at)) AS ride_id
FROM landed
GROUP BY ALL
ORDER BY ALL
