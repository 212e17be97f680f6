-- table: ops.sync_runs
-- about: What each sync did, one row per run and resource.
-- key: run_id, source, resource, partition
-- run_id: the Dagster run
-- source: peloton, iracing or strava
-- resource: ride_list, ride_details, ...
-- partition: the months asked for, first...last
-- started: UTC
-- ended: UTC; NULL while it waits or runs; of a killed run when the next one found it
-- requests: requests sent, refused and repeated ones included
-- minimum_requests: the fewest that could have done
-- fetched: answers or rows taken in
-- created: rows that are new
-- updated: rows that changed
-- skipped: rows or items that needed nothing
-- errors: items that failed
-- outcome: waiting (for another sync to end), running, done, stopped (goes on later) or failed
-- stop_reason: why it stopped
-- exit_code: what the command line ends with
-- resume_at: when to go on, where a provider told, UTC
SELECT
    run_id, source, resource, partition, started::TIMESTAMPTZ AS started, ended::TIMESTAMPTZ AS ended,
    requests::BIGINT AS requests, minimum_requests::BIGINT AS minimum_requests, fetched::BIGINT AS fetched,
    created::BIGINT AS created, updated::BIGINT AS updated, skipped::BIGINT AS skipped, errors::BIGINT AS errors,
    outcome, stop_reason, exit_code::INTEGER AS exit_code, resume_at::TIMESTAMPTZ AS resume_at
FROM state_rows
ORDER BY started, resource
