-- Tables and views of the warehouse with what they say of themselves; `rows` of a view is NULL.
SELECT schema_name || '.' || table_name AS name, schema_name, comment, estimated_size AS rows
FROM duckdb_tables()
WHERE schema_name IN ('peloton', 'iracing', 'strava', 'ops')
UNION ALL
SELECT schema_name || '.' || view_name, schema_name, comment, NULL
FROM duckdb_views()
WHERE schema_name IN ('peloton', 'iracing', 'strava', 'ops')
ORDER BY name
