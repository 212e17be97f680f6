-- Every column of the published tables, in order, with its type and meaning.
SELECT schema_name || '.' || table_name, column_name, data_type, comment
FROM duckdb_columns()
WHERE schema_name IN ('iracing', 'peloton', 'strava', 'ops')
ORDER BY schema_name, table_name, column_index
