-- What is known of each month of each resource.
SELECT source, resource, account, month, state, reason, rows
FROM ops.coverage
WHERE month IS NOT NULL
ORDER BY source, resource, account, month
