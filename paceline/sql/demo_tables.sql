-- Tables of the warehouse with their rows.
SELECT schema_name || '.' || table_name AS "table", estimated_size AS "rows", comment AS "what it holds"
FROM duckdb_tables()
WHERE schema_name IN ('peloton', 'iracing', 'strava', 'ops')
ORDER BY schema_name DESC, table_name
