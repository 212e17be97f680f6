-- table: ops.differences
-- about: Why a month of ops.coverage holds more or fewer rows than the provider counts, row by row: rows = provider_count + sum(effect).
-- key: source, resource, account, month, id, reason
-- source: peloton, iracing or strava
-- resource: as in ops.coverage
-- account: whose data; empty for the public library
-- month: first day of the UTC month
-- id: the provider's id of the item; empty where it told none
-- reason: of list rows not_listed (only stored), listed_twice, unplaced (no usable id or time) or not_stored (our fault); of details not_served, failed, put_off (after several failures in a row) or left_out (by a limit)
-- effect: 1 for what is only stored, negative for what is only counted
-- run_id: the Dagster run that found out
SELECT
    source, resource, account, (month || '-01')::DATE AS month, id, reason, effect::INTEGER AS effect, run_id
FROM state_rows
ORDER BY source, resource, account, month, id, reason
