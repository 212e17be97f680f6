-- reference_entries: the stored references under a name that is no word of SQL.
FROM "references"
