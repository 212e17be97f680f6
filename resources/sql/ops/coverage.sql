-- table: ops.coverage
-- about: What is known of each month of each resource; "complete" is recorded by whoever proved it.
-- key: source, resource, account, month
-- source: peloton, iracing or strava
-- resource: ride_list or ride_details, followed by the rule and the disciplines where they narrow it
-- account: whose data; empty for the public library
-- month: first day of the UTC month
-- state: complete, incomplete or unknown
-- reason: why it is not complete
-- rows: classes of the month that are stored for this resource
-- provider_count: what the provider's list counts: its rows of the month, or those classes that the rule wants; ops.differences explains the rest
-- pages: list pages that hold the month
-- proven_at: when completeness was proven last, UTC; also of a month that is no longer complete
-- run_id: the Dagster run that found out
SELECT
    source, resource, account, (month || '-01')::DATE AS month, state, reason, "rows"::BIGINT AS "rows",
    provider_count::BIGINT AS provider_count, pages::INTEGER AS pages, proven_at::TIMESTAMPTZ AS proven_at, run_id
FROM state_rows
ORDER BY source, resource, account, month
