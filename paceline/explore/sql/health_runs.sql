-- The newest syncs.
SELECT
    source, resource, partition, started, ended, requests, minimum_requests, fetched, created, updated, skipped, errors,
    outcome, stop_reason, resume_at
FROM ops.sync_runs
ORDER BY started DESC, source, resource
LIMIT 30
