-- Items that could not be fetched, the newest first.
SELECT source, resource, account, id, error_class, message, attempts, last_failed_at, next_try
FROM ops.failures
ORDER BY last_failed_at DESC, source, resource, id
LIMIT 50
