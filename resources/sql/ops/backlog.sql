-- table: ops.backlog
-- about: What is still to be asked for, and when that will be done at the rate that the limits allowed when it was measured.
-- key: source, resource, account
-- source: peloton, iracing or strava
-- resource: what is asked for
-- account: whose data; empty for what is public
-- requests_left: requests to send
-- is_at_least: whether more will be known to be missing once these are answered
-- months_left: months that are not known to be complete, where the resource has months
-- allowed: the rate that the limits allow
-- done_at: when these and all rows above of the same source are done at that rate, UTC; NULL when nothing is left, when nobody may ask, and beyond ten years
-- background_done_at: the same for the background sync, which takes a part of the rate; NULL for what it does not ask for
-- measured_at: UTC
SELECT
    source, resource, account, requests_left::BIGINT AS requests_left, is_at_least::INTEGER::BOOLEAN AS is_at_least,
    months_left::BIGINT AS months_left, allowed, done_at::TIMESTAMPTZ AS done_at,
    background_done_at::TIMESTAMPTZ AS background_done_at, measured_at::TIMESTAMPTZ AS measured_at
FROM state_rows
ORDER BY source, done_at NULLS LAST, resource, account
