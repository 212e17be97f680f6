-- table: ops.failures
-- about: Items that could not be fetched or read; each is tried again by the first run after next_try.
-- key: source, resource, account, id
-- source: peloton, iracing or strava
-- resource: what was asked for
-- account: whose data; empty for the public library
-- id: the provider's id of the item
-- error_class: NotServed, BadAnswer, ProviderUnavailable, ...
-- message: what happened and what to do, without secrets
-- attempts: runs in which it failed
-- first_failed_at: UTC
-- last_failed_at: UTC
-- next_try: not asked again before this moment, UTC
SELECT
    source, resource, account, id, error_class, message, attempts::INTEGER AS attempts,
    first_failed_at::TIMESTAMPTZ AS first_failed_at, last_failed_at::TIMESTAMPTZ AS last_failed_at,
    next_try::TIMESTAMPTZ AS next_try
FROM state_rows
ORDER BY source, resource, account, id
