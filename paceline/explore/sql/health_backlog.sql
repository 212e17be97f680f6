-- What is still to be asked for.
FROM ops.backlog ORDER BY source, done_at NULLS LAST, resource, account
