-- table: ops.limits
-- about: What was spent of each limit and what was left when it was measured last.
-- key: source, limit_name
-- source: peloton, iracing or strava
-- limit_name: second, today (UTC), a window such as read, of 15 minutes, or a hold with its reason
-- allowed: requests allowed in it; NULL where it only counts
-- used: requests spent of it, refused ones included
-- remaining: requests left of it
-- resets_at: when it begins anew, UTC
-- measured_at: UTC
SELECT
    source, limit_name, allowed::DOUBLE AS allowed, used::BIGINT AS used, remaining::DOUBLE AS remaining,
    resets_at::TIMESTAMPTZ AS resets_at, measured_at::TIMESTAMPTZ AS measured_at
FROM state_rows
ORDER BY source, limit_name
