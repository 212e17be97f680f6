-- Tables and views that can be exported by name.
SELECT schema_name || '.' || table_name
FROM duckdb_tables()
WHERE schema_name IN ('iracing', 'peloton', 'strava', 'ops')
UNION ALL
SELECT schema_name || '.' || view_name
FROM duckdb_views()
WHERE schema_name IN ('iracing', 'peloton', 'strava', 'ops')
ORDER BY ALL
