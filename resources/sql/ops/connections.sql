-- table: ops.connections
-- about: Signed-in accounts as they were measured last, without any secret. `paceline status` and the hourly operations assets measure.
-- key: source, account
-- source: peloton, iracing or strava
-- account: the name given at the sign-in
-- state: ok, needs sign-in, or unknown (a credential of the environment that was never used)
-- renews_itself: whether there is a refresh token
-- token_obtained_at: when the tokens were obtained or renewed, UTC
-- access_ends_at: when the access token ends, where that is known, UTC; it is renewed before, if it renews itself
-- note: what to do about it
-- measured_at: UTC
SELECT
    source, account, state, renews_itself::INTEGER::BOOLEAN AS renews_itself,
    token_obtained_at::TIMESTAMPTZ AS token_obtained_at, access_ends_at::TIMESTAMPTZ AS access_ends_at, note,
    measured_at::TIMESTAMPTZ AS measured_at
FROM state_rows
ORDER BY source, account
