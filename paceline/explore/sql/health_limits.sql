-- What was spent of each limit when it was measured last.
FROM ops.limits ORDER BY source, limit_name
