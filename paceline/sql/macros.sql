-- Macros that the warehouse brings.
SELECT schema_name || '.' || function_name, parameters
FROM duckdb_functions()
WHERE schema_name IN ('iracing', 'peloton', 'strava', 'ops') AND function_type IN ('macro', 'table_macro')
ORDER BY ALL
